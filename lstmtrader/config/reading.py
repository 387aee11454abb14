"""YAML files and ``--set`` texts, read strictly into plain settings."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from lstmtrader.errors import ConfigError


class _StrictLoader(yaml.SafeLoader):
    """A safe YAML loader that refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                line = key_node.start_mark.line + 1
                raise ConfigError(f"line {line}: expected a name before the colon; got {key!r}")
            if key in seen:
                raise ConfigError(f"line {key_node.start_mark.line + 1}: {key} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


# YAML 1.1 reads 1e-3 as text; people mean the number, as YAML 1.2 and Python do.
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


def parse_yaml(text: str) -> Any:
    """Parse one YAML document, refusing duplicate keys and anything but plain data."""
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except ValueError as error:  # a date such as 2022-13-01
        raise ConfigError(f"not a valid value: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(f"{where}not valid YAML: {getattr(error, 'problem', error)}") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping from a YAML file; the errors of `parse_yaml`, and for a missing file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise ConfigError(f"{path}: cannot be read ({reason})") from error
    try:
        mapping = parse_yaml(text)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(mapping, dict):
        raise ConfigError(f"{path}: expected settings as «key: value»; got {kind_of(mapping)}")
    return mapping


def override(settings: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """Apply ``a.b.c=value`` texts to nested settings; values are YAML, list items are numbers.

    Examples
    --------
    >>> override({"model": {"params": {"hidden": 32}}}, ["model.params.hidden=16"])
    {'model': {'params': {'hidden': 16}}}
    """
    result: dict[str, Any] = _Copier().copy(settings)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        keys = path.strip().split(".")
        if not equals or not all(keys):
            raise ConfigError(f"--set {assignment}: expected key=value, such as members=5")
        place: Any = result
        for key in keys[:-1]:
            place = _inside(place, key, path)
        _inside(place, keys[-1], path)
        try:
            value = parse_yaml(text)
        except ConfigError as error:
            raise ConfigError(f"--set {assignment}: {error}") from error
        place[int(keys[-1]) if isinstance(place, list) else keys[-1]] = value
    return result


def _inside(place: Any, key: str, path: str) -> Any:
    """Step into a mapping (made where missing) or a list."""
    if isinstance(place, dict):
        return place.setdefault(key, {})
    if not isinstance(place, list):
        raise ConfigError(f"--set {path}: {key} would be inside a single value")
    if not key.isdigit() or int(key) >= len(place):
        raise ConfigError(f"--set {path}: expected a place from 0 to {len(place) - 1}; got {key}")
    return place[int(key)]


class _Copier:
    """Copies nested settings; refuses those that aliases have made endless."""

    def __init__(self, most: int = 100_000, deepest: int = 50) -> None:
        self._left, self._deepest = most, deepest

    def copy(self, value: Any, depth: int = 0) -> Any:
        """Copy mappings and lists, and keep everything else."""
        self._left -= 1
        if self._left < 0 or depth > self._deepest:
            raise ConfigError("the settings are nested without end; look at the aliases (*name)")
        if isinstance(value, Mapping):
            return {key: self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.copy(item, depth + 1) for item in value]
        return value


def kind_of(value: object) -> str:
    """Name a plain value for a message."""
    return "nothing" if value is None else f"{type(value).__name__} {value!r}"
