"""What a numpydoc docstring says of a class and of each of its parameters, as plain text."""

from __future__ import annotations

import inspect
import re

_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
_ENTRY = re.compile(r"^(\w+(?:, \w+)*)(?: *:.*)?$")


def summary(cls: type) -> str:
    """First paragraph of a class's own docstring, on one line; empty where there is none."""
    text = inspect.cleandoc(cls.__doc__ or "")
    if text.startswith(f"{cls.__name__}("):
        return ""  # written by dataclasses, not by a person
    return " ".join(text.partition("\n\n")[0].split())


def parameter_texts(cls: type) -> dict[str, str]:
    """Map parameters to what the docstrings of a class and its bases say of them."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base is not object:
            found |= _parameters(inspect.cleandoc(base.__doc__ or ""))
    return found


def _parameters(text: str) -> dict[str, str]:
    parts = _SECTION.split(text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in sections.get("Parameters", "").splitlines():
        entry = _ENTRY.match(line)
        if entry:
            names = entry[1].split(", ")
            found |= {name: [] for name in names}
        elif line.strip():
            for name in names:
                found[name].append(line.strip())
    return {name: " ".join(lines) for name, lines in found.items() if lines}
