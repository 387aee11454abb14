"""Tables on the terminal, or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from lstmtrader.data.archive import Update

_MOST_ROWS = 200
_WIDE = 250  # in a file or a pipe, where breaking lines helps nobody


def show(table: pd.DataFrame, title: str, *, as_json: bool) -> None:
    """Print a table; as JSON all of it, on the terminal its first rows."""
    if as_json:
        _print_json(_records(table))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    console.print(f"{title}: {len(table)}")
    if table.empty:
        return
    printed = Table()
    for column in table.columns:
        numeric = pd.api.types.is_numeric_dtype(table[column])
        printed.add_column(str(column), justify="right" if numeric else "left")
    for row in table.head(_MOST_ROWS).itertuples(index=False):
        printed.add_row(*(escape(_text(value)) for value in row))
    console.print(printed)
    if len(table) > _MOST_ROWS:
        console.print(f"… and {len(table) - _MOST_ROWS} more rows (--json prints all)")


def show_update(done: Update, *, as_json: bool) -> None:
    """Print what a download or an update did: what is new, what changed, who is missing."""
    report = done.download
    added = sum(write.added for write in done.writes)
    if as_json:
        _print_json(
            {
                "stored": list(report.stored),
                "complete_before": list(done.complete_before),
                "unknown": dict(report.unknown),
                "failed": dict(report.failed),
                "requests": report.requests,
                "retries": report.retries,
                "bars_added": added,
                "restated": _records(done.restated),
            }
        )
        return
    console = Console(highlight=False)
    console.print(
        f"{len(report.stored)} symbols stored, {len(done.complete_before)} were complete before; "
        f"{added} bars added, {len(done.restated)} numbers restated; {report.requests} requests, "
        f"{report.retries} retries"
    )
    for kind, symbols in (("unknown", report.unknown), ("failed", report.failed)):
        for symbol, reason in symbols.items():
            console.print(f"[red]{kind}[/red]: {escape(symbol)}: {escape(reason)}", soft_wrap=True)


def _records(table: pd.DataFrame) -> object:
    return json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))


def _print_json(content: object) -> None:
    Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(content, indent=2))


def _text(value: object) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
