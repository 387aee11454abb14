"""Tables of intervals, trials, members and cost levels, as rows of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pandas as pd

from lstmtrader.report.labels import HOLD, row_name, with_hold
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
    "n_trials": (
        "Trials on these prices",
        count,
        "when it was run; every variant that was looked at counts",
    ),
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
        "Best of all accounts against buy & hold, p",
        _p,
        "how likely such a lead is if none, strategy or baseline, is better (Hansen's SPA test)",
    ),
}


def doubt_figures(
    figures: Mapping[str, float], contenders: pd.DataFrame | None = None, hold: str = HOLD
) -> list[tuple[str, str, str]]:
    """Return name, value and meaning of every figure that is defined.

    Parameters
    ----------
    figures : mapping of str to float
    contenders : DataFrame, optional
        The accounts behind ``spa_p``; with them it is said which one is the best, and whether the
        strategy is better than the benchmark: the p-value is small whoever of them is.
    hold : str
        The name of the benchmark.
    """
    rows = []
    for key, (name, form, meaning) in _FIGURES.items():
        value = figures.get(key)
        if value is not None and not math.isnan(value):
            if key == "spa_p" and contenders is not None:
                meaning += _whose(contenders)
            rows.append((with_hold(name, hold), form(float(value)), with_hold(meaning, hold)))
    return rows


def _whose(contenders: pd.DataFrame) -> str:
    """Name the account with the highest Sharpe ratio, and say what StepM finds of the strategy."""
    if "sharpe" not in contenders or "strategy" not in contenders.index:
        return ""
    sharpe = contenders["sharpe"].drop("buy_and_hold", errors="ignore").dropna()
    text = ""
    if len(sharpe):
        best = sharpe.idxmax()
        name = "the strategy" if best == "strategy" else row_name(best)
        text = f"; the highest Sharpe ratio is that of {name}, {number(float(sharpe[best]))}"
    superior = contenders.loc["strategy"].get("superior")
    if superior is None or pd.isna(superior):
        return text
    verdict = "is" if bool(superior) else "is not"
    return f"{text}. By the StepM test the strategy itself {verdict} better than buy & hold"


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
    return (
        f"{text}. For the difference both accounts are drawn together, so that it keeps their "
        "correlation."
    )


def intervals_table(intervals: pd.DataFrame, hold: str = HOLD) -> Table:
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
    columns = ["", "Strategy", "Interval", hold, "Interval", "Difference", "Interval"]
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
