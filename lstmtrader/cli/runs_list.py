"""The list of runs, on the terminal or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from lstmtrader.cli.run_columns import natural_widths
from lstmtrader.cli.runs_tables import print_plain, terminal
from lstmtrader.report.run_figures import figure
from lstmtrader.report.wording import MISSING
from lstmtrader.run_catalogue.headings import HEADINGS

_NOT_TRADABLE = "not tradable"
_FIGURES = ("Sharpe", "CAGR", "DD", "B&H", "turnover")
_LISTED = ("run", "prices", "from", "to", *_FIGURES, "fills", "state")
# The first goes first; the name and the state stay.
_GO = ("fills", "turnover", "from", "to", "prices", "B&H", "CAGR", "DD", "Sharpe")


def print_list(rows: Sequence[Mapping[str, Any]], runs: Path, *, as_json: bool) -> None:
    """Print one line a folder."""
    if as_json:
        print_plain(list(rows))
        return
    console = terminal()
    console.print(f"runs in {runs}: {len(rows)}")
    if not rows:
        return
    lines = [{heading: _cell(row, heading) for heading in _LISTED} for row in rows]
    widths = natural_widths(_LISTED, lines)
    shown, gone = list(_LISTED), []
    for heading in _GO:
        if sum(widths[one] + 1 for one in shown) - 1 <= console.width:
            break
        shown.remove(heading)
        gone.append(heading)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in shown:
        justify: Any = "right" if heading in _FIGURES else "left"
        table.add_column(heading, justify=justify, no_wrap=True, min_width=widths[heading])
    for line in lines:
        table.add_row(*(escape(line[heading]) for heading in shown))
    # A terminal too narrow for name and state breaks the line; nothing of it is lost.
    console.width = max(console.width, sum(widths[one] + 1 for one in shown))
    console.print(table)
    if gone:
        console.print(f"too narrow for {', '.join(gone)}; --json has all", soft_wrap=True)
    for row in rows:
        if row["problem"]:
            console.print(f"{escape(row['name'])}: {escape(row['problem'])}", soft_wrap=True)


def _cell(row: Mapping[str, Any], heading: str) -> str:
    if heading == "state":
        return _remark(row)
    name = HEADINGS[heading]
    return figure(name, row[name]) if heading in _FIGURES else row[name] or MISSING


def _remark(row: Mapping[str, Any]) -> str:
    remarks = [row["state"]] if row["state"] != "complete" else []
    if row["variants"] is not None:
        remarks.append(f"{row['variants']} variants")
    if row["tradable"] is False:
        remarks.append(_NOT_TRADABLE)
    return ", ".join(remarks)
