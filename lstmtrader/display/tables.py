"""Small HTML tables for notebooks, readable on light and on dark ground."""

from __future__ import annotations

import html
from collections.abc import Sequence

# Only greys that show on both grounds; the colour of the text is that of the notebook.
_LINE = "1px solid rgba(128,134,142,0.35)"
_CELL = "padding:0.15em 0.8em 0.15em 0;text-align:{side};white-space:nowrap"


def block(title: str, *parts: str, remark: str = "") -> str:
    """Return a heading, a remark below it, and parts that are HTML already.

    Parameters
    ----------
    title, remark : str
        Plain text.
    *parts : str
        HTML, such as `table` gives.
    """
    below = f'<div style="opacity:0.75">{html.escape(remark)}</div>' if remark else ""
    head = f'<div style="font-weight:600">{html.escape(title)}</div>' if title else ""
    inner = "".join(f'<div style="margin-top:0.5em">{part}</div>' for part in parts if part)
    return f'<div style="max-width:60em;line-height:1.4">{head}{below}{inner}</div>'


def table(rows: Sequence[Sequence[object]], head: Sequence[object] = (), text: int = 1) -> str:
    """Return a table of plain text.

    Parameters
    ----------
    rows : sequence of sequence
        Cells; they are escaped.
    head : sequence
        Names of the columns; empty for none.
    text : int
        How many columns at the left are words; those after them are numbers.
    """
    if not rows and not head:
        return ""
    top = f"<thead>{_row(head, text, 'th', _LINE)}</thead>" if head else ""
    body = "".join(_row(row, text, "td") for row in rows)
    return (
        '<table style="border-collapse:collapse;border:0;background:none;font-size:0.95em">'
        f"{top}<tbody>{body}</tbody></table>"
    )


def _row(cells: Sequence[object], text: int, tag: str, line: str = "0") -> str:
    made = []
    for place, cell in enumerate(cells):
        style = _CELL.format(side="left" if place < text else "right")
        if place < text and tag == "td":
            style = style.replace("nowrap", "pre-line")
        said = html.escape(str(cell))
        made.append(f'<{tag} style="{style};border:0;border-bottom:{line}">{said}</{tag}>')
    return f'<tr style="background:none">{"".join(made)}</tr>'
