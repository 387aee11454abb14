"""Law: the summary of a run says what the report says, in 80 columns, and breaks no number."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lstmtrader import Experiment, Run
from lstmtrader.cli.summary import print_summary
from lstmtrader.report.comparison import R2_OF_THE_MODEL
from lstmtrader.report.contents import contents

if TYPE_CHECKING:
    from tests.conftest import Settings


@pytest.fixture(scope="module")
def run(
    new_settings: Callable[[], Settings],
    write_yaml: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """A loss without a mean forecast, one baseline, and one symbol as the benchmark."""
    settings: dict[str, Any] = new_settings()
    settings["baselines"] = [{"target": "lstmtrader.models:AlwaysLong"}]
    settings["benchmark"] = "SYN01"
    place = tmp_path_factory.mktemp("summary")
    return Experiment.from_yaml(write_yaml(settings, place / "tiny.yaml")).run(place / "runs")


@pytest.fixture(params=[80, 93])
def said(
    request: pytest.FixtureRequest,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    monkeypatch.setenv("COLUMNS", str(request.param))
    print_summary(run)
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines()[:-1])) <= request.param
    return printed


def _rows(text: str) -> set[tuple[str, ...]]:
    cells = [line.strip("│").split("│") for line in text.splitlines() if line.startswith("│")]
    return {tuple(cell.strip() for cell in row) for row in cells}


def test_labels_and_figures_are_those_of_the_report(run: Run, said: str) -> None:
    shown = contents(run.sheet)
    key, skill = set(shown["key_rows"]), set(shown["skill_figures"])
    assert key <= _rows(said)
    assert len(_rows(said) - key) >= 3
    assert _rows(said) <= key | skill


def test_sentences_break_at_spaces_only(run: Run, said: str) -> None:
    shown = contents(run.sheet)
    whole = " ".join(line.rstrip() for line in said.splitlines())
    for key in ("headline", "doubts", "orders"):
        assert shown[key] in whole


def test_the_benchmark_goes_by_its_symbol(run: Run, said: str) -> None:
    assert run.figures["benchmark_symbol"] == "SYN01"
    found = re.findall(r"(?i)buy.&.hold(?: of)?( SYN01)?", said.replace("\n", " "))
    assert len(found) >= 4
    assert set(found) == {" SYN01"}


def test_no_legend_of_a_column_that_is_not_there(said: str) -> None:
    assert "always long" in said
    assert "R²" not in said
    assert "R²" in R2_OF_THE_MODEL


def test_equal_weights_have_no_symbol(tiny_run: Run) -> None:
    assert tiny_run.figures["benchmark_symbol"] is None


def test_members_are_counted_in_words(tiny_run: Run) -> None:
    assert re.search(r"\b1 member, ", tiny_run.facts["Model"])
