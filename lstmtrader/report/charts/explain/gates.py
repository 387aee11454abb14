"""Gates and state of a network along one window, under the price."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from lstmtrader.explain.result import GateTrace
from lstmtrader.report.charts.lines import line
from lstmtrader.report.palette import BLUE, DENSITY, DIVERGING, axis, figure, marks, stamps

# What a wide open gate does.
_OPEN = {
    "forget": "Forget gate: 1 keeps the state, 0 wipes it",
    "input": "Input gate: 1 lets the bar in",
    "output": "Output gate: 1 shows the state",
    "update": "Update gate: 1 keeps, 0 replaces the state",
    "reset": "Reset gate: 1 uses the state, 0 ignores it",
}
_KEEPING = ("forget", "update")
_PRICE, _GAP, _FRAME = 110, 34, 62


def in_order(trace: GateTrace) -> dict[str, np.ndarray]:
    """Return the gates in the order they are shown."""
    known = [name for name in _OPEN if name in trace.gates]
    return {name: trace.gates[name] for name in dict.fromkeys([*known, *trace.gates])}


def unit_order(trace: GateTrace) -> np.ndarray:
    """Return the units, shape (hidden,), in the order they are shown: who keeps most comes first.

    By the geometric mean over the window of the forget gate, or of the update gate of a GRU;
    where there is neither, by the mean size of the state.
    """
    keeping = [trace.gates[name] for name in _KEEPING if name in trace.gates]
    with np.errstate(divide="ignore"):
        kept = np.log(keeping[0]) if keeping else np.abs(trace.state)
    order: np.ndarray = np.argsort(-kept.mean(axis=0, dtype=np.float64), kind="stable")
    return order


def gates_chart(trace: GateTrace) -> go.Figure:
    """Price on top; below it a row a unit and a column a bar, for each gate and for the state.

    Parameters
    ----------
    trace : GateTrace

    Returns
    -------
    Figure
        All parts share the axis of bars, on which each bar is as wide as the next. Units are in
        the order of `unit_order`, the same in every part.
    """
    bars, order = stamps(trace.index), unit_order(trace)
    hidden = len(order)
    row = int(np.clip(6 * hidden, 72, 190))
    gates = in_order(trace)
    names = [*gates, "state"]
    heights = [_PRICE] + [row] * len(names)
    inside = sum(heights) + _GAP * len(names)
    domains, top = [], 1.0
    for height in heights:
        low = top - height / inside
        domains.append([max(low, 0.0), top])
        top = low - _GAP / inside
    closes = pd.Series(trace.close, index=trace.index)
    close = line(closes, "Close", BLUE, hovertemplate="%{x}: %{y:.6g}<extra></extra>")
    traces: list[object] = [close]
    layout: dict[str, object] = {
        "yaxis": axis(domain=domains[0], tickformat=".4~g", nticks=4),
        "xaxis": axis(
            type="category",
            showgrid=False,
            anchor=f"y{len(names) + 1}",
            tickangle=0,
            **_ticks(trace.index, bars),
        ),
    }
    most = float(np.nanmax(np.abs(trace.state), initial=0.0)) or 1.0
    titles = [_panel_title("Close", domains[0][1])]
    for number, name in enumerate(names, 2):
        values = gates.get(name, trace.state)
        title = _OPEN.get(name, f"{name.capitalize()} gate")
        if name == "state":
            title = "Cell state" if "forget" in trace.gates else "Hidden state"
        titles.append(_panel_title(title, domains[number - 1][1]))
        what = title.partition(":")[0]
        traces.append(
            marks(
                "heatmap",
                x=bars,
                y=[str(unit) for unit in order],
                z=np.asarray(values, dtype=np.float32).T[order],
                yaxis=f"y{number}",
                coloraxis="coloraxis2" if name == "state" else "coloraxis",
                name=name,
                hovertemplate=f"{what}, unit %{{y}}, %{{x}}: %{{z:.3f}}<extra></extra>",
            )
        )
        layout[f"yaxis{number}"] = axis(
            type="category",
            domain=domains[number - 1],
            autorange="reversed",
            showgrid=False,
            fixedrange=True,
            nticks=5,
            title={"text": "Unit"},
        )
    layout["coloraxis"] = {
        "colorscale": DENSITY,
        "cmin": 0,
        "cmax": 1,
        "colorbar": _colour_bar([domains[-2][0], domains[1][1]]) if gates else None,
        "showscale": bool(gates),
    }
    layout["coloraxis2"] = {
        "colorscale": DIVERGING,
        "cmin": -most,
        "cmax": most,
        "colorbar": _colour_bar(domains[-1]),
    }
    return figure(
        traces,
        inside + _FRAME,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        hovermode="closest",
        showlegend=False,
        annotations=titles,
        **layout,
    )


def _ticks(index: pd.DatetimeIndex, bars: NDArray[np.str_]) -> dict[str, object]:
    """Name a few bars, the last one among them; hours without their year, which is long."""
    whole_days = bool((index == index.normalize()).all())
    step = -(-len(bars) // (4 if whole_days else 3))
    named = slice((len(bars) - 1) % step, None, step)
    texts = bars if whole_days else [f"{stamp:%m-%d %H:%M}" for stamp in index]
    return {"tickmode": "array", "tickvals": bars[named], "ticktext": texts[named]}


def _panel_title(text: str, top: float) -> dict[str, object]:
    return {
        "text": text,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": top,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 3,
        "showarrow": False,
    }


def _colour_bar(domain: list[float]) -> dict[str, object]:
    """Return a thin scale at the right of the parts it is for."""
    return {
        "thickness": 8,
        "outlinewidth": 0,
        "len": domain[1] - domain[0],
        "y": domain[0],
        "yanchor": "bottom",
        "ypad": 0,
        "xpad": 4,
        "nticks": 5,
        "tickformat": ".2~g",
    }
