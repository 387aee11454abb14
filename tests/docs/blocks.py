"""The code blocks of a page, as a reader meets them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("python", "sh", "yaml", "csv", "text")
OUTPUT = 'title="output"'

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<info>.*)$")
_SAVED = re.compile(r"[Ss]ave\s+this\s+as\s+`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page.

    Parameters
    ----------
    page : Path
    line : int
        Of the opening fence, from 1.
    language : str
        The first word after the fence; empty where there is none.
    options : str
        The rest of that line. ``title="output"`` on a text block: what the block before prints.
    text : str
        Without the indentation of the fence.
    saved_as : str
        The name of the file, where the paragraph above says «Save this as `name`»; else empty.
    """

    page: Path
    line: int
    language: str
    options: str
    text: str
    saved_as: str = ""

    @property
    def place(self) -> str:
        """Page and line, as an editor opens them."""
        inside = self.page.is_relative_to(ROOT)
        return f"{self.page.relative_to(ROOT) if inside else self.page}:{self.line}"

    @property
    def is_output(self) -> bool:
        """Whether this is what the block before it prints."""
        return OUTPUT in self.options


def pages() -> list[Path]:
    """Every page that people read: nothing has to be registered."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")]
    return [*top, *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page, in order.

    Raises
    ------
    ValueError
        If a fence is never closed.
    """
    found: list[Block] = []
    before: list[str] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        opened = _FENCE.match(lines[number])
        if opened is None:
            before.append(lines[number])
            number += 1
            continue
        start, indent = number, len(opened["indent"])
        number += 1
        inside: list[str] = []
        while number < len(lines) and lines[number].strip() != opened["fence"]:
            inside.append(lines[number][indent:])
            number += 1
        if number == len(lines):
            raise ValueError(f"{page}:{start + 1}: the fence is never closed")
        language, _, options = opened["info"].strip().partition(" ")
        text = "\n".join(inside) + "\n"
        found.append(Block(page, start + 1, language, options, text, _file_named(before)))
        before = []
        number += 1
    return found


def _file_named(before: list[str]) -> str:
    """The file that the last paragraph before a block names."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(before).strip())
    named = _SAVED.findall(paragraphs[-1])
    return str(named[-1]) if named else ""
