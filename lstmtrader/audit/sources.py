"""The source files of the user's modules, and of those that they import."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from lstmtrader.walkforward.code import is_installed


def source_digest(modules: Iterable[str]) -> str:
    """SHA-256 of the files of modules and of all that they import, as far as it is the user's.

    Files count byte by byte, wherever they lie. Imports are read from the text, those inside of
    functions too, and nothing is imported for it. Code of the standard library, of installed
    packages and of lstmtrader is left to their versions. A constant of a module that is loaded
    counts as it is loaded, too: a file that was edited and not loaded again is not what runs.
    Of a notebook, which has no file, the modules that it has imported count.

    Parameters
    ----------
    modules : iterable of str
        Names such as ``strategies.momentum_12_1``. One that is not to be found does not count.
    """
    found: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        source = _Source.of(name)
        found[name] = "" if source is None else source.sha256
        if source is not None:
            waiting.extend(source.named)
    digest = hashlib.sha256()
    for name in sorted(name for name, content in found.items() if content):
        digest.update(f"{name} {found[name]}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class _Source:
    """One module of the user.

    Parameters
    ----------
    name : str
    path : Path, optional
        Its file; None for that of a notebook and for a folder without ``__init__``.
    module : module, optional
        The module, where it is loaded.
    """

    name: str
    path: Path | None
    module: ModuleType | None

    @staticmethod
    def of(name: str) -> _Source | None:
        """Find a module, loaded or not; None where it is not the user's, or nowhere."""
        module = sys.modules.get(name)
        file = _file(name) if module is None else getattr(module, "__file__", None)
        if name != "__main__" and is_installed(name, file):
            return None
        return _Source(name, None if file is None else Path(file), module)

    @cached_property
    def _bytes(self) -> bytes:
        try:
            return b"" if self.path is None else self.path.read_bytes()
        except OSError:
            return b""  # gone since it was loaded: what it was is in the digest of loaded code

    @cached_property
    def _tree(self) -> ast.Module:
        try:
            return ast.parse(self._bytes)
        except (SyntaxError, ValueError, RecursionError):  # compiled, or halfway through an edit
            return ast.Module([], [])

    @property
    def sha256(self) -> str:
        """Of its bytes, and of its constants as they are loaded."""
        digest = hashlib.sha256(self._bytes)
        for text in self._constants():
            digest.update(text.encode())
        return digest.hexdigest()

    def _constants(self) -> Iterator[str]:
        """Names that the text gives a plain value once and for all, as they are loaded."""
        given = Counter(
            node.id
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        loaded = vars(self.module) if self.module is not None else {}
        for node in self._tree.body:
            if isinstance(node, ast.Assign):
                targets, value = node.targets, _plain(node.value)
            elif isinstance(node, ast.AnnAssign):
                targets, value = [node.target], _plain(node.value)
            else:
                continue
            for target in targets:
                if value is not None and isinstance(target, ast.Name) and given[target.id] == 1:
                    yield f"\n{target.id} = {loaded.get(target.id, value)!r}"

    @property
    def named(self) -> set[str]:
        """Modules that it imports, and the packages that they lie in; some may be classes."""
        found: set[str] = set()
        if self.path is None and self.module is not None:
            found.update(map(_home, list(vars(self.module).values())))
        package = self.name if self._is_package else self.name.rpartition(".")[0]
        for node in ast.walk(self._tree):
            found.update(_imported(node, package))
        return {parent for name in {self.name, *found} for parent in _with_parents(name)}

    @property
    def _is_package(self) -> bool:
        return self.path is not None and self.path.stem == "__init__"


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    """Yield the names of what a node of a module in a package imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = package.split(".")
        above = parts[: len(parts) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
        ("import_module", "__import__")
    ):
        for one in node.args[:1]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts) + 1) if all(parts))


def _file(name: str) -> str | None:
    """Return the file of a module without importing it, or the packages that it lies in."""
    top, *below = _with_parents(name)
    try:
        spec = importlib.util.find_spec(top)
        for child in below:
            if spec is None or spec.submodule_search_locations is None:
                return None
            spec = PathFinder.find_spec(child, list(spec.submodule_search_locations))
    except (ImportError, ValueError, AttributeError):
        return None
    return spec.origin if spec is not None and spec.has_location else None


def _plain(node: ast.expr | None) -> str | int | float | tuple[Any, ...] | None:
    """Return a number, a text, or a tuple of such as the text has it; else None."""
    try:
        value = ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, RecursionError):
        return None
    return value if isinstance(value, str | int | float | tuple) else None


def _home(thing: Any) -> str:
    """Return the name of the module that something of a namespace comes from."""
    if isinstance(thing, ModuleType):
        return thing.__name__
    made = thing if isinstance(thing, type | FunctionType) else type(thing)
    return str(made.__module__)
