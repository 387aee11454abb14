"""Figures of several runs as text: names and formats, also of what a newer version has written."""

from __future__ import annotations

from lstmtrader.report.wording import METRICS, MISSING, number, percent

SHARED = {
    "benchmark_sharpe": ("Sharpe ratio, buy & hold", number),
    "common_return": ("Total return, common bars", percent),
    "common_sharpe": ("Sharpe ratio, common bars", number),
    "common_max_drawdown": ("Maximum drawdown, common bars", percent),
}
"""What a comparison adds to the figures of each account."""


def label(name: str) -> str:
    """Return the name of a figure, for people; one that is not known by its key."""
    known = METRICS.get(name) or SHARED.get(name)
    return known[0] if known else name.replace("_", " ").capitalize()


def figure(name: str, value: object) -> str:
    """Return a figure as text; a dash where there is none."""
    if not isinstance(value, int | float):
        return MISSING
    known = METRICS.get(name) or SHARED.get(name)
    return (known[1] if known else number)(float(value))
