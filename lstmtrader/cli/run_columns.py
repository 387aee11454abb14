"""Columns of the terminal, one a run: names are never torn, figures never cut."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_FRAME = 3  # a border and a space on both sides of every cell
_WIDEST_TEXT = 20  # settings may be folded, figures may not


@dataclass(frozen=True)
class Column:
    """The name of a run, and a cell for every row."""

    name: str
    cells: Sequence[str]


def print_columns(
    console: Console, corner: str, labels: Sequence[str], columns: Sequence[Column], *, text: bool
) -> None:
    """Print a row for every label; runs that do not fit beside the others come below them.

    A name too wide for its column goes on after a hyphen, a dot or an underscore, and loses its
    middle only if even such a part is too wide.
    """
    widest = max(cell_len(one) for one in (corner, *labels))
    head = min(widest, max(console.width // 2 - _FRAME, 1))
    free = console.width - head - _FRAME - 1
    wanted = [_least(one, free - _FRAME, text=text) for one in columns]
    for group in _groups([width + _FRAME for width in wanted], free):
        spare = free - sum(wanted[at] + _FRAME for at in group)
        table = Table()
        table.add_column(corner, width=head, overflow="fold")
        for at in group:
            one = columns[at]
            full = max(cell_len(value) for value in (one.name, *one.cells))
            more = min(spare // (len(group) - group.index(at)), full - wanted[at])
            spare -= more
            table.add_column(
                escape("\n".join(broken(one.name, wanted[at] + more))),
                width=wanted[at] + more,
                justify="left" if text else "right",
                overflow="fold",
            )
        for row, label in enumerate(labels):
            table.add_row(escape(label), *(escape(columns[at].cells[row]) for at in group))
        console.print(table)


def broken(name: str, width: int) -> list[str]:
    """Return a name in lines of at most `width`, broken after hyphens, dots and underscores."""
    lines = [""]
    for part in _parts(name):
        shown = part if cell_len(part) <= width else shortened(part, width)
        if lines[-1] and cell_len(lines[-1] + shown) > width:
            lines.append("")
        lines[-1] += shown
    return lines


def shortened(name: str, width: int) -> str:
    """Return a name without its middle."""
    if len(name) <= width:
        return name
    left = max(width - 1, 0) // 2
    right = max(width - 1 - left, 0)
    return f"{name[: width - 1 - right]}…{name[len(name) - right :]}"


def natural_widths(headings: Sequence[str], rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """Return how wide each column is if nothing in it is broken."""
    return {one: max(cell_len(text) for text in (one, *(row[one] for row in rows)))
            for one in headings}  # fmt: skip


def _parts(name: str) -> list[str]:
    return re.findall(r"[^-._]*[-._]+|[^-._]+", name)


def _least(column: Column, most: int, *, text: bool) -> int:
    names = max((cell_len(part) for part in _parts(column.name)), default=1)
    cells = max((cell_len(cell) for cell in column.cells), default=1)
    return max(1, min(most, max(names, min(cells, _WIDEST_TEXT) if text else cells)))


def _groups(widths: Sequence[int], free: int) -> list[list[int]]:
    groups: list[list[int]] = []
    left = 0
    for at, width in enumerate(widths):
        if not groups or width > left:
            groups.append([])
            left = free
        groups[-1].append(at)
        left -= width
    return groups
