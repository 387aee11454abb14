"""The table of layers on the architecture page, from the law of layers and from docstrings.

``python -m docs.layers`` writes it anew; a test compares.
"""

from __future__ import annotations

import ast

from tests.test_layers import LAYERS, PACKAGE, ROOT

PAGE = ROOT / "docs" / "architecture.md"
_HEAD = "| | layer of `lstmtrader` | what it says of itself |\n|---|---|---|\n"


def table() -> str:
    """One row a layer, from the bottom up: its name and the first line of its docstring."""
    rows = [
        f"| {number} | `{layer}` | {_first_line(layer)} |\n"
        for number, layer in enumerate((layer for layer in LAYERS if layer), 1)
    ]
    return _HEAD + "".join(rows)


def _first_line(layer: str) -> str:
    path = ROOT / PACKAGE / layer.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.split("\n\n")[0].replace("\n", " ").replace("``", "`")


def page(text: str) -> str:
    """Return the text of the page with the table anew."""
    start = text.index(_HEAD)
    stop = text.index("\n\n", start)
    return text[:start] + table().rstrip("\n") + text[stop:]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
