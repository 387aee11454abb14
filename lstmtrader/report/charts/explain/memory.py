"""How long a network remembers: half-lives of its units, and gradients by lag."""

from __future__ import annotations

import html
import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.explain.result import Memory
from lstmtrader.report.charts.lines import level, line, thinned, time_axis
from lstmtrader.report.palette import BLUE, CLEAR, GREEN, PURPLE, VERMILLION, axis, figure, marks

REACH = 0.01
"""Share of the gradient at lag 0 below which a network is said to have forgotten."""

_COLORS = {"rnn": VERMILLION, "gru": GREEN, "lstm": BLUE}
_BAND = "rgba(0,114,178,0.18)"


def memory_chart(memory: Memory, lookback: int) -> go.Figure | None:
    """Half-life over time with its quartiles above, and by unit below, on log axes.

    Parameters
    ----------
    memory : Memory
    lookback : int
        Bars of the window, drawn as a dotted line: what is older the network never sees.

    Returns
    -------
    Figure, optional
        None where no half-life is positive and finite; those that are not cannot be drawn.
    """
    time = memory.over_time.where(np.isfinite(memory.over_time) & (memory.over_time > 0))
    units = memory.by_unit.sort_values(ascending=False, kind="stable")
    units = units[np.isfinite(units) & (units > 0)]
    if units.empty or not time["median"].notna().any():
        return None
    edge = {"color": CLEAR, "width": 0}
    traces: list[object] = [
        line(thinned(time["high"]), "Upper quartile", BLUE, line=edge, hovertemplate="%{y:.3~g}"),
        line(
            thinned(time["low"]), "Lower quartile", BLUE, line=edge,
            fill="tonexty", fillcolor=_BAND, hovertemplate="%{y:.3~g}",
        ),
        line(thinned(time["median"]), "Median of the units", BLUE, hovertemplate="%{y:.3~g}"),
        marks(
            "scatter",
            x=[str(unit) for unit in units.index],
            y=units.to_numpy(dtype=np.float32),
            name="Unit",
            mode="markers",
            marker={"color": BLUE, "size": 7},
            xaxis="x2",
            yaxis="y2",
            hovertemplate="Unit %{x}: %{y:.3~g} bars<extra></extra>",
        ),
    ]  # fmt: skip
    below = pd.Series([*units, lookback])
    above = pd.Series([*time.stack(), lookback])
    return figure(
        traces,
        460,
        hovermode="x unified",
        showlegend=False,
        shapes=[level(lookback), level(lookback, "y2")],
        xaxis=time_axis(anchor="y"),
        yaxis=_bars_axis("Half-life, bars", above, domain=[0.56, 1]),
        xaxis2=axis(
            type="category",
            showgrid=False,
            anchor="y2",
            nticks=16,
            tickangle=0,
            title={"text": "Unit, the longest memory first"},
        ),
        yaxis2=_bars_axis("Half-life, bars", below, domain=[0, 0.42], anchor="x2"),
    )


def gradients_chart(gradients: pd.DataFrame, cell: str = "") -> go.Figure | None:
    """Norm of the gradient of the output with respect to the inputs at each lag, on a log axis.

    Parameters
    ----------
    gradients : DataFrame
        One row a lag, one column a cell (``rnn``, ``lstm``, ``gru`` or another), each over its
        value at lag 0. A norm of zero is left out.
    cell : str
        That of the network of the run, whose line is the thick one.
    """
    traces = []
    for name in gradients:
        norms = gradients[name].to_numpy(dtype=np.float64)
        if not (norms > 0).any():
            continue
        traces.append(
            marks(
                "scatter",
                x=gradients.index.to_numpy(),
                y=np.where(norms > 0, norms, np.nan),
                name=html.escape(cell_name(str(name)), quote=False),
                mode="lines",
                line={"color": _COLORS.get(str(name), PURPLE), "width": 3 if name == cell else 1.5},
                hovertemplate="%{y:.2e}",
            )
        )
    if not traces:
        return None
    lowest = gradients.where(gradients > 0).min().min()
    decades = -math.log10(min(float(lowest), REACH))
    return figure(
        traces,
        320,
        hovermode="x unified",
        showlegend=True,
        shapes=[level(REACH)],
        xaxis=axis(
            title={"text": "Lag, bars before the forecast"}, showgrid=False, rangemode="tozero"
        ),
        yaxis=axis(
            type="log",
            title={"text": "Gradient, lag 0 = 1"},
            exponentformat="power",
            dtick=max(1, math.ceil(decades / 8)),
        ),
    )


def cell_name(cell: str) -> str:
    """Return the kind of a network as it is written."""
    return cell.upper() if cell in _COLORS else cell.replace("_", " ")


def _bars_axis(title: str, values: pd.Series, **settings: object) -> dict[str, object]:
    ratio = values.max() / values.min()
    return axis(
        type="log",
        title={"text": title},
        tickformat=".3~g",
        dtick=1 if ratio >= 300 else "D2" if ratio >= 3 else "D1",
        **settings,
    )
