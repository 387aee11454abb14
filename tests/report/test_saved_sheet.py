"""Law: a report is made again from its folder, byte for byte, and nothing is computed for it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lstmtrader.errors import RunError
from lstmtrader.evaluation.saved import read_evaluation, save_evaluation
from lstmtrader.report.saved import read_sheet
from lstmtrader.report.tearsheet import render

if TYPE_CHECKING:
    from lstmtrader import Run

pytestmark = pytest.mark.xdist_group("saved sheet")

Settings = dict[str, Any]


@pytest.fixture(scope="module")
def rich_run(
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Quantiles, two members, and baselines with and without an account."""
    from lstmtrader import Experiment

    settings = new_settings()
    settings["members"] = 2
    settings["model"]["params"]["loss"] = "quantile"
    settings["strategy"] = {"target": "strategies.long_flat:LongFlat"}
    settings["baselines"] = [
        {"target": "lstmtrader.models:HistoricalMean"},
        {"target": "lstmtrader.models:Momentum", "params": {"feature": "scaled_return_1"}},
    ]
    place = tmp_path_factory.mktemp("rich")
    return Experiment.from_yaml(write_yaml(settings, place / "rich.yaml")).run(place / "runs")


@pytest.mark.parametrize("name", ["tiny_run", "rich_run"])
def test_a_report_is_made_again_to_the_byte(name: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(name)
    assert run.path is not None
    first = (run.path / "report.html").read_text(encoding="utf-8")
    assert render(read_sheet(run.path)) == first


def test_it_needs_nothing_but_its_folder(tiny_run: Run, tmp_path: Path) -> None:
    """Neither prices nor settings nor forecasts are read."""
    assert tiny_run.path is not None
    moved = shutil.copytree(tiny_run.path, tmp_path / "elsewhere")
    for name in ("forecasts.parquet", "config.yaml", "metrics.json", "environment.json"):
        (moved / name).unlink()
    assert render(read_sheet(moved)) == (moved / "report.html").read_text(encoding="utf-8")


def test_every_figure_comes_back(rich_run: Run, tmp_path: Path) -> None:
    """No slippage that eats the gains is not the same as none that is known."""
    strategy = {**rich_run.evaluation.strategy, "break_even_bp": math.inf, "capacity": math.nan}
    written = replace(rich_run.evaluation, strategy=strategy)
    save_evaluation(tmp_path, written)
    read = read_evaluation(tmp_path)
    assert read.strategy["break_even_bp"] == math.inf
    for part, other in ((read, written), (read.skill, written.skill),
                        (read.significance, written.significance)):  # fmt: skip
        for field in fields(part):
            one, two = getattr(part, field.name), getattr(other, field.name)
            if isinstance(two, pd.DataFrame):
                labels = two.index.map(str) if two.index.dtype == object else two.index
                assert_frame_equal(
                    one, two.set_axis(labels), check_exact=True, check_names=False,
                    check_index_type=False, check_column_type=False, check_freq=False,
                    check_dtype=False,
                )  # fmt: skip
            elif isinstance(two, dict):
                assert list(one) == list(two)
                np.testing.assert_array_equal(list(one.values()), list(two.values()))


@pytest.mark.parametrize(
    "lost", ["sheet.json", "equity.parquet", "curves.parquet", "benchmark/account.json",
             "evaluation/figures.json", "evaluation/skill_by_fold.parquet"]
)  # fmt: skip
def test_a_folder_that_lost_a_file_says_so(lost: str, tiny_run: Run, tmp_path: Path) -> None:
    assert tiny_run.path is not None
    moved = shutil.copytree(tiny_run.path, tmp_path / "broken")
    (moved / lost).unlink()
    with pytest.raises(RunError, match=Path(lost).name):
        read_sheet(moved)
