"""Tables of intervals, trials, members and cost levels, as rows of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pandas as pd

from lstmtrader.report.tables import Table, table
from lstmtrader.report.wording import (
    METRICS,
    count,
    labelled,
    number,
    percent,
    span,
)


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else number(value, 3)


def _years(value: float) -> str:
    return "no length is enough" if value == math.inf else f"{number(value, 1)} years"


_FIGURES: dict[str, tuple[str, Callable[[float], str], str]] = {
    "psr": (
        "Probabilistic Sharpe ratio",
        number,
        "probability that the true Sharpe ratio is above zero, given length, skewness and tails",
    ),
    "min_track_record": (
        "Track record needed",
        _years,
        "for that probability to reach the level of the intervals, at this Sharpe ratio",
    ),
    "n_trials": ("Trials on these prices", count, "every variant that was looked at counts"),
    "effective_trials": (
        "Families of trials",
        count,
        "variants that earn alike are one family",
    ),
    "deflated_by": (
        "Deflated by",
        count,
        "so many independent trials; the best of a family is a choice, too",
    ),
    "trials_elsewhere": (
        "Trials on other prices",
        count,
        "not counted: another vintage of the same symbols is other prices",
    ),
    "expected_max_sharpe": (
        "Best of so many without skill",
        number,
        "the Sharpe ratio to expect of the luckiest trial if none has skill",
    ),
    "dsr": (
        "Deflated Sharpe ratio",
        number,
        "probability that the true Sharpe ratio is above zero once that luck is taken off",
    ),
    "pbo": (
        "Probability of backtest overfitting",
        percent,
        "how often the best variant of one half of the bars is below the median in the other",
    ),
    "pbo_trials": ("Trials that is made of", count, "those of the same name on these prices"),
    "spa_p": (
        "Superior predictive ability, p",
        _p,
        "that neither the strategy nor any baseline is better than buy & hold, at one volatility",
    ),
}


def doubt_figures(figures: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """Return name, value and meaning of every figure that is defined."""
    rows = []
    for key, (name, form, meaning) in _FIGURES.items():
        value = figures.get(key)
        if value is not None and not math.isnan(value):
            rows.append((name, form(float(value)), meaning))
    return rows


def bootstrap_words(figures: Mapping[str, float]) -> str:
    """Say how the intervals were made, as far as it is known."""
    level, times, block = (figures.get(key, math.nan) for key in ("level", "replications", "block"))
    text = "Intervals"
    if math.isfinite(level):
        text = f"{percent(level, 0)} intervals"
    text += " of a stationary bootstrap of the bars"
    if math.isfinite(times):
        text += f", {count(times)} replications"
    if math.isfinite(block):
        text += f", blocks of {number(block, 1)} bars on average"
    return f"{text}. For the difference both accounts are drawn together, so that it keeps their correlation."


def intervals_table(intervals: pd.DataFrame) -> Table:
    """Return every figure with its interval, for both accounts and for their difference."""
    rows = []
    for key, row in intervals.iterrows():
        form = METRICS[str(key)][1] if str(key) in METRICS else number
        cells = [str(labelled(str(key), math.nan)[0])]
        for whose in ("strategy", "benchmark", "difference"):
            middle, low, high = (
                float(row.get(name, math.nan)) for name in (whose, f"{whose}_low", f"{whose}_high")
            )
            cells.append(form(middle))
            cells.append(span(low, high) if form is number else span(low * 100, high * 100, 1))
        rows.append(tuple(cells))
    columns = ["", "Strategy", "Interval", "Buy & hold", "Interval", "Difference", "Interval"]
    return table(columns, rows)


def members_table(members: pd.DataFrame) -> Table:
    """Return the account of each member traded alone, and that of the ensemble."""
    shown = [str(name) for name in members.columns if members[name].notna().any()]
    rows = [
        (
            "Ensemble" if str(name) == "ensemble" else f"Member {name}",
            *(labelled(column, float(row[column]))[1] for column in shown),
        )
        for name, row in members.iterrows()
    ]
    return table(["", *(labelled(column, math.nan)[0] for column in shown)], rows)


def cost_levels_table(levels: pd.DataFrame) -> Table:
    """Return Sharpe ratio and return a year at each level of further slippage."""
    rows = [
        (
            f"{float(extra):g}\u00a0bp",
            percent(float(row["cagr"])),
            number(float(row["sharpe"])),
        )
        for extra, row in levels.sort_index().iterrows()
    ]
    return table(["More slippage", "Return a year", "Sharpe ratio"], rows)
