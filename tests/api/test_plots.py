"""Law: every chart of a run is a figure that stands by itself, or an error says why not."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from lstmtrader import Run, backtest_forecasts
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, RunError
from lstmtrader.report.plots import Plots
from strategies.long_flat import LongFlat

pytestmark = pytest.mark.xdist_group("plots")

CHARTS = sorted(name for name in vars(Plots) if not name.startswith("_") and name != "attribution")


# Of these a single member, without quantiles or baselines and for less than a year, has none.
EMPTY = {"baselines", "calibration", "members", "rolling"}


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_a_chart_with_nothing_to_show_says_why(name: str, tiny_run: Run) -> None:
    with pytest.raises(RunError, match=r"^tiny: nothing to draw of [^:]+: \w.{10,}$"):
        getattr(tiny_run.plot, name)()


@pytest.mark.parametrize("name", sorted(set(CHARTS) - EMPTY))
def test_a_chart_has_a_title_a_white_ground_and_ink(name: str, tiny_run: Run) -> None:
    figure = getattr(tiny_run.plot, name)()
    assert isinstance(figure, go.Figure)
    assert figure.layout.title.text.startswith("tiny: ")
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "#FFFFFF"
    assert "inherit" not in figure.to_json()
    assert figure.layout.height > 100


def test_a_chart_is_the_one_of_the_report(tiny_run: Run) -> None:
    figure = tiny_run.plot.equity()
    line = next(trace for trace in figure.data if trace.name == "Strategy")
    expected = (tiny_run.equity / tiny_run.result.capital).to_numpy()
    np.testing.assert_allclose(np.asarray(line.y, dtype=float), expected, rtol=1e-6)


def test_names_in_titles_are_text(tiny_run: Run) -> None:
    evil = replace(tiny_run, sheet=replace(tiny_run.sheet, name="<b>x</b>"))
    assert "<b>" not in evil.plot.equity().layout.title.text


def test_what_was_not_made_here_is_not_drawn() -> None:
    prices = SyntheticProvider(n_symbols=2, n_bars=120, seed=1).fetch()
    run = backtest_forecasts(prices.close.pct_change(5).iloc[20:], prices, LongFlat())
    with pytest.raises(RunError, match="were not made fold after fold here"):
        run.plot.folds()
    with pytest.raises(RunError, match="nothing was trained in epochs"):
        run.plot.curves()
    assert run.plot.equity().data


def test_a_group_that_there_is_not_is_refused(tiny_run: Run) -> None:
    assert tiny_run.plot.skill("year").data
    with pytest.raises(ConfigError, match="expected fold, year or symbol; got 'week'"):
        tiny_run.plot.skill("week")  # type: ignore[arg-type]


def test_the_charts_are_listed(tiny_run: Run) -> None:
    assert all(name in repr(tiny_run.plot) for name in CHARTS)
    assert "member" in inspect.signature(Plots.attribution).parameters
