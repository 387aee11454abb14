"""Several runs on one offline page: equity, drawdowns, figures, and where their settings part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.evaluation.drawdown import drawdowns
from lstmtrader.report.page import render_page
from lstmtrader.report.palette import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    THEMES,
    VERMILLION,
    axis,
    figure,
    marks,
    stamps,
)
from lstmtrader.report.run_figures import figure as as_text
from lstmtrader.report.run_figures import label
from lstmtrader.report.wording import MISSING

_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE)
_DASHES = ("solid", "dash", "dot", "dashdot")
_HOLD = "Buy & hold"


@dataclass(frozen=True, eq=False)
class RunsPage:
    """What the page shows.

    Parameters
    ----------
    equity : mapping of str to Series
        By the name of the run, 1 at the first bar.
    benchmark : Series, optional
        Buy & hold on the same bars, where it is the same in every run.
    table : DataFrame
        One row a run, indexed by name, a column a figure; NaN where there is none.
    words : mapping of str to sequence of str
        What else is known of each run, by heading: one text a run.
    differences : mapping of str to sequence
        Settings in which the runs differ: one value a run, None for none.
    warnings : sequence of str
        Why they should not be compared without care.
    """

    equity: Mapping[str, pd.Series]
    benchmark: pd.Series | None
    table: pd.DataFrame
    words: Mapping[str, Sequence[str]]
    differences: Mapping[str, Sequence[Any]]
    warnings: Sequence[str]


def render_runs(page: RunsPage) -> str:
    """Return the comparison as one HTML document that needs no network.

    The same runs give the same bytes: no clock, no random identifiers.
    """
    names = list(page.equity)
    starts = [one.index[0] for one in page.equity.values()]
    ends = [one.index[-1] for one in page.equity.values()]
    lines = dict(page.equity)
    if page.benchmark is not None:
        lines[_HOLD] = page.benchmark
    charts = {"equity": _equity(lines, names), "drawdown": _drawdown(lines, names)}
    keys = [str(name) for name in page.table if page.table[name].notna().any()]
    return render_page(
        "runs_page.html",
        charts,
        names=names,
        colours=[_css(_style(name, names)["color"]) for name in names],
        period=f"{min(starts):%Y-%m-%d} to {max(ends):%Y-%m-%d}",
        words=page.words,
        rows=[
            (label(key), [(_plain(value), as_text(key, value))
                          for value in (page.table.at[name, key] for name in names)])
            for key in keys
        ],
        differences={
            key: [MISSING if one is None else str(one) for one in values]
            for key, values in page.differences.items()
        },
        warnings=list(page.warnings),
    )  # fmt: skip


def _equity(lines: Mapping[str, pd.Series], names: Sequence[str]) -> go.Figure:
    positive = all(bool((one > 0).all()) for one in lines.values())
    return figure(
        _traces(lines, names, "%{y:.3f}"),
        440,
        hovermode="x unified",
        xaxis=axis(type="date", showgrid=False),
        yaxis=axis(type="log" if positive else "linear", tickformat=".3~g"),
    )


def _drawdown(lines: Mapping[str, pd.Series], names: Sequence[str]) -> go.Figure:
    depths = {name: drawdowns(one.pct_change()) for name, one in lines.items()}
    return figure(
        _traces(depths, names, "%{y:.1%}"),
        320,
        hovermode="x unified",
        xaxis=axis(type="date", showgrid=False),
        yaxis=axis(tickformat=".2~%", rangemode="tozero"),
    )


def _traces(lines: Mapping[str, pd.Series], names: Sequence[str], hover: str) -> list[object]:
    return [
        marks(
            "scatter",
            x=stamps(line.index),
            y=line.to_numpy(np.float64),
            name=name,
            mode="lines",
            line=_style(name, names),
            hovertemplate=hover,
        )
        for name, line in lines.items()
    ]


def _style(name: str, names: Sequence[str]) -> dict[str, Any]:
    if name not in names:
        return {"color": GREY, "width": 1.5, "dash": "dash"}
    number = names.index(name)
    dash = _DASHES[number // len(_COLOURS) % len(_DASHES)]
    return {"color": _COLOURS[number % len(_COLOURS)], "width": 1.5, "dash": dash}


def _css(colour: str) -> str:
    shades = THEMES.get(colour)
    return f"light-dark({shades['light']}, {shades['dark']})" if shades else colour


def _plain(value: Any) -> str:
    if math.isnan(value):
        return ""
    # As JavaScript reads it.
    return repr(float(value)) if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
