"""Charts of costs: what was paid, and how much more the strategy could bear."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.charts.lines import level, line, thinned, time_axis, upright
from lstmtrader.report.palette import (
    GREEN,
    ORANGE,
    PURPLE,
    STRATEGY,
    VERMILLION,
    axis,
    figure,
    marks,
)

_KINDS = {
    "fees": ("Fees", STRATEGY),
    "slippage": ("Slippage", VERMILLION),
    "debit": ("Interest on debt", GREEN),
    "borrow": ("Borrowing fees", PURPLE),
}


def costs_chart(account: TrackRecord) -> go.Figure | None:
    """Money paid so far, by kind, as a fraction of the capital; None where nothing was paid."""
    paid = account.costs_paid.fillna(0.0).cumsum() / account.capital
    traces = []
    for kind in paid.columns:
        if not paid[kind].abs().max() > 0:
            continue
        name, color = _KINDS.get(str(kind), (str(kind).capitalize(), ORANGE))
        traces.append(line(thinned(paid[kind]), name, color, hovertemplate="%{y:.2%}"))
    if not traces:
        return None
    return figure(
        traces,
        280,
        hovermode="x unified",
        showlegend=True,
        xaxis=time_axis(),
        yaxis=axis(tickformat=".2~%", rangemode="tozero"),
    )


def cost_levels_chart(levels: pd.DataFrame, break_even_bp: float) -> go.Figure | None:
    """Return a year and Sharpe ratio against slippage on top of the configured costs."""
    if levels.empty or not levels.notna().to_numpy().any():
        return None
    levels = levels.sort_index()
    extra = levels.index.to_numpy(dtype=np.float64)
    traces = []
    for column, name, color, hover, side in (
        ("cagr", "Return a year", STRATEGY, "%{y:.1%}", "y"),
        ("sharpe", "Sharpe ratio", PURPLE, "%{y:.2f}", "y2"),
    ):
        if column in levels and levels[column].notna().any():
            traces.append(
                marks(
                    "scatter",
                    x=extra,
                    y=levels[column].to_numpy(dtype=np.float32),
                    name=name,
                    mode="lines+markers",
                    line={"color": color, "width": 1.5, "dash": None if side == "y" else "dash"},
                    marker={"size": 7, "symbol": "circle" if side == "y" else "diamond"},
                    yaxis=side,
                    hovertemplate=hover,
                )
            )
    shapes = [level(0.0), level(0.0, "y2")]
    if np.isfinite(break_even_bp) and break_even_bp <= extra.max():
        shapes.append(upright(float(break_even_bp), strong=True))
    return figure(
        traces,
        320,
        hovermode="x unified",
        shapes=shapes,
        xaxis=axis(
            anchor="y2",
            showgrid=False,
            zeroline=False,
            hoverformat="~g",
            title={"text": "More slippage on every fill, basis points"},
        ),
        yaxis=axis(tickformat=".2~%", title={"text": "Return a year"}, domain=[0.56, 1]),
        yaxis2=axis(tickformat=".2~f", title={"text": "Sharpe ratio"}, domain=[0, 0.46]),
    )
