"""Law: the words about a network are those of its numbers, and stand only where there are any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_account import BENCHMARK, STRATEGY

from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.skill.result import Skill
from lstmtrader.explain.result import Attribution, GateTrace, Memory
from lstmtrader.report.contents import contents, sections
from lstmtrader.report.drawing import draw
from lstmtrader.report.markdown import to_markdown
from lstmtrader.report.markdown_text import escaped
from lstmtrader.report.network_section import network_section
from lstmtrader.report.network_words import (
    attribution_words,
    gates_words,
    gradients_words,
    importance_words,
    memory_words,
    reach,
)
from lstmtrader.report.saved import read_sheet, save_sheet
from lstmtrader.report.tearsheet import TearSheet, render
from tests.seeded_explanation import explanation

NOTHING = pd.DataFrame()
BARS = pd.bdate_range("2020-03-02", periods=4)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ").replace("\u2212", "-")


@pytest.fixture
def sheet() -> TearSheet:
    return TearSheet(
        name="ranking",
        title="Ranking by an LSTM",
        account=STRATEGY,
        benchmark=BENCHMARK,
        evaluation=Evaluation(
            strategy=performance(STRATEGY, BENCHMARK),
            benchmark=performance(BENCHMARK),
            skill=Skill({}, *[NOTHING] * 9),
            significance=Significance({}, *[NOTHING] * 3),
            comparison=NOTHING,
            rivals=NOTHING,
            cost_levels=NOTHING,
            round_trips=NOTHING,
        ),
        folds=pd.DataFrame(columns=["fold", "test_start"]),
        facts={},
        config_yaml="seed: 1\n",
        versions={},
        command="lstmtrader run x.yaml",
    )


def names(sheet: TearSheet) -> list[str]:
    return [name for name, _, _ in sections(sheet, set(draw(sheet)), contents(sheet))]


def test_the_section_is_there_if_and_only_if_the_run_was_explained(sheet: TearSheet) -> None:
    assert "explain" not in names(sheet)
    assert "What the network sees" not in render(sheet) + to_markdown(sheet)
    explained = replace(sheet, explanation=explanation())
    assert names(explained) == [
        *(name for name in names(sheet) if name not in ("orders", "reproduce")),
        "explain", "orders", "reproduce",
    ]  # fmt: skip
    assert '<section id="explain"' in render(explained)


@pytest.mark.parametrize(
    ("cell", "drawn"),
    [
        ("lstm", {"gates", "memory", "attribution", "importance", "gradients"}),
        ("rnn", {"gates", "attribution", "importance", "gradients"}),
        ("window_mlp", {"attribution", "importance", "gradients"}),
    ],
)
def test_what_a_cell_does_not_have_is_left_out(
    cell: str, drawn: set[str], sheet: TearSheet
) -> None:
    explained = replace(sheet, explanation=explanation(cell=cell))
    expected = {f"network-{one}" for one in drawn}
    assert {one for one in draw(explained) if one.startswith("network")} == expected
    said = network_section(explained.explanation)
    assert said is not None
    assert {part["chart"] for part in said["parts"]} == expected
    assert all(part["said"] and part["tables"] for part in said["parts"])
    page = render(explained)
    assert {one for one in expected if f'id="chart-{one}"' in page} == expected


def test_markdown_has_every_sentence_and_table_of_the_section(sheet: TearSheet) -> None:
    text = to_markdown(replace(sheet, explanation=explanation(notes=("One *note*.",))))
    said = network_section(explanation())
    assert said is not None
    for part in said["parts"]:
        assert escaped(part["said"]) in text
        for caption, content in part["tables"]:
            assert f"**{escaped(caption)}" in text
            assert f"| {escaped(content.rows[-1][-1])} |" in text
    assert escaped("One *note*.") in text


def test_a_report_that_is_made_again_keeps_the_explanation(
    sheet: TearSheet, tmp_path: Path
) -> None:
    explained = replace(sheet, explanation=explanation())
    save_sheet(tmp_path, explained)
    assert render(read_sheet(tmp_path)) == render(explained)


def every_number(text: str) -> Iterator[str]:
    yield from (word.strip(".,;()") for word in text.split() if any(map(str.isdigit, word)))


def test_gates_are_said_by_their_medians_and_the_bars_that_keep_most_and_least() -> None:
    forget = np.array([[0.9, 0.8], [0.2, 0.3], [0.95, 0.99], [0.5, 0.6]])
    trace = GateTrace(BARS, np.arange(4.0), {"forget": forget}, forget)
    assert plain(gates_words(trace)) == (
        "Median over 2 units and 4 bars: forget 0.70. Most of the state was kept on 2020-03-04 "
        "(median forget gate 0.97), least on 2020-03-03 (0.25)."
    )
    bare = GateTrace(BARS, np.arange(4.0), {}, -forget)
    assert gates_words(bare).endswith("was largest on 2020-03-04.")


def test_memory_is_said_by_median_longest_and_how_many_outlast_the_window() -> None:
    time = pd.DataFrame({"median": [4.0, 2.0, 8.0, 3.0], "low": 1.0, "high": 9.0}, index=BARS)
    memory = Memory(pd.Series([2.0, 30.0, 4.0]), time)
    assert plain(memory_words(memory, 20)) == (
        "Half of what the median unit holds is gone after 4.00 bars; unit 1 holds it longest: "
        "30.0 bars. 1 of 3 units has a half-life beyond the 20 bars of the window. Over the test "
        "bars the median was between 2.00 (2020-03-03) and 8.00 bars (2020-03-04)."
    )
    assert "None of 3 units have" in memory_words(memory, 40)


def test_an_attribution_is_said_by_its_largest_parts_where_they_are_and_its_error() -> None:
    values = pd.DataFrame({"a": [0.03, 0.0, 0.0, 0.01], "b": [-0.01, 0.0, 0.0, -0.05]})
    made = Attribution(values, 0.08, 0.1, 0.0021, 32)
    assert plain(attribution_words(made, 4)) == (
        "The forecast is 0.0800; with every feature at its mean over the training slice it would "
        "be 0.100. The largest parts of the difference of -0.0200 are b (-0.0600) and a "
        "(+0.0400); 40 % of all that was added or taken away is from the last 1 bar of 4. The "
        "attributions sum to the difference up to 0.21 % of it (completeness error)."
    )
    assert "60 % from before the window" in plain(attribution_words(made, 3))
    assert "do not read" in attribution_words(replace(made, completeness_error=0.02), 4)
    assert "do not read" in attribution_words(replace(made, completeness_error=np.nan), 4)


def test_importance_is_said_with_what_is_worth_nothing_that_can_be_seen() -> None:
    importance = pd.DataFrame(
        {"mean": [0.02, 0.001, -0.004, np.nan], "deviation": [0.005, 0.003, 0.001, np.nan]},
        index=["a", "b", "c", "d"],
    ).assign(measure="loss of IC")
    assert importance_words(importance) == (
        "Permuted inside the test folds, a costs most: loss of IC 0.0200, with a deviation of "
        "0.00500 over the folds. 1 of 3 costs nothing: the forecasts are no worse without. 1 of 3 "
        "costs less than the deviation over the folds."
    )
    worthless = importance.assign(mean=-importance["mean"].abs())
    assert importance_words(worthless).startswith("No feature costs anything")


def test_reach_is_the_first_lag_from_which_on_the_gradient_stays_small() -> None:
    assert reach(pd.Series([1.0, 0.005, 0.02, 0.009, 0.001])) == 3
    assert np.isnan(reach(pd.Series([1.0, 0.5, 0.02])))
    assert np.isnan(reach(pd.Series([np.nan, np.nan])))
    assert reach(pd.Series([1.0, 0.0, 0.0])) == 1


def test_gradients_are_said_by_cell() -> None:
    gradients = pd.DataFrame({"rnn": [1.0, 0.001, 0.0], "lstm": [1.0, 0.5, 0.25]})
    said = plain(gradients_words(gradients))
    assert "RNN from lag 1 on; LSTM not within the window (still 25.0 % at lag 2)." in said


def test_no_number_is_said_twice_for_different_networks() -> None:
    """A sentence that is not computed would be the same for both."""
    one, two = (network_section(explanation(cell=cell)) for cell in ("lstm", "gru"))
    assert one is not None
    assert two is not None
    both = [part["said"] for part in one["parts"][:2] + two["parts"][:2]]
    assert len({tuple(every_number(text)) for text in both}) == 4


def test_what_is_too_much_for_a_picture_or_a_table_is_counted() -> None:
    many = explanation(features=[f"f{one}" for one in range(60)], hidden=50, lookback=90)
    said = network_section(many)
    assert said is not None
    parts = {part["chart"]: part for part in said["parts"]}
    assert "the 40 features of the largest weight of 60" in parts["network-attribution"]["said"]
    assert "the first 40" in parts["network-importance"]["said"]
    ((caption, by_lag),) = parts["network-attribution"]["tables"]
    assert caption.endswith("the 12 features of the largest weight of 60")
    assert (len(by_lag.rows), by_lag.total) == (61, 91)
    ((_, units),) = parts["network-gates"]["tables"]
    assert (len(units.rows), units.total) == (40, 50)
    few = network_section(explanation())
    assert few is not None
    assert "of the largest weight" not in str(few)
