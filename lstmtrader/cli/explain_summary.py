"""What was found out about a network, on the terminal or as plain data."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from lstmtrader.cli.runs_tables import terminal
from lstmtrader.explain.result import Explanation
from lstmtrader.report.charts.explain.importance import measure_of
from lstmtrader.report.charts.explain.memory import REACH, cell_name
from lstmtrader.report.network_section import about
from lstmtrader.report.network_tables import half_life
from lstmtrader.report.network_words import reach
from lstmtrader.report.wording import loss, number, percent, small_share

_TOP = 3


def print_explanation(found: Explanation, page: Path) -> None:
    """Print the forecast, what moved it, which features count, and how far back it sees."""
    console = terminal()
    console.print(escape(about(found)), soft_wrap=True)
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for label, text in _rows(found):
        table.add_row(escape(label), escape(text))
    console.print(table)
    for note in found.notes:
        console.print(escape(note), soft_wrap=True)
    console.print(f"report: {escape(str(page))}", soft_wrap=True)


def explanation_row(found: Explanation) -> dict[str, Any]:
    """Return the same as plain data; None where something is not defined."""
    made = found.attribution
    return {
        "symbol": found.symbol,
        "date": found.date.isoformat(),
        "fold": found.fold,
        "member": found.member,
        "cell": found.cell,
        "forecast": _plain(made.output),
        "baseline": _plain(made.baseline_output),
        "completeness_error": _plain(made.completeness_error),
        "attribution": {str(name): _plain(one) for name, one in made.values.sum().items()},
        "importance": {
            str(name): {key: _plain(row[key]) for key in ("mean", "deviation")}
            for name, row in found.importance.iterrows()
        },
        "importance_measure": measure_of(found.importance) or None,
        "half_life_median": None if found.memory is None else _plain(found.memory.by_unit.median()),
        "gradient_reach": {
            str(cell): _plain(reach(found.gradients[cell])) for cell in found.gradients
        },
        "notes": list(found.notes),
    }


def _rows(found: Explanation) -> list[tuple[str, str]]:
    made = found.attribution
    rows = [
        ("Forecast", loss(made.output)),
        ("Baseline: every feature at its mean", loss(made.baseline_output)),
        ("Completeness error", small_share(made.completeness_error)),
    ]
    sums = made.values.sum().sort_values(key=np.abs, ascending=False, kind="stable")
    for name, value in sums.head(_TOP).items():
        rows.append((f"Moved by {name}", loss(float(value))))
    measure = measure_of(found.importance)
    for name, row in found.importance.head(_TOP).iterrows():
        mean, deviation = float(row["mean"]), float(row["deviation"])
        rows.append((f"Without {name}: {measure}", f"{loss(mean)} ± {loss(deviation)}"))
    if found.memory is not None:
        rows.append(
            ("Half-life of the median unit, bars", half_life(found.memory.by_unit.median()))
        )
    for cell in found.gradients:
        lag = reach(found.gradients[cell])
        end = found.gradients.index[-1]
        text = f"lag {number(lag, 0)}" if math.isfinite(lag) else f"beyond lag {end}"
        rows.append((f"Gradient of {cell_name(str(cell))} below {percent(REACH, 0)}", text))
    return rows


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
