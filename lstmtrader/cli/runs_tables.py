"""Runs on the terminal, or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lstmtrader.report.doubt_tables import doubt_figures
from lstmtrader.report.run_figures import figure, label
from lstmtrader.report.wording import MISSING, number
from lstmtrader.run_catalogue.comparison import Comparison
from lstmtrader.run_catalogue.entry import Entry
from lstmtrader.run_catalogue.tried import Tried

_WIDE = 250  # in a file or a pipe, where breaking lines helps nobody
_NOT_TRADABLE = "not tradable"
_FIGURES = {
    "sharpe": "Sharpe",
    "cagr": "CAGR",
    "max_drawdown": "DD",
    "benchmark_sharpe": "B&H",
    "turnover_per_year": "turnover",
}


def print_list(rows: Sequence[Mapping[str, Any]], runs: Path, *, as_json: bool) -> None:
    """Print one line a folder."""
    if as_json:
        _print_json(list(rows))
        return
    console = _console()
    console.print(f"runs in {runs}: {len(rows)}")
    if not rows:
        return
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("run", overflow="fold")
    for heading in ("prices", "from", "to"):
        table.add_column(heading, no_wrap=True)
    for heading in _FIGURES.values():
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("fills", no_wrap=True)
    table.add_column("")
    for row in rows:
        cells = [row["prices"] or MISSING, row["start"] or MISSING, row["end"] or MISSING]
        cells += [figure(name, row[name]) for name in _FIGURES]
        remark = escape(_remark(row))
        table.add_row(escape(row["name"]), *cells, row["execution"] or MISSING, remark)
    console.print(table)


def print_entry(entry: Entry, tried: Tried | None, *, as_json: bool) -> None:
    """Print one run: figures, doubts, facts, files, and the trials on its prices."""
    if as_json:
        content = {
            **entry.row,
            "folder": str(entry.path),
            "figures": entry.figures,
            "significance": _finite(entry.significance),
            "trials": None if tried is None else _finite(asdict(tried)),
            "facts": entry.facts,
            "notes": entry.notes,
            "environment": entry.environment,
            "config": entry.config,
        }
        _print_json(content)
        return
    console = _console()
    console.print(f"{entry.name}: {entry.kind}, {entry.state}")
    if entry.problem:
        console.print(f"[bold red]{escape(entry.problem)}")
    accounts = {"as configured" if entry.kind == "sweep" else "strategy": entry.strategy}
    accounts |= {"buy & hold": entry.benchmark} if entry.benchmark else {}
    _print_figures(console, "account", {k: v for k, v in accounts.items() if v})
    if entry.tradable is False:
        console.print("[bold red]same_close: fills at a price already seen; not tradable")
    _print_doubts(console, entry.significance)
    if tried is not None and tried.count:
        words = f"trials on these prices by now: {tried.count}, worth {number(tried.effective, 0)} "
        words += "independent ones"
        if math.isfinite(tried.dsr):
            words += f"; after these its deflated Sharpe ratio is {number(tried.dsr)}"
        console.print(words)
    for name, value in _facts(entry):
        console.print(f"{escape(name)}: {escape(str(value))}", soft_wrap=True)
    for note in entry.notes:
        console.print(escape(note), soft_wrap=True)
    for file in ("config.yaml", "report.html", "sweep.html"):
        if (entry.path / file).exists():
            what = {"config.yaml": "settings", "report.html": "report"}.get(file, "picture")
            console.print(f"{what}: {entry.path / file}", soft_wrap=True)


def print_comparison(compared: Comparison, page: Path | None, *, as_json: bool) -> None:
    """Print runs side by side: figures, then the settings in which they differ."""
    table, period = compared.table, compared.period
    names = [one.name for one in compared.entries]
    if as_json:
        plain = {name: _finite(row) for name, row in table.to_dict("index").items()}
        content = {
            "runs": names,
            "folders": [str(one.path) for one in compared.entries],
            "period": None if period is None else [f"{day:%Y-%m-%d}" for day in period],
            "same_prices": compared.same_prices,
            "tradable": [one.tradable for one in compared.entries],
            "figures": plain,
            "differences": compared.differences,
            "page": None if page is None else str(page),
        }
        _print_json(content)
        return
    console = _console()
    if compared.same_period:
        table = table.drop(columns=[name for name in table if str(name).startswith("common_")])
    accounts = {str(name): row.dropna().to_dict() for name, row in table.iterrows()}
    _print_figures(console, "account", accounts)
    _print_settings(console, names, compared.differences)
    for warning in compared.warnings:
        console.print(f"[bold red]{escape(warning)}", soft_wrap=True)
    if page is not None:
        console.print(f"page: {page}", soft_wrap=True)


def _print_figures(
    console: Console, corner: str, accounts: Mapping[str, Mapping[str, Any]]
) -> None:
    if not accounts:
        return
    known = dict.fromkeys(key for one in accounts.values() for key in one)
    table = Table()
    table.add_column(corner)
    for name in accounts:
        table.add_column(escape(name), justify="right", overflow="fold")
    for key in known:
        values = [one.get(key) for one in accounts.values()]
        if any(isinstance(value, int | float) for value in values):
            table.add_row(escape(label(key)), *(figure(key, value) for value in values))
    console.print(table)


def _print_doubts(console: Console, significance: Mapping[str, float]) -> None:
    rows = doubt_figures(significance)
    if not rows:
        return
    table = Table()
    table.add_column("could it be luck?")
    table.add_column("when it was run", justify="right")
    for name, value, _ in rows:
        table.add_row(name, value)
    console.print(table)


def _print_settings(
    console: Console, names: Sequence[str], differences: Mapping[str, Sequence[Any]]
) -> None:
    if not differences:
        console.print("The settings are the same.")
        return
    table = Table()
    table.add_column("setting", overflow="fold")
    for name in names:
        table.add_column(escape(name), overflow="fold")
    for key, values in differences.items():
        table.add_row(escape(key), *(escape(_setting(value)) for value in values))
    console.print(table)


def _setting(value: object) -> str:
    return MISSING if value is None else str(value)


def _facts(entry: Entry) -> list[tuple[str, object]]:
    span = None if entry.start is None else f"{entry.start:%Y-%m-%d} to {entry.end:%Y-%m-%d}"
    facts = {
        "bars": span,
        "fills": entry.execution,
        "variants": entry.figures.get("variants") if entry.kind == "sweep" else None,
        "prices, SHA-256": entry.data_hash,
        "settings, SHA-256": entry.environment.get("config_sha256"),
        "vintage": entry.environment.get("vintage"),
        "written": entry.environment.get("created"),
        "Python": entry.environment.get("python"),
    }
    # What the report says of itself says it better.
    said = {name.lower() for name in entry.facts}
    own = [(name, value) for name, value in facts.items() if name.lower() not in said]
    return [(name, value) for name, value in [*entry.facts.items(), *own] if value is not None]


def _finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


def _remark(row: Mapping[str, Any]) -> str:
    remarks = [row["state"]] if row["state"] != "complete" else []
    if row["variants"] is not None:
        remarks.append(f"{row['variants']} variants")
    if row["tradable"] is False:
        remarks.append(_NOT_TRADABLE)
    if row["problem"]:
        remarks.append(row["problem"])
    return ", ".join(remarks)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


def _print_json(content: object) -> None:
    text = json.dumps(content, indent=2, default=str)
    Console(soft_wrap=True, highlight=False, markup=False).print(text)
