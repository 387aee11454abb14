"""Lines over bars, as every chart with a time axis draws them."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.labels import HOLD, hold_name
from lstmtrader.report.palette import GRID, ZERO, axis, marks, stamps


def line(series: pd.Series, name: str, color: str, **settings: object) -> dict[str, object]:
    """Draw a series over its bars.

    Seven digits are more than a screen can show, and single precision is half the file.
    """
    return marks(
        "scatter",
        x=stamps(series.index),
        y=series.to_numpy(dtype=np.float32),
        name=name,
        mode="lines",
        **{"line": {"color": color, "width": 1.5}, **settings},
    )


def thinned(series: pd.Series, most: int = 1600) -> pd.Series:
    """Keep every k-th bar, the last one among them: for lines that are smooth by themselves."""
    step = -(-len(series) // most) or 1
    return series.iloc[(len(series) - 1) % step :: step]


def time_axis(**settings: object) -> dict[str, object]:
    """Return a quiet axis of dates without a grid."""
    return axis(type="date", showgrid=False, **settings)


def level(value: float, yref: str = "y", *, strong: bool = True) -> dict[str, object]:
    """Return a thin line across the plot at a value."""
    return {
        "type": "line",
        "x0": 0,
        "x1": 1,
        "xref": "paper",
        "y0": value,
        "y1": value,
        "yref": yref,
        "layer": "below",
        "line": {"color": ZERO if strong else GRID, "width": 1, "dash": "dot"},
    }


def upright(value: object, yref: str = "paper", *, strong: bool = False) -> dict[str, object]:
    """Return a thin line from the bottom of the plot to its top."""
    return {
        "type": "line",
        "x0": value,
        "x1": value,
        "y0": 0,
        "y1": 1,
        "yref": yref,
        "layer": "below",
        "line": {"color": ZERO if strong else GRID, "width": 1, "dash": "dot"},
    }


def log_ticks(*accounts: pd.Series) -> str:
    """Return every digit of a decade, or 1, 2 and 5 where that would be a crowd."""
    highest = max(float(account.max()) for account in accounts)
    lowest = min(float(account.min()) for account in accounts)
    return "D1" if highest / lowest < 8 else "D2"


def benchmark_label(benchmark: TrackRecord) -> str:
    """Return the name of buy & hold for a legend, in which a symbol must not pass for HTML."""
    return HOLD + html.escape(hold_name(benchmark).removeprefix(HOLD), quote=False)
