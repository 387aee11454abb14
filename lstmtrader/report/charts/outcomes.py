"""Charts of forecasts against what came of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.report.charts.lines import level, upright
from lstmtrader.report.palette import BLUE, CELL, DENSITY, GREY, VERMILLION, axis, figure, marks


def deciles_chart(deciles: pd.DataFrame) -> go.Figure | None:
    """Mean outcome of each tenth of the forecasts, with its 95 % interval."""
    if deciles.empty or not deciles["outcome"].notna().any():
        return None
    outcome = deciles["outcome"].to_numpy(dtype=np.float64)
    groups = [str(one) for one in deciles.index]
    bars = marks(
        "bar",
        x=groups,
        y=outcome.astype(np.float32),
        customdata=deciles["n"].to_numpy(dtype=np.int64).tolist(),
        name="Mean outcome",
        marker={"color": BLUE, "line": {"width": 0}},
        error_y={
            "type": "data",
            "array": (deciles["high"].to_numpy(dtype=np.float64) - outcome).astype(np.float32),
            "arrayminus": (outcome - deciles["low"].to_numpy(dtype=np.float64)).astype(np.float32),
            "color": CELL,
            "thickness": 1,
            "width": 3,
        },
        hovertemplate="Group %{x}: %{y:.4g}, %{customdata} pairs<extra></extra>",
    )
    said = marks(
        "scatter",
        x=groups,
        y=deciles["forecast"].to_numpy(dtype=np.float32),
        name="Mean forecast",
        mode="markers",
        marker={"color": VERMILLION, "size": 8, "symbol": "diamond"},
        hovertemplate="Group %{x}, mean forecast: %{y:.4g}<extra></extra>",
    )
    return figure(
        # A position is in no unit of an outcome.
        [bars, said] if deciles["forecast"].notna().any() else [bars],
        320,
        bargap=0.3,
        hovermode="closest",
        showlegend=True,
        xaxis=axis(
            type="category", showgrid=False, title={"text": "Forecasts from lowest to highest"}
        ),
        yaxis=axis(tickformat=".3~g"),
    )


def calibration_chart(calibration: pd.DataFrame) -> go.Figure | None:
    """Share of outcomes at or below each forecast quantile, against the level it claims."""
    if calibration.empty or not calibration["observed"].notna().any():
        return None
    claimed = calibration.index.to_numpy(dtype=np.float64)
    traces = [
        marks(
            "scatter",
            x=[0, 1],
            y=[0, 1],
            name="Perfect",
            mode="lines",
            line={"color": GREY, "width": 1, "dash": "dot"},
            hoverinfo="skip",
        ),
        marks(
            "scatter",
            x=claimed,
            y=calibration["observed"].to_numpy(dtype=np.float32),
            name="Observed",
            mode="lines+markers",
            line={"color": BLUE, "width": 1.5},
            marker={"size": 8},
            hovertemplate="Quantile %{x:.0%}: %{y:.1%} at or below<extra></extra>",
        ),
    ]
    return figure(
        traces,
        340,
        hovermode="closest",
        showlegend=True,
        xaxis=axis(tickformat=".0%", range=[0, 1], title={"text": "Level of the quantile"}),
        yaxis=axis(tickformat=".0%", range=[0, 1], title={"text": "Outcomes at or below it"}),
    )


def cloud_chart(cloud: pd.DataFrame) -> go.Figure | None:
    """Pairs of forecast and outcome in cells: the stronger the colour the more, on a log scale."""
    if cloud.empty:
        return None
    table = cloud.pivot_table(index="outcome", columns="forecast", values="n", aggfunc="sum")
    counts = table.to_numpy(dtype=np.float64)
    trace = marks(
        "heatmap",
        x=table.columns.to_numpy(dtype=np.float32),
        y=table.index.to_numpy(dtype=np.float32),
        z=np.log10(counts).astype(np.float32),
        customdata=np.nan_to_num(counts).astype(np.int32),
        colorscale=DENSITY,
        showscale=False,
        hoverongaps=False,
        hovertemplate=("Forecast %{x:.3g}, outcome %{y:.3g}: %{customdata} pairs<extra></extra>"),
    )
    return figure(
        [trace],
        340,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        shapes=[level(0.0), upright(0, strong=True)],
        xaxis=axis(title={"text": "Forecast"}, tickformat=".3~g", showgrid=False),
        yaxis=axis(title={"text": "Outcome"}, tickformat=".3~g", showgrid=False),
    )
