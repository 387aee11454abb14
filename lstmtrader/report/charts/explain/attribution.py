"""Which inputs made a forecast: feature by lag, and the sums of both."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.explain.result import Explanation
from lstmtrader.report.charts.lines import level, upright
from lstmtrader.report.palette import BLUE, DIVERGING, VERMILLION, axis, figure, marks
from lstmtrader.report.wording import date, loss, small_share

MOST_FEATURES = 40
"""Drawn at most: those of the largest weight."""


def by_weight(values: pd.DataFrame) -> list[str]:
    """Return the features of an attribution, that with the largest sum of sizes first."""
    sizes = values.abs().sum().sort_values(ascending=False, kind="stable")
    return [str(name) for name in sizes.index]


def window_and_older(values: pd.DataFrame, lookback: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return the lags of the window, and the sum by feature of what came in before it.

    A network that reads its bars as one stream carries state into the window.
    """
    inside = values.index < lookback
    return values[inside], values[~inside].sum()


def lookback_of(explanation: Explanation) -> int:
    """Return the bars of the window."""
    if explanation.gates is not None:
        return len(explanation.gates.index)
    return len(explanation.gradients) or len(explanation.attribution.values)


def attribution_chart(explanation: Explanation, most: int = MOST_FEATURES) -> go.Figure:
    """Feature by lag, with the sum of each lag above and of each feature at the right.

    Parameters
    ----------
    explanation : Explanation
    most : int
        Features shown; sums by lag are over all of them.

    Returns
    -------
    Figure
        Blue raised the forecast, vermillion lowered it; lag 0 is at the right, where time ends.
        What the network read before its window is one column.
    """
    found, lookback = explanation.attribution, lookback_of(explanation)
    values = found.values
    inside, older = window_and_older(values, lookback)
    columns = [*inside.index]
    if len(values) > len(inside):
        # Beside an empty column, so that it is not taken for one more lag.
        columns += [lookback, lookback + 1]
        blank = pd.DataFrame(np.nan, index=[lookback], columns=values.columns)
        inside = pd.concat([inside, blank, older.to_frame(lookback + 1).T])
    shown = by_weight(values)[:most]
    cells = inside[shown].to_numpy(dtype=np.float64).T
    names = [_text(name) for name in shown]
    lags = ["older" if lag > lookback else f"lag {lag}" for lag in columns]
    limit = float(np.nanmax(np.abs(cells), initial=0.0)) or 1.0
    heat = marks(
        "heatmap",
        x=columns,
        y=names,
        z=cells,
        zmin=-limit,
        zmax=limit,
        zmid=0,
        text=[lags] * len(names),
        colorscale=DIVERGING,
        showscale=False,
        hoverongaps=False,
        name="Attribution",
        hovertemplate="%{y}, %{text}: %{z:.3g}<extra></extra>",
    )
    by_lag = inside.sum(axis=1, min_count=1).to_numpy(dtype=np.float64)
    by_feature = values[shown].sum().to_numpy(dtype=np.float64)
    above = marks(
        "bar",
        x=columns,
        y=by_lag,
        yaxis="y2",
        hovertext=lags,
        name="Sum of the lag",
        marker={"color": _sides(by_lag), "line": {"width": 0}},
        hovertemplate="%{hovertext}, all features: %{y:.3g}<extra></extra>",
    )
    beside = marks(
        "bar",
        orientation="h",
        x=by_feature,
        y=names,
        xaxis="x2",
        name="Sum of the feature",
        marker={"color": _sides(by_feature), "line": {"width": 0}},
        hovertemplate="%{y}, all lags: %{x:.3g}<extra></extra>",
    )
    height = int(np.clip(26 * len(shown), 78, 720))
    total = height + 110
    split = height / total
    said = (
        f"Forecast {loss(found.output)}, baseline {loss(found.baseline_output)}, "
        f"completeness error {small_share(found.completeness_error)}"
    )
    return figure(
        [heat, above, beside],
        total + 126,
        title=_heading(f"{_text(explanation.symbol)}, {date(explanation.date)}", said),
        margin={"l": 8, "r": 8, "t": 68, "b": 8},
        bargap=0.25,
        hovermode="closest",
        showlegend=False,
        shapes=[
            level(0.0, "y2") | {"xref": "x domain"},
            upright(0, "y domain", strong=True) | {"xref": "x2"},
        ],
        xaxis=axis(
            domain=[0, 0.76],
            range=[columns[-1] + 0.5, columns[0] - 0.5],
            showgrid=False,
            zeroline=False,
            title={"text": "Lag, bars before the forecast"},
            **_ticks(columns, lookback),
        ),
        xaxis2=axis(
            domain=[0.8, 1], tickformat=".1~g", nticks=3, tickangle=0, anchor="y", zeroline=False
        ),
        yaxis=axis(
            type="category",
            autorange="reversed",
            showgrid=False,
            domain=[0, split],
            fixedrange=True,
            dtick=1,
        ),
        yaxis2=axis(domain=[split + 20 / total, 1], tickformat=".2~g", nticks=4, zeroline=False),
    )


def _ticks(columns: list[int], lookback: int) -> dict[str, object]:
    """Return about six lags to be named, and the column of what is older."""
    step = next(one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if lookback <= 7 * one)
    at = list(range(0, lookback, step))
    old = [one for one in columns if one > lookback]
    return {
        "tickmode": "array",
        "tickvals": at + old,
        "ticktext": [str(one) for one in at] + ["older"] * len(old),
    }


def _heading(title: str, said: str) -> dict[str, object]:
    return {
        "text": title,
        "font": {"size": 13},
        "subtitle": {"text": said, "font": {"size": 10}},
        "x": 0,
        "xref": "container",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "pad": {"t": 18},
    }


def _sides(values: np.ndarray) -> list[str]:
    return [VERMILLION if value < 0 else BLUE for value in values]


def _text(name: object) -> str:
    return html.escape(str(name), quote=False)
