"""Charts of the folds: what was trained and tested when, and what the forecasts were worth."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.report.palette import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    axis,
    figure,
    stamps,
)

_SLICES = (("train", "Train", GREY), ("validation", "Validation", ORANGE), ("test", "Test", BLUE))
_CORRELATIONS = {"ic": "IC", "rank_ic": "Rank IC"}
_SKILL_COLORS = (BLUE, GREEN, PURPLE, ORANGE, VERMILLION, GREY)
_DAY = 86_400_000.0


def fold_timeline(folds: pd.DataFrame) -> go.Figure:
    """One row a fold, with its training, validation and test slices to scale.

    Parameters
    ----------
    folds : DataFrame
        Columns fold, and train_start, train_end, validation_start, validation_end, test_start,
        test_end as timestamps; NaT where a fold has no such slice.

    Returns
    -------
    Figure
        Slices reach from their first to their last bar, at least a day wide. What is empty
        between them is purge and embargo.
    """
    traces = []
    for key, label, color in _SLICES:
        part = folds[folds[f"{key}_start"].notna() & folds[f"{key}_end"].notna()]
        if part.empty:
            continue
        first = pd.DatetimeIndex(part[f"{key}_start"])
        last = pd.DatetimeIndex(part[f"{key}_end"])
        width = (last - first) / pd.Timedelta(milliseconds=1)
        traces.append(
            go.Bar(
                orientation="h",
                y=[str(number) for number in part["fold"]],
                base=stamps(first),
                x=np.maximum(np.asarray(width, dtype=np.float64), _DAY),
                customdata=np.array([stamps(first), stamps(last)], dtype=object).T,
                name=label,
                marker={"color": color, "line": {"width": 0}},
                hovertemplate=f"Fold %{{y}}, {label.lower()}: "
                "%{customdata[0]} to %{customdata[1]}<extra></extra>",
            )
        )
    return figure(
        traces,
        max(150, 20 * len(folds) + 90),
        barmode="overlay",
        bargap=0.35,
        hovermode="closest",
        xaxis=axis(type="date"),
        yaxis=axis(
            type="category",
            autorange="reversed",
            showgrid=False,
            title={"text": "Fold"},
            categoryorder="array",
            categoryarray=[str(number) for number in folds["fold"]],
        ),
    )


def skill_chart(skill: pd.DataFrame) -> go.Figure:
    """Skill of each fold and of all folds: correlations above, out-of-sample R² below.

    Parameters
    ----------
    skill : DataFrame
        As made by `lstmtrader.evaluation.skill.table.skill_table`. Columns without a single number are
        left out; where none is left the figure says so.
    """
    known = [name for name in skill.columns if skill[name].notna().any()]
    correlations = [name for name in known if name in _CORRELATIONS]
    shares = [name for name in known if str(name).startswith("r2_")]
    if not correlations and not shares:
        nothing = {
            "text": "No correlation or R² is defined for these forecasts",
            "showarrow": False,
            "xref": "paper",
            "yref": "paper",
            "x": 0.5,
            "y": 0.5,
        }
        hidden = axis(visible=False)
        return figure([], 150, annotations=[nothing], xaxis=hidden, yaxis=hidden)

    both = bool(correlations and shares)
    folds = ["all folds" if name == "all" else str(name) for name in skill.index]
    traces = []
    for order, name in enumerate(correlations + shares):
        color = _SKILL_COLORS[order % len(_SKILL_COLORS)]
        is_share = order >= len(correlations)
        traces.append(
            go.Bar(
                x=folds,
                y=skill[name].to_numpy(dtype=np.float64),
                name=html.escape(skill_label(str(name)), quote=False),
                marker={"color": color, "line": {"width": 0}},
                yaxis="y2" if both and is_share else "y",
                hovertemplate="%{y:.4f}",
            )
        )
    first = "R² out of sample" if not correlations else "Correlation"
    layout: dict[str, object] = {
        "xaxis": axis(type="category", showgrid=False, title={"text": "Fold"}),
        "yaxis": axis(title={"text": first}, tickformat=".3~f"),
    }
    if both:
        layout["xaxis"] = axis(type="category", showgrid=False, title={"text": "Fold"}, anchor="y2")
        layout["yaxis"] = axis(title={"text": first}, tickformat=".3~f", domain=[0.54, 1])
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
        **layout,
    )


def skill_label(column: str) -> str:
    """Return the name of a column of the skill table in words."""
    words = {"n": "Pairs", "hit_rate": "Hit rate", "r2_zero": "R² against zero", **_CORRELATIONS}
    if column in words:
        return words[column]
    return column.replace("r2_vs_", "R² against ").replace("_", " ")
