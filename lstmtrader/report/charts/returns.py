"""Charts of returns: by month, and how they are spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.charts.lines import benchmark_label, upright
from lstmtrader.report.palette import BENCHMARK, CELL, DIVERGING, STRATEGY, axis, figure, marks
from lstmtrader.report.periods import monthly_returns
from lstmtrader.report.wording import number

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def monthly_chart(returns: pd.Series) -> go.Figure:
    """Compound return of each calendar month, years down and months across.

    The colour is full at the 98th percentile of the account's own months: neither one crash month
    nor a wilder account may bleach them.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
    """
    table = monthly_returns(returns)
    values = table.to_numpy(dtype=np.float64)
    full = _colour_limit(returns)
    texts = [
        ["" if np.isnan(value) else number(value * 100, 1) for value in year] for year in values
    ]
    heat = marks(
        "heatmap",
        x=list(_MONTHS),
        y=[str(year) for year in table.index],
        z=values.round(6),
        text=texts,
        texttemplate="%{text}",
        textfont={"color": CELL, "size": 11},
        colorscale=DIVERGING,
        zmid=0,
        zmin=-full,
        zmax=full,
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


def _colour_limit(returns: pd.Series) -> float:
    """Return the 98th percentile of absolute monthly returns, at least a basis point."""
    known = np.abs(monthly_returns(returns).to_numpy(dtype=np.float64).ravel())
    known = known[~np.isnan(known)]
    return max(float(np.quantile(known, 0.98)) if len(known) else 0.0, 1e-4)


def distribution_chart(account: TrackRecord, benchmark: TrackRecord) -> go.Figure | None:
    """How often each return of a bar came, as steps.

    What lies beyond the edges is in the outermost steps. Returns of exactly zero are left out:
    they are days without a position.
    """
    mine, other = _moved(account.returns), _moved(benchmark.returns)
    if len(mine) < 2:
        return None
    edge = float(np.quantile(np.abs(np.concatenate([mine, other])), 0.995))
    # Odd, so that the middle step straddles zero.
    bins = int(np.clip(np.sqrt(len(mine)) / 2, 7, 40)) * 2 + 1
    borders = np.linspace(-edge, edge, bins + 1) * 1.0000001
    middles = (borders[:-1] + borders[1:]) / 2
    traces = []
    for values, name, color, fill in (
        (other, benchmark_label(benchmark), BENCHMARK, "rgba(213,94,0,0.10)"),
        (mine, "Strategy", STRATEGY, "rgba(0,114,178,0.16)"),
    ):
        if not len(values):
            continue
        counts, _ = np.histogram(np.clip(values, borders[0], borders[-1]), borders)
        traces.append(
            marks(
                "scatter",
                x=middles.round(7),
                y=(counts / len(values)).astype(np.float32),
                customdata=counts.astype(np.int32),
                name=name,
                mode="lines",
                line={"color": color, "width": 1.5, "shape": "hvh"},
                fill="tozeroy",
                fillcolor=fill,
                hovertemplate="%{y:.2%} of bars (%{customdata})",
            )
        )
    return figure(
        traces,
        300,
        hovermode="x unified",
        legend_traceorder="reversed",
        shapes=[upright(0, strong=True)],
        xaxis=axis(
            tickformat=".2~%", hoverformat=".2%", showgrid=False, title={"text": "Return of a bar"}
        ),
        yaxis=axis(tickformat=".0%", rangemode="tozero", title={"text": "Share of bars"}),
    )


def _moved(returns: pd.Series) -> np.ndarray:
    values = np.asarray(returns, dtype=np.float64)
    moved: np.ndarray = values[np.isfinite(values) & (values != 0)]
    return moved
