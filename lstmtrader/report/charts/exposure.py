"""Charts of what was held: exposure, turnover, and the weight of each symbol."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.charts.lines import line, time_axis
from lstmtrader.report.palette import (
    DIVERGING,
    GREEN,
    ORANGE,
    PURPLE,
    STRATEGY,
    axis,
    figure,
    marks,
    stamps,
)

_MOST_NAMES = 25
_MOST_COLUMNS = 320


def exposure_chart(account: TrackRecord, window: int = 21) -> go.Figure:
    """Gross and net exposure at each close, how many symbols, and the rolling mean of turnover.

    Parameters
    ----------
    account : TrackRecord
    window : int
        Bars in the rolling mean; the first ones are averages of the bars there are.
    """
    turnover = account.turnover.rolling(window, min_periods=1).mean()
    held = account.weights.ne(0).sum(axis=1)
    return figure(
        [
            line(account.gross, "Gross exposure", STRATEGY, hovertemplate="%{y:.1%}"),
            line(account.net, "Net exposure", GREEN, hovertemplate="%{y:.1%}"),
            line(
                turnover,
                f"Turnover a bar, mean of {window}",
                PURPLE,
                hovertemplate="%{y:.2%}",
                yaxis="y2",
            ),
            line(
                held,
                "Symbols held",
                ORANGE,
                hovertemplate="%{y:d}",
                yaxis="y3",
                line={"color": ORANGE, "width": 1.5, "shape": "hv"},
            ),
        ],
        480,
        hovermode="x unified",
        xaxis=time_axis(anchor="y3"),
        yaxis=axis(tickformat=".0%", domain=[0.56, 1], rangemode="tozero"),
        yaxis2=axis(tickformat=".2~%", domain=[0.27, 0.5], rangemode="tozero", nticks=4),
        yaxis3=axis(tickformat="d", domain=[0, 0.21], rangemode="tozero", nticks=4),
    )


def holdings_chart(account: TrackRecord) -> go.Figure | None:
    """Mean weight of each symbol by week, month or quarter; the most held ones where many are.

    None for an account that never held anything.
    """
    weights = account.weights
    size = weights.abs().mean().sort_values(ascending=False, kind="stable")
    names = list(size.index[size > 0][:_MOST_NAMES])
    if not names:
        return None
    by_span = _averaged(weights[names])
    values = by_span.to_numpy(dtype=np.float64).T.round(4)
    full = max(float(np.quantile(np.abs(values), 0.98)), 1e-4)
    heat = marks(
        "heatmap",
        x=stamps(by_span.index),
        y=[html.escape(str(name), quote=False) for name in names],
        z=values.astype(np.float32),
        colorscale=DIVERGING,
        zmid=0,
        zmin=-full,
        zmax=full,
        ygap=1,
        colorbar={
            "thickness": 8,
            "outlinewidth": 0,
            "tickformat": ".2~%",
            "nticks": 5,
            "len": 1,
            "x": 1,
            "xpad": 6,
        },
        hoverongaps=False,
        hovertemplate="%{y}, %{x|%Y-%m-%d}: %{z:.1%}<extra></extra>",
    )
    return figure(
        [heat],
        max(150, 20 * len(names) + 48),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=time_axis(zeroline=False),
        yaxis=axis(type="category", autorange="reversed", showgrid=False, fixedrange=True, dtick=1),
    )


def _averaged(weights: pd.DataFrame) -> pd.DataFrame:
    """Mean weights over the shortest calendar span that gives few enough columns."""
    for span in ("D", "W", "MS", "QS", "YS"):
        table = weights.resample(span).mean().dropna(how="all")
        if len(table) <= _MOST_COLUMNS:
            break
    return table
