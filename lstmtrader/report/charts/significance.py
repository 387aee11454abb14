"""Charts of doubt: intervals, the spread of members, and the growth of rivals."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.charts.lines import (
    benchmark_label,
    line,
    log_ticks,
    thinned,
    time_axis,
    upright,
)
from lstmtrader.report.labels import HOLD, row_name
from lstmtrader.report.palette import (
    BENCHMARK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    STRATEGY,
    axis,
    figure,
    marks,
)

_WHO = (
    ("strategy", "Strategy", STRATEGY),
    ("benchmark", HOLD, BENCHMARK),
    ("difference", "Difference", PURPLE),
)
_RIVALS = (GREEN, PURPLE, ORANGE, GREY)
_DASHES = ("dash", "dot", "dashdot", "longdash")


def intervals_chart(intervals: pd.DataFrame, hold: str = HOLD) -> go.Figure | None:
    """Interval of the Sharpe ratio of both accounts and of their difference, as whiskers.

    `hold` is the name of the benchmark, as HTML.
    """
    if "sharpe" not in intervals.index:
        return None
    row = intervals.loc["sharpe"]
    traces = []
    for key, who, color in _WHO:
        name = hold if key == "benchmark" else who
        middle, low, high = (
            float(row.get(column, np.nan)) for column in (key, f"{key}_low", f"{key}_high")
        )
        if not np.isfinite([low, high]).all():
            continue
        traces.append(
            marks(
                "scatter",
                x=[low, high],
                y=[name, name],
                name=name,
                mode="lines+markers",
                line={"color": color, "width": 2},
                marker={"symbol": "line-ns", "size": 14, "line": {"width": 2, "color": color}},
                hovertemplate="%{y}: %{x:.2f}<extra></extra>",
            )
        )
        traces.append(
            marks(
                "scatter",
                x=[middle],
                y=[name],
                mode="markers",
                marker={"color": color, "size": 11},
                hovertemplate="%{y}: %{x:.2f}<extra></extra>",
            )
        )
    if not traces:
        return None
    return figure(
        traces,
        64 + 28 * len(traces),
        hovermode="closest",
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        shapes=[upright(0, strong=True)],
        xaxis=axis(title={"text": "Sharpe ratio"}, tickformat=".2~f", rangemode="tozero"),
        yaxis=axis(type="category", autorange="reversed", showgrid=False, fixedrange=True),
    )


def members_chart(members: pd.DataFrame) -> go.Figure | None:
    """Sharpe ratio of each member traded alone, and of the ensemble; None for one member."""
    if len(members) < 3 or "sharpe" not in members or not members["sharpe"].notna().any():
        return None
    names = ["Ensemble" if str(name) == "ensemble" else f"Member {name}" for name in members.index]
    bars = marks(
        "bar",
        orientation="h",
        y=names,
        x=members["sharpe"].to_numpy(dtype=np.float32),
        marker={
            "color": [STRATEGY if name == "Ensemble" else GREY for name in names],
            "line": {"width": 0},
        },
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
    )
    return figure(
        [bars],
        56 + 24 * len(names),
        bargap=0.35,
        hovermode="closest",
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=axis(title={"text": "Sharpe ratio"}, tickformat=".2~f", rangemode="tozero"),
        yaxis=axis(type="category", autorange="reversed", showgrid=False, fixedrange=True),
    )


def rivals_chart(
    account: TrackRecord, benchmark: TrackRecord, rivals: pd.DataFrame
) -> go.Figure | None:
    """Growth of 1 of the strategy, of buy & hold, and of the strategy on every baseline."""
    traded = [name for name in rivals.columns if rivals[name].notna().any()]
    if not traded:
        return None
    traces = [
        line(
            thinned(rivals[name]),
            html.escape(row_name(name), quote=False),
            _RIVALS[order % len(_RIVALS)],
            line={
                "color": _RIVALS[order % len(_RIVALS)],
                "width": 1.2,
                "dash": _DASHES[order // len(_RIVALS) % len(_DASHES)] if order >= 4 else None,
            },
            hovertemplate="%{y:.3f}",
        )
        for order, name in enumerate(traded)
    ]
    accounts = ((benchmark, benchmark_label(benchmark), BENCHMARK), (account, "Strategy", BLUE))
    grown = {name: one.equity / one.capital for one, name, _ in accounts}
    for _, name, color in accounts:
        traces.append(line(thinned(grown[name]), name, color, hovertemplate="%{y:.3f}"))
    drawn = [*grown.values(), *(rivals[name].dropna() for name in traded)]
    positive = all(bool((one > 0).all()) for one in drawn)
    return figure(
        traces,
        360,
        hovermode="x unified",
        legend_traceorder="reversed",
        xaxis=time_axis(),
        yaxis=axis(
            type="log" if positive else "linear",
            tickformat=".3~g",
            dtick=log_ticks(*drawn) if positive else None,
        ),
    )
