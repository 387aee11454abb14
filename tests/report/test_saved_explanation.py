"""Law: an explanation comes back from the run folder as it was, and the last one counts."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from lstmtrader.errors import RunError
from lstmtrader.explain.result import Explanation
from lstmtrader.report.saved_explanation import FOLDER, read_explanation, save_explanation
from tests.seeded_explanation import explanation

MADE: dict[str, dict[str, Any]] = {
    "lstm": {},
    "gru": {"cell": "gru", "hidden": 40, "lookback": 60, "older": 30},
    "rnn": {"cell": "rnn", "notes": ()},
    "no gates": {"cell": "window_mlp"},
    "hours": {"zone": "America/New_York", "symbol": "<b>", "features": ("ä", "b c")},
    "not exact": {"completeness_error": np.inf},
}


def assert_same(one: Any, two: Any) -> None:
    """Compare records field by field, arrays and tables to the last bit."""
    assert type(one) is type(two)
    if isinstance(one, pd.DataFrame):
        assert_frame_equal(one, two, check_exact=True, check_freq=False, check_index_type=False)
    elif isinstance(one, pd.Series):
        assert_series_equal(one, two, check_exact=True, check_names=False, check_index_type=False)
    elif isinstance(one, pd.DatetimeIndex):
        assert (one.equals(two), one.tz) == (True, two.tz)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, two, strict=True)
    elif isinstance(one, dict):
        assert list(one) == list(two)
        for name in one:
            assert_same(one[name], two[name])
    elif hasattr(one, "__dataclass_fields__"):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(two, field.name))
    else:
        assert one == two
        assert getattr(one, "tz", None) == getattr(two, "tz", None)


@pytest.mark.parametrize("name", MADE)
def test_what_is_read_is_what_was_saved(name: str, tmp_path: Path) -> None:
    made = explanation(**MADE[name])
    save_explanation(tmp_path, made)
    read = read_explanation(tmp_path)
    assert isinstance(read, Explanation)
    assert_same(read, made)


def test_a_run_that_nobody_explained_has_none(tmp_path: Path) -> None:
    assert read_explanation(tmp_path) is None


def test_the_last_explanation_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """With nothing left over of it: this one has neither gates nor memory."""
    save_explanation(tmp_path, explanation(cell="lstm"))
    last = explanation(cell="window_mlp", symbol="BBB")
    save_explanation(tmp_path, last)
    read = read_explanation(tmp_path)
    assert_same(read, last)
    assert [one.name for one in tmp_path.iterdir()] == [FOLDER]
    assert not list((tmp_path / FOLDER).glob("gate_*"))


def test_an_explanation_that_cannot_be_written_leaves_the_earlier_one(tmp_path: Path) -> None:
    first = explanation()
    save_explanation(tmp_path, first)
    (tmp_path / f"{FOLDER}.json").touch()
    with pytest.raises(RunError, match="cannot be written"):
        save_explanation(tmp_path / f"{FOLDER}.json", explanation(symbol="BBB"))
    broken = replace(first, gradients=pd.DataFrame({"lstm": [object()]}))
    with pytest.raises(RunError, match="cannot be written"):
        save_explanation(tmp_path, broken)
    assert_same(read_explanation(tmp_path), first)
    assert sorted(one.name for one in tmp_path.iterdir()) == [FOLDER, f"{FOLDER}.json"]


@pytest.mark.parametrize(
    "lost",
    ["explanation.json", "attribution.parquet", "gate_forget.parquet", "memory_by_unit.parquet"],
)
def test_a_folder_that_lost_a_file_says_which_and_what_to_do(lost: str, tmp_path: Path) -> None:
    (save_explanation(tmp_path, explanation()) / lost).unlink()
    with pytest.raises(RunError, match=rf"{lost}.*explain the run again"):
        read_explanation(tmp_path)


@pytest.mark.parametrize("scribble", ["{", "[]", '{"symbol": 1}'])
def test_words_that_are_none_are_an_error_of_one_line(scribble: str, tmp_path: Path) -> None:
    (save_explanation(tmp_path, explanation()) / "explanation.json").write_text(scribble)
    with pytest.raises(RunError, match=r"^[^\n]*no explanation can be read"):
        read_explanation(tmp_path)


def test_a_name_of_a_gate_leads_to_no_other_folder(tmp_path: Path) -> None:
    words = save_explanation(tmp_path, explanation()) / "explanation.json"
    words.write_text(words.read_text().replace('"forget"', '"/../../forget"'))
    with pytest.raises(RunError, match="names of gates"):
        read_explanation(tmp_path)
