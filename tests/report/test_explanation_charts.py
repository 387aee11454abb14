"""Law: charts of a network draw the numbers they are given, and the tables behind say the same."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lstmtrader.report import network_tables as tables
from lstmtrader.report.charts.explain.attribution import attribution_chart, by_weight
from lstmtrader.report.charts.explain.gates import gates_chart, unit_order
from lstmtrader.report.charts.explain.importance import importance_chart
from lstmtrader.report.charts.explain.memory import gradients_chart, memory_chart
from lstmtrader.report.wording import loss, number
from tests.seeded_explanation import explanation

HOSTILE = '<b onclick="x">&'


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_every_gate_and_the_state_are_drawn_unit_by_unit_under_the_price(cell: str) -> None:
    trace = explanation(cell=cell).gates
    assert trace is not None
    close, *maps = gates_chart(trace).data
    np.testing.assert_array_equal(close.y, trace.close.astype(np.float32))
    assert {one.name for one in maps} == {*trace.gates, "state"}
    for one in maps:
        values = trace.state if one.name == "state" else trace.gates[one.name]
        for row, unit in zip(one.z, one.y, strict=True):
            np.testing.assert_array_equal(row, values[:, int(unit)])
        assert list(one.x) == list(close.x) == [f"{bar:%Y-%m-%d}" for bar in trace.index]


def test_all_parts_share_one_axis_of_bars_that_ends_at_the_forecast() -> None:
    found = explanation()
    assert found.gates is not None
    chart = gates_chart(found.gates)
    assert {one.xaxis or "x" for one in chart.data} == {"x"}
    assert chart.layout.xaxis.ticktext[-1] == f"{found.date:%Y-%m-%d}"
    domains = [chart.layout[f"yaxis{n}"].domain for n in ("", 2, 3, 4, 5)]
    for above, below in itertools.pairwise(domains):
        assert above[0] > below[1]


@pytest.mark.parametrize(("cell", "keeping"), [("lstm", "forget"), ("gru", "update")])
def test_units_that_keep_most_stand_on_top(cell: str, keeping: str) -> None:
    trace = explanation(cell=cell, hidden=12).gates
    assert trace is not None
    kept = np.log(trace.gates[keeping].astype(np.float64)).mean(axis=0)[unit_order(trace)]
    assert (np.diff(kept) <= 0).all()


def test_a_colour_of_a_gate_means_the_same_in_every_run() -> None:
    """And the colours of the state are centred at zero."""
    trace = explanation().gates
    assert trace is not None
    layout = gates_chart(trace).layout
    assert (layout.coloraxis.cmin, layout.coloraxis.cmax) == (0, 1)
    assert layout.coloraxis2.cmin == -layout.coloraxis2.cmax == -np.abs(trace.state).max()


def test_the_table_of_gates_is_what_is_drawn_averaged_by_unit() -> None:
    trace = explanation().gates
    assert trace is not None
    drawn = {one.name: one for one in gates_chart(trace).data[1:]}
    rows = tables.gates_table(trace).rows
    assert [row[0] for row in rows] == list(drawn["state"].y)
    for place, row in enumerate(rows):
        means = [number(drawn[gate].z[place].mean(), 3) for gate in ("forget", "input", "output")]
        assert list(row[1:]) == [*means, number(drawn["state"].z[place][-1], 3)]


def test_memory_is_drawn_by_unit_sorted_and_over_time_with_quartiles() -> None:
    memory = explanation().memory
    assert memory is not None
    chart = memory_chart(memory, 20)
    assert chart is not None
    high, low, median, units = chart.data
    for trace, name in ((high, "high"), (low, "low"), (median, "median")):
        np.testing.assert_array_equal(trace.y, memory.over_time[name].to_numpy(np.float32))
    drawn = dict(zip(map(int, units.x), units.y, strict=True))
    assert drawn == {unit: np.float32(life) for unit, life in memory.by_unit.items()}
    assert (np.diff(units.y) <= 0).all()
    assert chart.layout.yaxis.type == chart.layout.yaxis2.type == "log"
    rows = tables.memory_table(memory).rows
    assert rows == tuple((unit, loss(memory.by_unit[int(unit)])) for unit in units.x)


def test_half_lives_that_no_log_axis_can_hold_are_left_out_but_stay_in_the_table() -> None:
    memory = explanation(hidden=4).memory
    assert memory is not None
    lives = pd.Series([3.0, np.inf, 0.0, 9.0])
    chart = memory_chart(replace(memory, by_unit=lives), 20)
    assert chart is not None
    assert list(chart.data[3].y) == [9.0, 3.0]
    said = dict(tables.memory_table(replace(memory, by_unit=lives)).rows)
    assert said == {"1": "never fades", "3": "9.00", "0": "3.00", "2": "0"}
    assert memory_chart(replace(memory, by_unit=lives * np.inf), 20) is None


@pytest.mark.parametrize("older", [0, 35])
def test_attribution_is_feature_by_lag_with_the_sums_of_both(older: int) -> None:
    found = explanation(older=older)
    values = found.attribution.values
    heat, by_lag, by_feature = attribution_chart(found).data
    assert list(heat.y) == list(by_feature.y) == by_weight(values)
    cells = dict(zip(heat.y, heat.z, strict=True))
    for name in values:
        np.testing.assert_array_equal(cells[name][:20], values[name][:20])
        if older:
            assert np.isnan(cells[name][20])
            assert cells[name][21] == pytest.approx(values[name][20:].sum(), rel=1e-12)
    np.testing.assert_allclose(by_lag.y[:20], values.sum(axis=1)[:20], rtol=1e-12)
    sums = dict(zip(by_feature.y, by_feature.x, strict=True))
    assert sums == pytest.approx(values.sum().to_dict(), rel=1e-12)
    # What is drawn above sums to what is drawn beside it: nothing of the forecast gets lost.
    assert np.nansum(by_lag.y) == pytest.approx(sum(by_feature.x), rel=1e-12)
    assert heat.zmin == -heat.zmax == -np.nanmax(np.abs(heat.z))


def test_the_title_of_an_attribution_has_forecast_baseline_and_completeness_error() -> None:
    found = explanation(completeness_error=0.0123)
    title = attribution_chart(found).layout.title
    made = found.attribution
    assert title.text == f"{found.symbol}, {found.date:%Y-%m-%d}"
    assert title.subtitle.text == (
        f"Forecast {loss(made.output)}, baseline {loss(made.baseline_output)}, "
        "completeness error 1.23\u202f%"
    )


def test_the_table_of_attributions_is_what_is_drawn() -> None:
    found = explanation(older=35)
    heat, by_lag, by_feature = attribution_chart(found).data
    shown = tables.attribution_table(found.attribution, 20)
    assert shown.columns == ("Lag", *heat.y, "All features")
    *lags, older, total = shown.rows
    for place, row in enumerate(lags):
        assert row == (str(place), *map(loss, heat.z[:, place]), loss(by_lag.y[place]))
    assert older == ("Older", *map(loss, heat.z[:, 21]), loss(by_lag.y[21]))
    assert total[1:-1] == tuple(map(loss, by_feature.x))


def test_too_many_features_are_cut_but_the_sums_by_lag_are_over_all() -> None:
    found = explanation(features=[f"f{one}" for one in range(60)])
    heat, by_lag, _ = attribution_chart(found, most=7).data
    assert len(heat.y) == 7
    np.testing.assert_allclose(by_lag.y, found.attribution.values.sum(axis=1), rtol=1e-12)


def test_importance_has_a_bar_and_a_whisker_a_feature() -> None:
    importance = explanation().importance
    chart = importance_chart(importance)
    assert chart is not None
    (bars,) = chart.data
    assert list(bars.y) == list(importance.index)
    np.testing.assert_array_equal(bars.x, importance["mean"])
    np.testing.assert_array_equal(bars.error_x.array, importance["deviation"])
    assert chart.layout.xaxis.title.text == "Loss of IC"
    rows = tables.importance_table(importance).rows
    assert rows == tuple(
        (name, loss(x), loss(whisker))
        for name, x, whisker in zip(bars.y, bars.x, bars.error_x.array, strict=True)
    )
    assert importance_chart(importance.assign(mean=np.nan)) is None


def test_gradients_are_drawn_by_lag_and_the_cell_of_the_run_is_the_thick_one() -> None:
    gradients = explanation().gradients
    chart = gradients_chart(gradients, "gru")
    assert chart is not None
    assert chart.layout.yaxis.type == "log"
    for trace in chart.data:
        np.testing.assert_array_equal(trace.y, gradients[trace.name.lower()])
        np.testing.assert_array_equal(trace.x, gradients.index)
    widths = {trace.name: trace.line.width for trace in chart.data}
    assert widths["GRU"] > widths["LSTM"] == widths["RNN"]
    shown = tables.gradients_table(gradients)
    assert shown.columns[1:] == tuple(trace.name for trace in chart.data)
    for place, row in enumerate(shown.rows):
        assert row[1:] == tuple(tables.power(trace.y[place]) for trace in chart.data)


def test_a_gradient_of_zero_is_no_point_on_a_log_axis() -> None:
    gradients = pd.DataFrame({"rnn": [1.0, 1e-30, 0.0], "own_cell": [1.0, 0.5, 0.2]})
    chart = gradients_chart(gradients, "own_cell")
    assert chart is not None
    assert [trace.name for trace in chart.data] == ["RNN", "own cell"]
    assert np.isnan(chart.data[0].y[2])
    assert gradients_chart(gradients * 0) is None


def test_html_in_names_stays_text_in_the_charts() -> None:
    found = explanation(features=(HOSTILE, "b"), symbol=HOSTILE)
    for chart in (attribution_chart(found), importance_chart(found.importance)):
        assert chart is not None
        assert "<b " not in str(chart.to_dict())
