"""Numbers as text, and the sentences a report opens with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pandas as pd

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Execution

MISSING = "–"
_THIN_SPACE = "\u202f"
_NBSP = "\u00a0"


def number(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign and thin spaces by thousands; NaN as a dash."""
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}".replace(",", _THIN_SPACE)
    if not float(f"{value:.{digits}f}"):
        text = text.lstrip("-")
    return text.replace("-", "\u2212")


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction in percent."""
    text = number(value * 100, digits)
    return text if text == MISSING else f"{text}{_THIN_SPACE}%"


def count(value: float) -> str:
    """Return a whole number."""
    return number(value, 0)


def date(value: pd.Timestamp) -> str:
    """Return a date, with the time where there is one; a missing one as a dash."""
    if pd.isna(value):
        return MISSING
    return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"


def _times(value: float) -> str:
    text = number(value, 2)
    return text if text == MISSING else f"{text}{_THIN_SPACE}×"


METRICS: dict[str, tuple[str, Callable[[float], str]]] = {
    "total_return": ("Total return", percent),
    "cagr": ("Return a year", percent),
    "volatility": ("Volatility a year", percent),
    "sharpe": ("Sharpe ratio", number),
    "sortino": ("Sortino ratio", number),
    "max_drawdown": ("Maximum drawdown", percent),
    "calmar": ("Calmar ratio", number),
    "hit_rate": ("Bars with a gain", percent),
    "gross_exposure": ("Gross exposure, mean", percent),
    "net_exposure": ("Net exposure, mean", percent),
    "turnover_per_year": ("Turnover a year, Σ|Δw|", _times),
    "costs_per_year": ("Costs a year, of equity", lambda value: percent(value, 2)),
    "final_equity": ("Final equity", count),
}


def metric_rows(metrics: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str, str]]:
    """Return label, strategy and benchmark for every figure either account has."""
    strategy, benchmark = metrics["strategy"], metrics["benchmark"]
    rows = []
    for key in dict.fromkeys([*METRICS, *strategy, *benchmark]):
        if key not in strategy and key not in benchmark:
            continue
        label, form = METRICS.get(key, (key.replace("_", " ").capitalize(), number))
        rows.append((label, form(strategy.get(key, math.nan)), form(benchmark.get(key, math.nan))))
    return rows


def years(result: BacktestResult) -> float:
    """Length of the account in years of the trading calendar."""
    return (len(result.equity) - 1) / result.periods_per_year


def headline(result: BacktestResult, metrics: Mapping[str, Mapping[str, float]]) -> str:
    """Return the outcome against the benchmark in a few words."""
    strategy, benchmark = metrics["strategy"], metrics["benchmark"]
    if result.ruined_on is not None:
        return f"The account was ruined on {date(result.ruined_on)}."
    if result.trades.empty:
        return "The strategy never traded."
    by_return = _compared(strategy["total_return"], benchmark["total_return"], 3)
    by_sharpe = _compared(strategy["sharpe"], benchmark["sharpe"], 2)
    if by_sharpe is None:
        return "The Sharpe ratios cannot be compared."
    words = {1: "ahead of", 0: "level with", -1: "behind"}
    if by_return == by_sharpe:
        both = "both by return and by Sharpe ratio"
        return f"The strategy ended {words[by_sharpe]} buy{_NBSP}&{_NBSP}hold, {both}."
    side = {1: "ahead", 0: "level", -1: "behind"}
    return (
        f"Against buy{_NBSP}&{_NBSP}hold the strategy ended {side[by_sharpe]} by Sharpe ratio and "
        f"{side[by_return or 0]} by return."
    )


def verdict(
    result: BacktestResult, benchmark: BacktestResult, metrics: Mapping[str, Mapping[str, float]]
) -> str:
    """Return one plain sentence on what both accounts earned, from the figures alone."""
    period = f"Out of sample, {date(result.equity.index[0])} to {date(result.equity.index[-1])}"
    same = (result.costs, result.terms.lag) == (benchmark.costs, benchmark.terms.lag)
    terms = "with the same costs and fills" if same else "with other costs or fills"
    mine = _earned(metrics["strategy"], years(result))
    if result.ruined_on is not None:
        mine = "lost the whole account"
    other = _earned(metrics["benchmark"], years(benchmark))
    if benchmark.equity.index[-1] != result.equity.index[-1]:
        terms += f", to {date(benchmark.equity.index[-1])},"
    return f"{period}, the strategy {mine}; equal-weight buy{_NBSP}&{_NBSP}hold {terms} {other}."


def caution(result: BacktestResult, sharpe: float) -> str:
    """Return what the figures do not say, with the sampling error of the Sharpe ratio.

    References
    ----------
    Lo, A. W. (2002). The Statistics of Sharpe Ratios. Financial Analysts Journal, 58(4), 36-52.
    """
    text = (
        "This is one simulated history. Other training seeds, other symbols and the number of "
        "variants tried before this one all move the figures, and nothing in this report tests "
        "them for significance."
    )
    length = years(result)
    if length > 0 and math.isfinite(sharpe):
        error = math.sqrt((1 + sharpe**2 / (2 * result.periods_per_year)) / length)
        text += (
            f" Over {number(length, 1)} years, and if returns were independent, the standard "
            f"error of this Sharpe ratio would be about {number(error)}."
        )
    return text


def fills(execution: Execution) -> str:
    """Return when orders are filled, in words."""
    return {
        Execution.NEXT_OPEN: "orders fill at the open of the bar after the decision",
        Execution.NEXT_CLOSE: "orders fill at the close of the bar after the decision",
        Execution.SAME_CLOSE: "orders fill at the close they were decided on",
    }[execution]


def _compared(mine: float, other: float, digits: int) -> int | None:
    if not (math.isfinite(mine) and math.isfinite(other)):
        return None
    gap = round(mine, digits) - round(other, digits)
    return (gap > 0) - (gap < 0)


def _earned(figures: Mapping[str, float], length: float) -> str:
    # A return of less than a year is not blown up to one.
    value, span = (
        (figures["cagr"], "a year") if length >= 1 else (figures["total_return"], "in all")
    )
    if not math.isfinite(value):
        return "has no return to speak of"
    verb = "lost" if value < 0 else "earned"
    text = f"{verb} {percent(abs(value))} {span}"
    if math.isfinite(figures["sharpe"]):
        risk, ratio = percent(figures["volatility"]), number(figures["sharpe"])
        text += f" at {risk} volatility (Sharpe{_NBSP}{ratio})"
    return text
