"""One run, or several side by side, on the terminal or as JSON."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lstmtrader.cli.run_columns import Column, print_columns
from lstmtrader.report.doubt_tables import doubt_figures
from lstmtrader.report.run_figures import figure, label
from lstmtrader.report.wording import MISSING, number
from lstmtrader.run_catalogue.comparison import Comparison
from lstmtrader.run_catalogue.entry import Entry
from lstmtrader.run_catalogue.tried import Tried

_WIDE = 250  # in a file or a pipe, where breaking lines helps nobody


def print_entry(
    entry: Entry, tried: Tried | None, audited: str | None = None, *, as_json: bool
) -> None:
    """Print one run: figures, doubts, facts, files, trials on its prices, what an audit says."""
    if as_json:
        content = {
            **entry.row,
            "folder": str(entry.path),
            "figures": entry.figures,
            "significance": _finite(entry.significance),
            "trials": None if tried is None else _finite(asdict(tried)),
            "audit": audited,
            "facts": entry.facts,
            "notes": entry.notes,
            "environment": entry.environment,
            "config": entry.config,
        }
        print_plain(content)
        return
    console = terminal()
    console.print(f"{entry.name}: {entry.kind}, {entry.state}")
    if entry.problem:
        console.print(f"[bold red]{escape(entry.problem)}", soft_wrap=True)
    if entry.state != "complete":
        console.print(escape(_way_on(entry)), soft_wrap=True)
    accounts = {"as configured" if entry.kind == "sweep" else "strategy": entry.strategy}
    accounts |= {"buy & hold": entry.benchmark} if entry.benchmark else {}
    _print_figures(console, "account", {k: v for k, v in accounts.items() if v})
    if entry.tradable is False:
        console.print("[bold red]same_close: fills at a price already seen; not tradable")
    _print_doubts(console, entry.significance)
    if tried is not None and tried.count:
        ones = "one" if tried.independent == "1" else "ones"
        words = f"trials on these prices by now: {tried.count}, "
        words += f"worth about {tried.independent} independent {ones}"
        if math.isfinite(tried.dsr):
            words += f"; after these its deflated Sharpe ratio is {number(tried.dsr)}"
        console.print(words)
    if audited:
        style = "" if audited.startswith("audited: clean") else "[bold red]"
        console.print(f"{style}{escape(audited)}", soft_wrap=True)
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
            "left_out": list(compared.left_out),
            "tradable": [one.tradable for one in compared.entries],
            "figures": plain,
            "differences": compared.differences,
            "page": None if page is None else str(page),
        }
        print_plain(content)
        return
    console = terminal()
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
    keys = [
        key
        for key in known
        if any(isinstance(one.get(key), int | float) for one in accounts.values())
    ]
    columns = [
        Column(name, [figure(key, one.get(key)) for key in keys]) for name, one in accounts.items()
    ]
    print_columns(console, corner, [label(key) for key in keys], columns, text=False)


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
    columns = [
        Column(name, [_setting(values[at]) for values in differences.values()])
        for at, name in enumerate(names)
    ]
    print_columns(console, "setting", list(differences), columns, text=True)


def _way_on(entry: Entry) -> str:
    settings = entry.path / "config.yaml"
    if entry.state == "incomplete":
        text = "It was interrupted, or is still running. To finish it run the same command again"
        text += "; finished fits come from the cache."
    else:
        text = "To have it whole run the same command again; finished fits come from the cache."
    if not entry.config:
        return f"{text} Its settings are not in the folder."
    if entry.kind == "sweep":
        return f"{text} Its settings: {settings}"
    again = ["lstmtrader", "run", str(settings)]
    if entry.path.parent != Path("runs"):
        again += ["--runs", str(entry.path.parent)]
    return f"{text} Or, with its own settings: {shlex.join(again)}"


def _setting(value: object) -> str:
    return MISSING if value is None else str(value)


def _facts(entry: Entry) -> list[tuple[str, object]]:
    span = None if entry.start is None else f"{entry.start:%Y-%m-%d} to {entry.end:%Y-%m-%d}"
    facts = {
        "bars": span,
        "fills": entry.execution,
        "equity reached zero": entry.strategy.get("ruined_on"),
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


def terminal() -> Console:
    """Return where tables go: in a file or a pipe as wide as they are."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


def print_plain(content: object) -> None:
    """Print JSON."""
    text = json.dumps(content, indent=2, default=str)
    Console(soft_wrap=True, highlight=False, markup=False).print(text)
