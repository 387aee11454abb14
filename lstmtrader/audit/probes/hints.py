"""Hints: places in the user's own code that often look ahead; never a verdict."""

from __future__ import annotations

import ast
import inspect
import textwrap
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lstmtrader.audit.finding import ProbeResult
from lstmtrader.audit.probes.suspicions import suspicions
from lstmtrader.audit.subject import Subject

Source = tuple[str, int, ast.AST]
"""File, first line and tree of a class or function."""


def probe_hints(subject: Subject) -> ProbeResult:
    """Read the code of classes that are not of this package, and of what they call beside it.

    Where the source is not at hand, as in a notebook, nothing is said.
    """
    began = time.monotonic()
    study = subject.study
    parts: list[tuple[Any, bool]] = [(feature, True) for feature in study.features]
    parts += [(study.target, False), (study.model, False), (study.strategy, False)]
    parts += [(study.prices.universe, False), (study.prices.provider, False), (study, False)]
    hints: list[str] = []
    for part, is_feature in parts:
        for owner in _classes(part):
            hints += hints_on(owner, of_feature=is_feature, of_target=part is study.target)
    return ProbeResult(
        "hints",
        "read the code of the user's own classes for what often looks ahead",
        hints=tuple(dict.fromkeys(hints)),
        seconds=time.monotonic() - began,
    )


def hints_on(owner: type, *, of_feature: bool = False, of_target: bool = False) -> list[str]:
    """Return hints on a class and the functions and classes of its module that it calls.

    Parameters
    ----------
    owner : type
    of_feature : bool
        Whether fitting and reading files is worth a hint, too.
    of_target : bool
        Whether to look ahead is its very purpose.
    """
    found = []
    for file, first, tree in _reached(owner):
        for line, what in suspicions(tree, of_feature=of_feature, of_target=of_target):
            found.append((file, first + line - 1, what))
    return [f"{file}:{line}: {what}" for file, line, what in sorted(set(found))]


def _classes(part: object, depth: int = 3) -> Iterator[type]:
    """Yield the class of an object, its bases, and those of its settings, if they are a user's."""
    if part is None or depth == 0:
        return
    for owner in type(part).__mro__:
        if _is_the_users(owner):
            yield owner
    inner = vars(part).values() if hasattr(part, "__dict__") else ()
    if depth > 1 and not _is_study(part):
        for one in inner:
            members = one if isinstance(one, list | tuple) else (one,)
            for member in members:
                if hasattr(member, "__dict__") and not isinstance(member, type):
                    yield from _classes(member, depth - 1)


def _is_study(part: object) -> bool:
    return hasattr(part, "labelled_panel")


def _is_the_users(thing: Any) -> bool:
    """Whether something is written outside this package and outside installed ones."""
    module = getattr(thing, "__module__", None) or ""
    if module.partition(".")[0] in ("lstmtrader", "builtins", ""):
        return False
    try:
        file = inspect.getsourcefile(thing)
    except (OSError, TypeError):
        return False
    return file is not None and not _is_installed(file)


def _is_installed(file: str) -> bool:
    parts = Path(file).resolve().parts
    return (
        "site-packages" in parts
        or "dist-packages" in parts
        or any(part.startswith("python3.") for part in parts)
    )


def _reached(owner: type) -> Iterator[Source]:
    """Yield the source of a class, and of functions and classes of its module that it names."""
    module = inspect.getmodule(owner)
    waiting: list[Any] = [owner]
    seen: set[int] = set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        source = _source(thing)
        if source is None:
            continue
        yield source
        if module is None:
            continue
        named = {node.id for node in ast.walk(source[2]) if isinstance(node, ast.Name)}
        for name in sorted(named):
            other = getattr(module, name, None)
            here = getattr(other, "__module__", None) == module.__name__
            if here and isinstance(other, type | types.FunctionType):
                waiting.append(other)


def _source(thing: Any) -> Source | None:
    """Return the file, the first line and the tree of a class or function, if they are at hand."""
    try:
        lines, first = inspect.getsourcelines(thing)
        file = inspect.getsourcefile(thing)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    if file is None or not Path(file).exists():
        return None
    path = Path(file).resolve()
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix(), max(first, 1), tree
