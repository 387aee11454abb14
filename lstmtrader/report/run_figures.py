"""Figures of several runs as text: names and formats, also of what a newer version has written."""

from __future__ import annotations

import math

from lstmtrader.report.wording import MISSING, count, labelled, number, percent

SHARED = {
    "benchmark_sharpe": ("Sharpe ratio, buy & hold", number),
    "common_return": ("Total return, common bars", percent),
    "common_sharpe": ("Sharpe ratio, common bars", number),
    "common_max_drawdown": ("Maximum drawdown, common bars", percent),
    "liquidated_bars": ("Bars with a liquidation", count),
}
"""What comparisons and sweeps add to the figures of an account that the report knows."""


def label(name: str) -> str:
    """Return the name of a figure, for people; one that is not known by its key."""
    return SHARED[name][0] if name in SHARED else labelled(name, math.nan)[0]


def figure(name: str, value: object) -> str:
    """Return a figure as text; a dash where there is none."""
    if not isinstance(value, int | float):
        return MISSING
    return SHARED[name][1](float(value)) if name in SHARED else labelled(name, float(value))[1]
