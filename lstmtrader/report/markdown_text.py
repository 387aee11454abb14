"""Plain text as Markdown: escaped lines, tables and blocks of code."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Signs that mean something wherever they stand, the start of an entity, and an underscore that
# is not inside a word.
_SIGNS = re.compile(r"[\\`*\[\]<|~$#]|&(?=#?[0-9A-Za-z]+;)|(?<![^\W_])_|_(?![^\W_])")
# A quotation, list or rule.
_LINE_START = re.compile(r"^(?=[>+=-])|^(\d{1,9})(?=[.)](?:\s|$))")
_BREAKS = re.compile(r"\s*[\x00-\x1f\x7f-\x9f\u2028\u2029]+\s*")


def escaped(text: str) -> str:
    """Return plain text as one line of Markdown that reads the same.

    Line breaks and other control characters become a space.
    """
    line = _BREAKS.sub(" ", text).strip()
    line = _SIGNS.sub(lambda sign: f"\\{sign[0]}", line)
    return _LINE_START.sub(lambda start: f"{start[1] or ''}\\", line)


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a table of plain texts, the first `left` columns to the left; empty without rows."""
    if not rows:
        return ""
    head, *body = [[escaped(cell) for cell in row] for row in (columns, *rows)]
    rules = [":--" if place < left else "--:" for place in range(len(columns))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rules, *body))


def code(text: str) -> str:
    """Return a block of code, fenced by more backticks than the text has in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"
