"""One screen at the end of a sweep."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from lstmtrader.report.wording import METRICS, number, percent
from lstmtrader.sweep.result import CAUTION, NOT_TRADABLE, Sweep

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
    ranked = sweep.table.sort_values(metric, ascending=False, kind="stable")
    # Whatever a ruined account is ordered by, nothing is worse.
    ruined = sweep.ruined[ranked.index]
    ordered = pd.concat([ranked[~ruined], ranked[ruined]])
    console.print(f"{sweep.name}: {len(ordered)} variants by {label}")
    table = Table()
    for axis in sweep.axes:
        table.add_column(_header(axis, sweep.axes), justify="right")
    for name in shown:
        table.add_column(_FIGURES.get(name, label), justify="right", no_wrap=True)
    few = len(ordered) <= 2 * _SHOWN
    parts = [ordered] if few else [ordered.head(_SHOWN), ordered.tail(_SHOWN)]
    for place, part in enumerate(parts):
        if place:
            table.add_section()
        for _, row in part.iterrows():
            cells = [f"{row[axis]}" for axis in sweep.axes]
            cells += [_cell(row, name) for name in shown]
            table.add_row(*cells)
    console.print(table)
    console.print(
        f"{label}: "
        + ", ".join(f"{name} {form(value)}" for name, value in spread.items())
        + f"; as configured {_cell(sweep.base, metric)}"
    )
    if ruined.any():
        left_out = f"; the {label} of those is left out" if metric == "sharpe" else ""
        console.print(f"[bold red]{ruined.sum()} of {len(ordered)} variants were ruined{left_out}")
    if not sweep.execution.is_tradable:
        console.print(f"[bold red]{NOT_TRADABLE}")
    console.print(CAUTION)
    console.print(_luck(sweep))
    console.print(_break_even(sweep))
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


def _header(axis: str, axes: Sequence[str]) -> str:
    """Return as few of the last parts of a key as tell it from the other axes."""
    parts = axis.split(".")
    tails = (".".join(parts[-many:]) for many in range(1, len(parts)))
    alone = (tail for tail in tails if sum(f".{one}".endswith(f".{tail}") for one in axes) == 1)
    return next(alone, axis)


def _cell(figures: Mapping[Any, Any], name: str) -> str:
    if name == "sharpe" and pd.notna(figures["ruined_on"]):
        return "ruined"
    return METRICS.get(name, (name, number))[1](figures[name])


def _luck(sweep: Sweep) -> str:
    names = ("deflated_by", "dsr_of_best", "pbo")
    apart, deflated, overfit = (sweep.luck.get(name, math.nan) for name in names)
    if not math.isfinite(deflated):
        return "luck: with these variants there is no telling"
    text = (
        f"luck: {len(sweep.table)} variants are worth about {apart:.0f} independent "
        f"{'one' if round(apart) == 1 else 'ones'}; the deflated Sharpe ratio of the best is "
        f"{number(deflated)}"
    )
    if math.isfinite(overfit):
        text += (
            f", and in {percent(overfit, 0)} of all splits the best of one half of the bars is "
            "below the median of the other (probability of overfitting)"
        )
    return text


def _break_even(sweep: Sweep) -> str:
    slippage = sweep.break_even
    if not sweep.base["turnover_per_year"]:
        return "break-even: as configured it never traded"
    if math.isnan(slippage):
        return "break-even: as configured it ends with a loss at its own costs"
    if math.isinf(slippage):
        return "break-even: as configured it gains even at 5 % a fill on top of its own costs"
    return (
        f"break-even: as configured it would lose everything it gained at {slippage * 1e4:.1f} bp "
        "a fill on top of its own costs"
    )
