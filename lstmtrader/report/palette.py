"""Colours and axes of every chart: readable in light and dark, and by the colour-blind.

Series colours are from Okabe and Ito; all keep a contrast of about 3:1 on white and on a dark page.
Text and lines of the frame are a middle grey, so that a figure also works by itself in a
notebook; a page that knows its theme swaps the greys for the ones in `THEMES`.

References
----------
Okabe, M. and Ito, K. (2008). Color Universal Design. University of Tokyo.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
GREY = "#8E939A"

STRATEGY, BENCHMARK = BLUE, VERMILLION

INK = "#757B84"
CELL = "#767C83"
GRID = "rgba(128,134,142,0.22)"
ZERO = "rgba(128,134,142,0.60)"
PAPER = "#FFFFFE"
CLEAR = "rgba(0,0,0,0)"

# What a page puts in place of a colour, by theme. No value may appear under two keys, or the way
# back from one theme to the other would not be known.
THEMES: dict[str, dict[str, str]] = {
    INK: {"light": "#474D56", "dark": "#B7BDC6"},
    CELL: {"light": "#16191E", "dark": "#F1F3F6"},
    GRID: {"light": "rgba(20,28,40,0.10)", "dark": "rgba(226,232,240,0.12)"},
    ZERO: {"light": "rgba(20,28,40,0.38)", "dark": "rgba(226,232,240,0.40)"},
    PAPER: {"light": "#FFFFFF", "dark": "#20252C"},
    BLUE: {"light": BLUE, "dark": "#56B4E9"},
}

# Losses vermillion, gains blue, nothing at zero: the page shows through in either theme.
DIVERGING: list[list[float | str]] = [
    [0.0, "rgba(213,94,0,0.70)"],
    [0.5, "rgba(140,140,140,0.03)"],
    [1.0, "rgba(0,114,178,0.70)"],
]

# Counts: one hue, from the page itself to the colour of the strategy.
DENSITY: list[list[float | str]] = [
    [0.0, "rgba(0,114,178,0.08)"],
    [1.0, "rgba(0,114,178,0.95)"],
]


def axis(**settings: object) -> dict[str, object]:
    """Return a quiet axis: hairline grid, no box, ticks outside the plot."""
    quiet: dict[str, object] = {
        "gridcolor": GRID,
        "zerolinecolor": ZERO,
        "zerolinewidth": 1,
        "linecolor": ZERO,
        "automargin": True,
        "ticks": "",
    }
    return quiet | settings


def marks(kind: str, **settings: object) -> dict[str, object]:
    """Return a trace as plain data: the figure it comes to checks it, once and not twice."""
    return {"type": kind, **settings}


def figure(traces: Sequence[object], height: int, **layout: object) -> go.Figure:
    """Return a figure on a transparent ground with the fonts of the page around it.

    An empty template keeps it free of whatever template the session has made its default.
    """
    common: dict[str, object] = {
        "template": go.layout.Template(),
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": "inherit", "size": 12, "color": INK},
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": ZERO,
            "font": {"family": "inherit", "color": INK},
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
            "yref": "paper",
            "bgcolor": CLEAR,
        },
        "modebar": {"bgcolor": CLEAR, "color": ZERO, "activecolor": INK},
    }
    return go.Figure(data=list(traces), layout=common | layout)


def stamps(bars: pd.DatetimeIndex) -> NDArray[np.str_]:
    """Return bars as text: dates where every bar is a whole day, else with the time.

    An array, which plotly passes on as a whole; of a list it asks every item, many times.
    """
    local = bars.tz_localize(None)
    whole_days = bool((local == local.normalize()).all())
    spans = local.to_numpy().astype("datetime64[D]" if whole_days else "datetime64[s]")
    texts: NDArray[np.str_] = np.datetime_as_string(spans)
    return texts if whole_days else np.strings.replace(texts, "T", " ")
