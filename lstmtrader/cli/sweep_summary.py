"""One screen at the end of a sweep."""

from __future__ import annotations

import json
import math

from rich.console import Console
from rich.table import Table

from lstmtrader.report.wording import METRICS, number
from lstmtrader.sweep.result import Sweep

_SHOWN = 5
_FIGURES = {
    "sharpe": "Sharpe",
    "cagr": "CAGR",
    "max_drawdown": "DD",
    "turnover_per_year": "turnover",
}


def print_sweep(sweep: Sweep, metric: str = "sharpe") -> None:
    """Print the spread over all variants, then the best and the worst of them."""
    console = Console()
    spread = sweep.spread(metric)
    label, form = METRICS.get(metric, (metric, number))
    shown = (metric, *(name for name in _FIGURES if name != metric))
    ordered = sweep.table.sort_values(metric, ascending=False, kind="stable")
    console.print(f"{sweep.name}: {len(ordered)} variants by {label}")
    table = Table()
    for axis in sweep.axes:
        table.add_column(axis.rpartition(".")[2], justify="right")
    for name in shown:
        table.add_column(_FIGURES.get(name, label), justify="right", no_wrap=True)
    few = len(ordered) <= 2 * _SHOWN
    parts = [ordered] if few else [ordered.head(_SHOWN), ordered.tail(_SHOWN)]
    for place, part in enumerate(parts):
        if place:
            table.add_section()
        for _, row in part.iterrows():
            cells = [f"{row[axis]}" for axis in sweep.axes]
            cells += [METRICS.get(name, (name, number))[1](row[name]) for name in shown]
            table.add_row(*cells)
    console.print(table)
    console.print(
        f"{label}: "
        + ", ".join(f"{name} {form(value)}" for name, value in spread.items())
        + f"; as configured {form(sweep.base[metric])}"
    )
    console.print(
        "The best of many variants was found by looking: what it earned here says little about "
        "what it will earn."
    )
    console.print(_break_even(sweep.break_even))
    if sweep.path is not None:
        console.print(f"table and picture: {sweep.path}", soft_wrap=True)


def print_sweep_json(sweep: Sweep) -> None:
    """Print the figures and every variant as JSON."""
    content = {
        **sweep.figures,
        "table": sweep.records,
        "folder": str(sweep.path) if sweep.path else None,
    }
    Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(content, indent=2))


def _break_even(slippage: float) -> str:
    if math.isnan(slippage):
        return "break-even: as configured it ends with a loss at its own costs"
    if math.isinf(slippage):
        return "break-even: as configured it gains even at 5 % a fill on top of its own costs"
    return (
        f"break-even: as configured it would lose everything it gained at {slippage * 1e4:.1f} bp "
        "a fill on top of its own costs"
    )
