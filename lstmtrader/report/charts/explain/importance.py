"""Which features the forecasts could not do without."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.report.charts.explain.attribution import MOST_FEATURES
from lstmtrader.report.palette import BLUE, CELL, VERMILLION, axis, figure, marks


def importance_chart(importance: pd.DataFrame, most: int = MOST_FEATURES) -> go.Figure | None:
    """Bars of what each feature was worth inside the test folds, with whiskers of a deviation.

    Parameters
    ----------
    importance : DataFrame
        One row a feature, the largest first; columns mean and deviation (over folds, NaN with a
        single one), and measure, which names what was measured.
    most : int
        Features shown.

    Returns
    -------
    Figure, optional
        None without a number; a bar below zero is a feature that the forecasts were better without.
    """
    shown = importance[importance["mean"].notna()].head(most)
    if shown.empty:
        return None
    means = shown["mean"].to_numpy(dtype=np.float64)
    spread = shown["deviation"].to_numpy(dtype=np.float64)
    bars = marks(
        "bar",
        orientation="h",
        y=[html.escape(str(name), quote=False) for name in shown.index],
        x=means,
        marker={"color": [VERMILLION if one < 0 else BLUE for one in means], "line": {"width": 0}},
        error_x={
            "type": "data",
            "array": np.nan_to_num(spread),
            "color": CELL,
            "thickness": 1,
            "width": 3,
        },
        customdata=np.nan_to_num(spread),
        name="Importance",
        hovertemplate="%{y}: %{x:.3g}, deviation %{customdata:.3g}<extra></extra>",
    )
    title = html.escape(measure_of(importance), quote=False)
    return figure(
        [bars],
        70 + 26 * len(shown),
        bargap=0.35,
        hovermode="closest",
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=axis(title={"text": title[:1].upper() + title[1:]}, tickformat=".2~g"),
        yaxis=axis(type="category", autorange="reversed", showgrid=False, fixedrange=True, dtick=1),
    )


def measure_of(importance: pd.DataFrame) -> str:
    """Return what was measured, in words; nothing where there is no row."""
    return "" if importance.empty else str(importance["measure"].iloc[0])
