"""A digest of the code that runs: of a class, and of what it calls outside installed packages."""

from __future__ import annotations

import hashlib
import inspect
import re
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

_INSTALLED = tuple(
    str(Path(place).resolve())
    for place in {
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        *site.getsitepackages(),
    }
    if place
)
_PACKAGES = frozenset({"site-packages", "dist-packages"})
_PLACE_IN_MEMORY = re.compile(r" at 0x[0-9a-f]+")


def code_digest(roots: list[Any]) -> str:
    """Digest classes and functions, and what they name, as they are loaded in this process.

    Compiled code is digested, not source files: what was edited in a notebook or on disk and not
    loaded again does not count, and what was is seen. Code of the standard library, of installed
    packages and of lstmtrader itself is left to their versions.

    Parameters
    ----------
    roots : list of class, function or module
    """
    digest = hashlib.sha256()
    seen: set[int] = set()
    waiting = list(roots)
    found: list[str] = []
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or _is_installed(thing):
            continue
        seen.add(id(thing))
        for text, named in _parts(thing):
            found.append(text)
            waiting.extend(named)
    for text in sorted(found):
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def _parts(thing: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield what to digest of a thing, and the things it names."""
    if isinstance(thing, type):
        yield f"class {thing.__qualname__}", list(thing.__mro__[1:])
        for name, member in vars(thing).items():
            function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
            function = inspect.unwrap(function) if callable(function) else function
            if isinstance(function, FunctionType):
                yield from _parts(function)
            elif isinstance(member, str | int | float | tuple | frozenset) and name[:2] != "__":
                yield f"{thing.__qualname__}.{name} = {_text(member)}", []
            elif isinstance(member, type):
                yield f"{thing.__qualname__}.{name}", [member]
    elif isinstance(thing, FunctionType):
        named = [
            thing.__globals__[name] for name in _names(thing.__code__) if name in thing.__globals__
        ]
        named += [cell.cell_contents for cell in thing.__closure__ or () if _is_full(cell)]
        code = [one for one in named if isinstance(one, type | FunctionType | ModuleType)]
        values = [_text(one) for one in named if isinstance(one, str | int | float | bool | tuple)]
        defaults = _text((thing.__defaults__, thing.__kwdefaults__))
        text = [thing.__qualname__, _code(thing.__code__), defaults, *sorted(values)]
        yield "\n".join(text), code
    elif isinstance(thing, ModuleType):
        members = [one for one in vars(thing).values() if isinstance(one, type | FunctionType)]
        yield f"module {thing.__name__}", members


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 — an empty cell raises
    except ValueError:
        return False
    return True


def _code(code: CodeType) -> str:
    """Instructions, names and constants; not where they stand in a file."""
    constants = [_code(one) if isinstance(one, CodeType) else _text(one) for one in code.co_consts]
    return repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants))


def _text(value: Any) -> str:
    """Return a text that is the same in every process: sets have another order in each."""
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(_text, value)))}}}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_text, value))})"
    if isinstance(value, dict):
        return _text([(key, one) for key, one in value.items()])
    return _PLACE_IN_MEMORY.sub("", repr(value))


def _names(code: CodeType) -> set[str]:
    inner = (_names(one) for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*inner)


def is_installed(name: str, file: str | None) -> bool:
    """Whether a version tells what a module is: it is no code of the user.

    Parameters
    ----------
    name : str
        Of the module, such as ``strategies.momentum_12_1``.
    file : str, optional
        Where it was loaded from; None where it has no file.
    """
    if name.partition(".")[0] in {"builtins", "lstmtrader"} or name in sys.builtin_module_names:
        return True
    if file is None:
        return True
    path = Path(file).resolve()
    # Of a user, or of another Python on the path, too.
    return str(path).startswith(_INSTALLED) or not _PACKAGES.isdisjoint(path.parts)


def _is_installed(thing: Any) -> bool:
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None)
    if not isinstance(name, str):
        return True
    if name == "__main__":
        return False
    return is_installed(name, getattr(sys.modules.get(name), "__file__", None))
