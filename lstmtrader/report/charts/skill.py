"""Charts of forecast skill: by group, and over time."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.report.charts.lines import level, line, thinned, time_axis
from lstmtrader.report.labels import skill_label
from lstmtrader.report.palette import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    axis,
    figure,
    marks,
)

_CORRELATIONS = {"ic": "IC", "rank_ic": "Rank IC"}
_COLORS = (BLUE, GREEN, PURPLE, ORANGE, VERMILLION, GREY)


def skill_chart(skill: pd.DataFrame, group: str) -> go.Figure | None:
    """Skill of each group: correlations above, out-of-sample R² below.

    Parameters
    ----------
    skill : DataFrame
        As made by `lstmtrader.evaluation.skill.table.skill_table`. Columns without a single number
        are left out; where none is left there is no figure.
    group : str
        What a row is: Fold, Year, Symbol.
    """
    known = [str(name) for name in skill.columns if skill[name].notna().any()]
    correlations = [name for name in known if name in _CORRELATIONS]
    shares = [name for name in known if name.startswith("r2_")]
    if not correlations and not shares:
        return None
    both = bool(correlations and shares)
    labels = [
        html.escape("all" if name == "all" else str(name), quote=False) for name in skill.index
    ]
    traces = []
    for order, name in enumerate(correlations + shares):
        below = both and order >= len(correlations)
        traces.append(
            marks(
                "bar",
                x=labels,
                y=skill[name].to_numpy(dtype=np.float32),
                name=html.escape(skill_label(name), quote=False),
                marker={"color": _COLORS[order % len(_COLORS)], "line": {"width": 0}},
                yaxis="y2" if below else "y",
                hovertemplate="%{y:.4f}",
            )
        )
    groups = axis(
        type="category", showgrid=False, title={"text": group}, anchor="y2" if both else "y"
    )
    layout: dict[str, object] = {"xaxis": groups}
    upper = "R² out of sample" if not correlations else "Correlation"
    layout["yaxis"] = axis(
        title={"text": upper}, tickformat=".3~f", domain=[0.54, 1] if both else [0, 1]
    )
    if both:
        layout["yaxis2"] = axis(
            title={"text": "R² out of sample"}, tickformat=".3~f", domain=[0, 0.46]
        )
    return figure(
        traces,
        460 if both else 300,
        barmode="group",
        bargap=0.3,
        bargroupgap=0.06,
        hovermode="x unified",
        showlegend=True,
        **layout,
    )


def extremes(skill: pd.DataFrame, most: int = 40) -> pd.DataFrame:
    """Keep the groups with the highest and the lowest IC where there are too many to show.

    Sorted by it then; a table that is short enough keeps its order.
    """
    if len(skill) <= most or "ic" not in skill:
        return skill.head(most)
    ordered = skill.sort_values("ic", ascending=False, kind="stable", na_position="last")
    known = ordered[ordered["ic"].notna()]
    half = most // 2
    return pd.concat([known.head(half), known.tail(half)]) if len(known) > most else known


def ic_chart(by_bar: pd.DataFrame, window: int) -> go.Figure | None:
    """Mean information coefficient of the year before each bar, and its sum so far below.

    Parameters
    ----------
    by_bar : DataFrame
        Indexed by bar; columns ic and rank_ic, NaN where not defined.
    window : int
        Bars in the rolling mean; it starts after a quarter of them.
    """
    traces = []
    for column, color in (("rank_ic", GREEN), ("ic", BLUE)):
        if column not in by_bar or by_bar[column].notna().sum() < 20:
            continue
        name, values = _CORRELATIONS[column], by_bar[column]
        rolling = values.rolling(window, min_periods=max(window // 4, 5)).mean()
        traces.append(
            line(
                thinned(rolling),
                f"{name}, mean of {window} bars",
                color,
                hovertemplate="%{y:.4f}",
            )
        )
        traces.append(
            line(
                thinned(values.fillna(0.0).cumsum()),
                f"{name}, sum so far",
                color,
                yaxis="y2",
                line={"color": color, "width": 1.5, "dash": "dash"},
                hovertemplate="%{y:.1f}",
            )
        )
    if not traces:
        return None
    return figure(
        traces,
        420,
        hovermode="x unified",
        shapes=[level(0.0), level(0.0, "y2")],
        xaxis=time_axis(anchor="y2"),
        yaxis=axis(title={"text": "Rolling mean"}, tickformat=".3~f", domain=[0.54, 1]),
        yaxis2=axis(title={"text": "Sum so far"}, tickformat=".3~s", domain=[0, 0.46]),
    )


def decay_chart(decay: pd.DataFrame) -> go.Figure | None:
    """Correlation of today's forecast with outcomes of longer horizons."""
    traces = []
    for order, (column, name) in enumerate(_CORRELATIONS.items()):
        if column in decay and decay[column].notna().any():
            traces.append(
                marks(
                    "bar",
                    x=[str(one) for one in decay.index],
                    y=decay[column].to_numpy(dtype=np.float32),
                    name=name,
                    marker={"color": _COLORS[order], "line": {"width": 0}},
                    hovertemplate="%{y:.4f}",
                )
            )
    if not traces:
        return None
    return figure(
        traces,
        280,
        barmode="group",
        bargap=0.35,
        hovermode="x unified",
        showlegend=True,
        xaxis=axis(type="category", showgrid=False, title={"text": "Horizon of the outcome, bars"}),
        yaxis=axis(title={"text": "Correlation"}, tickformat=".3~f"),
    )
