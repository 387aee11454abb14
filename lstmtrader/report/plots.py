"""Plots: the charts of a run as plotly figures of their own, each with a title."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.errors import ConfigError, RunError
from lstmtrader.report.charts.account import drawdown_chart, equity_chart, rolling_chart
from lstmtrader.report.charts.costs import cost_levels_chart, costs_chart
from lstmtrader.report.charts.explain.attribution import attribution_chart
from lstmtrader.report.charts.exposure import exposure_chart, holdings_chart
from lstmtrader.report.charts.folds import curves_chart, fold_timeline
from lstmtrader.report.charts.lines import benchmark_label
from lstmtrader.report.charts.outcomes import calibration_chart, cloud_chart, deciles_chart
from lstmtrader.report.charts.returns import distribution_chart, monthly_chart
from lstmtrader.report.charts.significance import intervals_chart, members_chart, rivals_chart
from lstmtrader.report.charts.skill import decay_chart, extremes, ic_chart, skill_chart
from lstmtrader.report.images import themed
from lstmtrader.report.sheet import TearSheet

_TITLE_PX = 36
_HEIGHT = 400


class Plots:
    """The charts of one run; every method returns a plotly figure, on white, with a title.

    They are those of the report. One that has nothing to show raises a `RunError` that says why.

    Parameters
    ----------
    sheet : TearSheet
        What the report shows.
    explain : callable
        Explains a forecast of the run, for `attribution`: ``explain(symbol, date, member)``.
    """

    def __init__(self, sheet: TearSheet, explain: Callable[..., Any]) -> None:
        self._sheet = sheet
        self._explain = explain

    def __repr__(self) -> str:
        names = [name for name in dir(self) if not name.startswith("_")]
        return f"Plots of {self._sheet.name}: {', '.join(names)}"

    def equity(self) -> go.Figure:
        """Growth of 1 in both accounts, with a thin line at each refit."""
        starts = pd.DatetimeIndex(self._sheet.folds["test_start"])
        made = equity_chart(self._sheet.account, self._sheet.benchmark, starts)
        return self._titled(made, "growth of 1")

    def drawdowns(self) -> go.Figure:
        """Loss from the highest equity so far."""
        return self._titled(drawdown_chart(self._sheet.account, self._sheet.benchmark), "drawdown")

    def rolling(self) -> go.Figure:
        """Sharpe ratio and beta over the year before each bar."""
        made = rolling_chart(self._sheet.account, self._sheet.benchmark)
        return self._titled(made, "the last year at every bar", "it is no longer than a year")

    def months(self) -> go.Figure:
        """Compound return of each calendar month."""
        return self._titled(monthly_chart(self._sheet.account.returns), "returns by month")

    def distribution(self) -> go.Figure:
        """How often each return of a bar came."""
        made = distribution_chart(self._sheet.account, self._sheet.benchmark)
        return self._titled(made, "returns of a bar", "no bar had a return")

    def exposure(self) -> go.Figure:
        """Exposure, turnover, and how many symbols were held."""
        return self._titled(exposure_chart(self._sheet.account), "exposure and turnover")

    def costs(self) -> go.Figure:
        """Money paid so far, by kind."""
        return self._titled(costs_chart(self._sheet.account), "costs so far", "nothing was paid")

    def cost_levels(self) -> go.Figure:
        """Return and Sharpe ratio against more slippage."""
        found = self._sheet.evaluation
        break_even = float(found.strategy.get("break_even_bp", np.nan))
        made = cost_levels_chart(found.cost_levels, break_even)
        return self._titled(made, "against more slippage", "no level of costs was tried")

    def holdings(self) -> go.Figure:
        """Mean weight of each symbol through time."""
        return self._titled(holdings_chart(self._sheet.account), "holdings", "nothing was held")

    def skill(self, by: Literal["fold", "year", "symbol"] = "fold") -> go.Figure:
        """Skill of the forecasts, correlations above and out-of-sample R² below.

        Parameters
        ----------
        by : {"fold", "year", "symbol"}
        """
        if by not in ("fold", "year", "symbol"):
            raise ConfigError(f"by: expected fold, year or symbol; got {by!r}")
        skill = self._sheet.evaluation.skill
        rows = {"fold": skill.by_fold, "year": skill.by_year, "symbol": extremes(skill.by_symbol)}
        made = skill_chart(rows[by], by.capitalize())
        return self._titled(made, f"forecast skill by {by}", "no figure of skill is defined")

    def ic(self) -> go.Figure:
        """Information coefficient: mean of the last year, and its sum so far."""
        per_year = self._sheet.account.periods_per_year
        made = ic_chart(self._sheet.evaluation.skill.by_bar, per_year)
        why = "no bar has enough symbols with a forecast and an outcome"
        return self._titled(made, "information coefficient", why)

    def deciles(self) -> go.Figure:
        """Mean outcome of each tenth of the forecasts, with its 95 % interval."""
        made = deciles_chart(self._sheet.evaluation.skill.deciles)
        why = "there are too few forecasts with an outcome"
        return self._titled(made, "outcome by tenth of the forecasts", why)

    def calibration(self) -> go.Figure:
        """Share of outcomes at or below each forecast quantile."""
        made = calibration_chart(self._sheet.evaluation.skill.calibration)
        return self._titled(made, "calibration", "the forecasts have no quantiles and no scale")

    def cloud(self) -> go.Figure:
        """Pairs of forecast and outcome."""
        made = cloud_chart(self._sheet.evaluation.skill.cloud)
        return self._titled(made, "forecast and outcome", "there are no pairs to compare")

    def decay(self) -> go.Figure:
        """Correlation of the forecast with outcomes of longer horizons."""
        made = decay_chart(self._sheet.evaluation.skill.decay)
        why = "such forecasts say nothing of returns"
        return self._titled(made, "IC by horizon of the outcome", why)

    def intervals(self) -> go.Figure:
        """Interval of the Sharpe ratio of both accounts and of their difference."""
        found = self._sheet.evaluation.significance.intervals
        made = intervals_chart(found, benchmark_label(self._sheet.benchmark))
        return self._titled(made, "intervals of the Sharpe ratio", "no interval is defined")

    def members(self) -> go.Figure:
        """Sharpe ratio of each member traded alone, and of the ensemble."""
        made = members_chart(self._sheet.evaluation.significance.members)
        return self._titled(made, "members alone and together", "there is one member only")

    def baselines(self) -> go.Figure:
        """Growth of 1 of the strategy on the model, on every baseline, and of buy & hold."""
        sheet = self._sheet
        made = rivals_chart(sheet.account, sheet.benchmark, sheet.evaluation.rivals)
        return self._titled(made, "beside the baselines", "no baseline was traded")

    def folds(self) -> go.Figure:
        """Training, validation and test slices of every fold, to scale."""
        made = None if self._sheet.folds.empty else fold_timeline(self._sheet.folds)
        return self._titled(made, "folds", "these forecasts were not made fold after fold here")

    def curves(self) -> go.Figure:
        """Loss of every fit by epoch."""
        return self._titled(
            curves_chart(self._sheet.curves), "training", "nothing was trained in epochs"
        )

    def attribution(
        self, symbol: str | None = None, date: Any = None, member: int = 0
    ) -> go.Figure:
        """Which feature at which lag made one forecast what it is, by integrated gradients.

        Parameters
        ----------
        symbol : str, optional
        date : Timestamp or str, optional
            Bar of the forecast.
        member : int
            As `Run.explain` takes them.
        """
        explanation = self._explain(symbol=symbol, date=date, member=member)
        words = f"attribution of the forecast for {explanation.symbol}, {explanation.date:%Y-%m-%d}"
        return self._titled(attribution_chart(explanation), words)

    def _titled(self, made: go.Figure | None, title: str, why: str = "") -> go.Figure:
        if made is None:
            raise RunError(f"{self._sheet.name}: nothing to draw of {title}: {why}")
        return on_paper(made, f"{self._sheet.name}: {title}")


def on_paper(chart: go.Figure, title: str) -> go.Figure:
    """Return a copy of a chart of the report that stands by itself: white ground, ink, a title."""
    made = go.Figure(_with_numbers(themed(chart, "light"), chart))
    height, margin = made.layout.height or _HEIGHT, made.layout.margin.t
    return made.update_layout(
        title={"text": html.escape(title), "x": 0, "xanchor": "left", "y": 1, "yanchor": "top",
               "yref": "container", "pad": {"t": 12, "l": 8}, "font": {"size": 15}},
        height=height + _TITLE_PX,
        margin={"t": margin + _TITLE_PX},
    )  # fmt: skip


def _with_numbers(spec: dict[str, Any], chart: go.Figure) -> dict[str, Any]:
    """Put the arrays of a chart in place of their packed form, so that people can read them."""
    for trace, drawn in zip(spec["data"], chart.data, strict=True):
        for key, value in trace.items():
            if isinstance(value, dict) and "bdata" in value:
                trace[key] = drawn[key]
    return spec
