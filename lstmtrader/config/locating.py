"""Dotted paths: from ``package.module:Class`` to the class."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from lstmtrader.errors import ConfigError


def locate(target: Any, where: str, short: Iterable[str] = ()) -> type:
    """Import the class that ``package.module:Class`` names.

    Raises
    ------
    ConfigError
        With the nearest module or class there is.
    """
    if not isinstance(target, str) or target.count(":") != 1:
        hint = nearest(target, short)
        raise ConfigError(f'{where}: expected "module:Class"; got {target!r}{hint}')
    module_name, _, class_name = target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise ConfigError(f"{where}: {module_name} needs {error.name}; install it") from error
        near = nearest(module_name, _siblings(module_name))
        raise ConfigError(f"{where}: no module {module_name!r}{near}") from error
    except Exception as error:
        raise ConfigError(
            f"{where}: {module_name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    found = getattr(module, class_name, None)
    if not isinstance(found, type):
        classes = [name for name in dir(module) if isinstance(getattr(module, name), type)]
        near = nearest(class_name, classes)
        raise ConfigError(f"{where}: no class {class_name!r} in {module_name}{near}")
    return found


def _siblings(module_name: str) -> list[str]:
    parent = module_name.rpartition(".")[0]
    if not parent:
        return []
    try:
        package = importlib.import_module(parent)
    except ImportError:
        return []
    return [f"{parent}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]


def nearest(key: object, valid: Iterable[Any]) -> str:
    """Suggest the nearest valid name, or list them, as the end of a message."""
    names = [str(name) for name in valid]
    near = difflib.get_close_matches(str(key), names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; expected one of {', '.join(sorted(names))}" if names else ""
