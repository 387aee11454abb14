"""Charts of the account: equity, drawdown, monthly returns, exposure and turnover.

Pure functions from pandas objects to figures. Every bar is drawn; nothing is thinned out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.evaluation.drawdown import drawdowns
from lstmtrader.report.palette import (
    BENCHMARK,
    CELL,
    DIVERGING,
    GREEN,
    GRID,
    PURPLE,
    STRATEGY,
    axis,
    figure,
    stamps,
)
from lstmtrader.report.periods import monthly_returns
from lstmtrader.report.wording import number

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _line(series: pd.Series, name: str, color: str, **settings: object) -> go.Scatter:
    return go.Scatter(
        x=stamps(series.index),
        y=series.to_numpy(dtype=np.float64),
        name=name,
        mode="lines",
        line={"color": color, "width": 1.5},
        **settings,
    )


def _log_ticks(*accounts: pd.Series) -> str:
    """Return every digit of a decade, or 1, 2 and 5 where that would be a crowd."""
    highest = max(float(account.max()) for account in accounts)
    lowest = min(float(account.min()) for account in accounts)
    return "D1" if highest / lowest < 8 else "D2"


def equity_chart(
    result: BacktestResult, benchmark: BacktestResult, fold_starts: pd.DatetimeIndex
) -> go.Figure:
    """Growth of 1 in both accounts, with a thin line at each refit.

    Parameters
    ----------
    result, benchmark : BacktestResult
        Each is divided by its own capital.
    fold_starts : DatetimeIndex
        First test bar of each fold; those outside the account's bars are not drawn.
    """
    grown = result.equity / result.capital
    held = benchmark.equity / benchmark.capital
    inside = fold_starts[(fold_starts >= grown.index[0]) & (fold_starts <= grown.index[-1])]
    borders = [
        {
            "type": "line",
            "x0": stamp,
            "x1": stamp,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "layer": "below",
            "line": {"color": GRID, "width": 1, "dash": "dot"},
        }
        for stamp in stamps(inside)
    ]
    positive = bool((grown > 0).all() and (held > 0).all())
    switch = {
        "type": "buttons",
        "direction": "right",
        "x": 1,
        "xanchor": "right",
        "y": 1,
        "yanchor": "bottom",
        "active": 0 if positive else 1,
        "buttons": [
            {"label": "log", "method": "relayout", "args": [{"yaxis.type": "log"}]},
            {"label": "linear", "method": "relayout", "args": [{"yaxis.type": "linear"}]},
        ],
    }
    return figure(
        [
            _line(held, "Buy & hold", BENCHMARK, hovertemplate="%{y:.3f}"),
            _line(grown, "Strategy", STRATEGY, hovertemplate="%{y:.3f}"),
        ],
        440,
        hovermode="x unified",
        legend_traceorder="reversed",
        shapes=borders,
        updatemenus=[switch],
        xaxis=axis(type="date", showgrid=False),
        yaxis=axis(
            type="log" if positive else "linear",
            tickformat=".3~g",
            dtick=_log_ticks(grown, held) if positive else None,
        ),
    )


def drawdown_chart(result: BacktestResult, benchmark: BacktestResult) -> go.Figure:
    """Loss from the highest equity so far; the initial capital counts as a peak."""
    traces = []
    for account, name, color, fill in (
        (benchmark, "Buy & hold", BENCHMARK, None),
        (result, "Strategy", STRATEGY, "tozeroy"),
    ):
        depth = drawdowns(account.returns).reindex(account.equity.index, fill_value=0.0)
        traces.append(
            _line(
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
        xaxis=axis(type="date", showgrid=False),
        yaxis=axis(tickformat=".2~%", rangemode="tozero"),
    )


def monthly_chart(returns: pd.Series) -> go.Figure:
    """Compound return of each calendar month, years down and months across."""
    table = monthly_returns(returns)
    values = table.to_numpy(dtype=np.float64)
    known = np.abs(values[~np.isnan(values)])
    # The 98th percentile: one crash month must not bleach all the others.
    limit = float(np.quantile(known, 0.98)) if len(known) else 0.0
    texts = [
        ["" if np.isnan(value) else number(value * 100, 1) for value in year] for year in values
    ]
    heat = go.Heatmap(
        x=list(_MONTHS),
        y=[str(year) for year in table.index],
        z=values,
        text=texts,
        texttemplate="%{text}",
        textfont={"color": CELL, "size": 11},
        colorscale=DIVERGING,
        zmid=0,
        zmin=-max(limit, 1e-4),
        zmax=max(limit, 1e-4),
        xgap=2,
        ygap=2,
        showscale=False,
        hoverongaps=False,
        hovertemplate="%{x} %{y}: %{z:.2%}<extra></extra>",
    )
    return figure(
        [heat],
        26 * len(table) + 48,
        margin={"l": 8, "r": 8, "t": 30, "b": 4},
        xaxis=axis(side="top", showgrid=False, fixedrange=True, zeroline=False),
        yaxis=axis(type="category", autorange="reversed", showgrid=False, fixedrange=True, dtick=1),
    )


def exposure_chart(result: BacktestResult, window: int = 21) -> go.Figure:
    """Gross and net exposure at each close, and the rolling mean of turnover below.

    Parameters
    ----------
    result : BacktestResult
    window : int
        Bars in the rolling mean; the first ones are averages of the bars there are.
    """
    turnover = result.turnover.rolling(window, min_periods=1).mean()
    return figure(
        [
            _line(result.gross, "Gross exposure", STRATEGY, hovertemplate="%{y:.1%}"),
            _line(result.net, "Net exposure", GREEN, hovertemplate="%{y:.1%}"),
            _line(
                turnover,
                f"Turnover a bar, mean of {window}",
                PURPLE,
                hovertemplate="%{y:.2%}",
                yaxis="y2",
            ),
        ],
        400,
        hovermode="x unified",
        xaxis=axis(type="date", showgrid=False, anchor="y2"),
        yaxis=axis(tickformat=".0%", domain=[0.42, 1], rangemode="tozero"),
        yaxis2=axis(tickformat=".2~%", domain=[0, 0.34], rangemode="tozero"),
    )
