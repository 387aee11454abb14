"""Charts of the account through time: equity, drawdown, and the last year at every bar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.evaluation.drawdown import drawdowns
from lstmtrader.evaluation.rolling import rolling_beta, rolling_sharpe
from lstmtrader.report.charts.lines import (
    benchmark_label,
    level,
    line,
    log_ticks,
    thinned,
    time_axis,
    upright,
)
from lstmtrader.report.labels import lowered
from lstmtrader.report.palette import BENCHMARK, GREEN, STRATEGY, axis, figure, stamps


def equity_chart(
    account: TrackRecord, benchmark: TrackRecord, fold_starts: pd.DatetimeIndex
) -> go.Figure:
    """Growth of 1 in both accounts, with a thin line at each refit. Every bar is drawn.

    Parameters
    ----------
    account, benchmark : TrackRecord
        Each is divided by its own capital.
    fold_starts : DatetimeIndex
        First test bar of each fold; those outside the account's bars are not drawn.
    """
    grown = account.equity / account.capital
    held = benchmark.equity / benchmark.capital
    inside = fold_starts[(fold_starts >= grown.index[0]) & (fold_starts <= grown.index[-1])]
    positive = bool((grown > 0).all() and (held > 0).all())
    return figure(
        [
            line(held, benchmark_label(benchmark), BENCHMARK, hovertemplate="%{y:.3f}"),
            line(grown, "Strategy", STRATEGY, hovertemplate="%{y:.3f}"),
        ],
        440,
        hovermode="x unified",
        legend_traceorder="reversed",
        shapes=[upright(stamp) for stamp in stamps(inside).tolist()],
        xaxis=time_axis(),
        yaxis=axis(
            type="log" if positive else "linear",
            tickformat=".3~g",
            dtick=log_ticks(grown, held) if positive else None,
        ),
    )


def drawdown_chart(account: TrackRecord, benchmark: TrackRecord) -> go.Figure:
    """Loss from the highest equity so far; the initial capital counts as a peak."""
    traces = []
    for one, name, color, fill in (
        (benchmark, benchmark_label(benchmark), BENCHMARK, None),
        (account, "Strategy", STRATEGY, "tozeroy"),
    ):
        depth = drawdowns(one.returns).reindex(one.equity.index, fill_value=0.0)
        traces.append(
            line(
                depth,
                name,
                color,
                fill=fill,
                fillcolor="rgba(0,114,178,0.16)",
                hovertemplate="%{y:.1%}",
            )
        )
    return figure(
        traces,
        280,
        hovermode="x unified",
        legend_traceorder="reversed",
        xaxis=time_axis(),
        yaxis=axis(tickformat=".2~%", rangemode="tozero"),
    )


def rolling_chart(account: TrackRecord, benchmark: TrackRecord) -> go.Figure | None:
    """Sharpe ratio of both accounts and beta of the strategy, over the year before each bar.

    None where the account is no longer than that year.
    """
    window = account.periods_per_year
    mine, other = account.returns, benchmark.returns
    lines = []
    for rank, returns, name, color in (
        (2, other, benchmark_label(benchmark), BENCHMARK),
        (1, mine, "Strategy", STRATEGY),
    ):
        sharpe = _after_a_year(rolling_sharpe(returns, window, window), window)
        if sharpe.notna().any():
            settings = {"legendrank": rank, "hovertemplate": "%{y:.2f}"}
            lines.append(line(thinned(sharpe), name, color, **settings))
    shared = mine.index.intersection(other.index)
    beta = _after_a_year(rolling_beta(mine[shared], other[shared], window), window)
    if not lines or not mine.size > window:
        return None
    if not beta.notna().any():
        return figure(
            lines,
            280,
            hovermode="x unified",
            shapes=[level(0.0)],
            xaxis=time_axis(),
            yaxis=axis(title={"text": "Sharpe ratio"}, tickformat=".2~f"),
        )
    lines.append(
        line(
            thinned(beta),
            f"Beta to {lowered(benchmark_label(benchmark))}",
            GREEN,
            yaxis="y2",
            hovertemplate="%{y:.2f}",
        )
    )
    return figure(
        lines,
        420,
        hovermode="x unified",
        xaxis=time_axis(anchor="y2"),
        yaxis=axis(title={"text": "Sharpe ratio"}, tickformat=".2~f", domain=[0.44, 1]),
        yaxis2=axis(
            title={"text": "Beta"}, tickformat=".2~f", domain=[0, 0.36], rangemode="tozero"
        ),
    )


def _after_a_year(values: pd.Series, window: int) -> pd.Series:
    """Cut the bars off that have no full year before them."""
    return values.iloc[min(window, len(values)) - 1 :].where(np.isfinite)
