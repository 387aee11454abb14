"""A JSON schema of what `build` accepts, made from the same type hints, for editors.

Whatever `build` accepts is valid by it. What it cannot say is left to `build`: bounds of numbers,
settings that contradict each other, and the parameters of classes that nobody listed.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import math
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic

from lstmtrader.config.building import (
    UNIONS,
    Aliases,
    describe,
    hints_of,
    is_protocol,
    parameters_of,
)
from lstmtrader.config.docstrings import parameter_texts, summary
from lstmtrader.config.locating import locate

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
Catalogue = Mapping[type, Sequence[str]]
"""Dotted paths of the classes that ship, by the protocol or class that they stand in for."""

_CLASS_NAME = r"[A-Za-z_][A-Za-z0-9_]*"


def json_schema(
    cls: type, aliases: Aliases, catalogue: Catalogue, closed: Sequence[str] = ()
) -> Schema:
    """Return the JSON schema (draft 2020-12) of the settings of a class.

    Parameters
    ----------
    cls : type
    aliases : mapping of type to mapping of str to str
        As for `build`.
    catalogue : mapping of type to sequence of str
        What may be chosen where a hint names that type, beside the aliases; any other dotted path
        is valid, too.
    closed : sequence of str
        Packages that are listed whole: a dotted path into them that is not listed is a mistake.
    """
    writer = _Writer(aliases, catalogue, closed)
    body = writer.settings(cls)
    return {"$schema": DRAFT, "title": cls.__name__, **body, "$defs": writer.definitions}


class _Writer:
    """Writes the schema of each class and each choice once, under ``$defs``."""

    def __init__(self, aliases: Aliases, catalogue: Catalogue, closed: Sequence[str]) -> None:
        self._aliases, self._catalogue, self._closed = aliases, catalogue, closed
        self.definitions: dict[str, Schema] = {}

    def settings(self, cls: type) -> Schema:
        """The settings of one class: its constructor's parameters."""
        hints, texts = hints_of(cls), parameter_texts(cls)
        properties: dict[str, Schema] = {}
        required = []
        for name, parameter in parameters_of(cls).items():
            schema = dict(self.value(hints.get(name, Any)))
            if name in texts:
                schema["description"] = texts[name]
            if parameter.default is inspect.Parameter.empty:
                required.append(name)
            else:
                schema |= _default(parameter.default)
            properties[name] = schema
        found: Schema = {"type": "object"}
        if summary(cls):
            found["description"] = summary(cls)
        found["properties"] = properties
        if required:
            found["required"] = required
        return {**found, "additionalProperties": False}

    def value(self, hint: Any) -> Schema:
        """One value, as `build_value` reads it."""
        arms = typing.get_args(hint)
        if typing.get_origin(hint) in UNIONS:
            return {"anyOf": [self.value(arm) for arm in arms]}
        if typing.get_origin(hint) is tuple and arms[1:] == (Ellipsis,):
            return {"type": "array", "items": self.value(arms[0])}
        if isinstance(hint, type):
            if is_protocol(hint):
                return self._choice(hint)
            if issubclass(hint, enum.Enum):
                return {"enum": [member.value for member in hint]}
            if dataclasses.is_dataclass(hint):
                direct = self._reference(hint)
                if "target" in parameters_of(hint):
                    return direct
                return {"anyOf": [direct, self._choice(hint)]}
        if hint in (datetime.date, datetime.datetime):
            return {"type": "string", "format": "date"}
        try:
            return pydantic.TypeAdapter(hint).json_schema()
        except (pydantic.PydanticSchemaGenerationError, pydantic.PydanticInvalidForJsonSchema):
            return {}

    def _reference(self, cls: type) -> Schema:
        name = f"{cls.__module__}.{cls.__qualname__}"
        if name not in self.definitions:
            self.definitions[name] = {}  # before its settings: a class may hold its own kind
            self.definitions[name] = self.settings(cls)
        return {"$ref": f"#/$defs/{name}"}

    def _choice(self, wanted: type) -> Schema:
        name = wanted.__name__
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._chosen(wanted)
        return {"$ref": f"#/$defs/{name}"}

    def _chosen(self, wanted: type) -> Schema:
        """A class by its name alone, or ``{target, params}``."""
        short = self._aliases.get(wanted, {})
        listed: dict[type, list[str]] = {}
        itself = () if is_protocol(wanted) else (f"{wanted.__module__}:{wanted.__qualname__}",)
        for path in (*itself, *short.values(), *self._catalogue.get(wanted, ())):
            cls = locate(path, wanted.__name__)
            own = f"{cls.__module__}:{cls.__qualname__}"
            names = listed.setdefault(cls, [alias for alias, at in short.items() if at == path])
            names += [one for one in dict.fromkeys((path, own)) if one not in names]
        alone = [name for cls, names in listed.items() if not _required(cls) for name in names]
        every = [name for names in listed.values() for name in names]
        other = {"type": "string", "pattern": self._elsewhere()}
        named: Schema = {
            "type": "object",
            "properties": {
                "target": {"anyOf": [{"enum": every}, other]},
                "params": {"type": ["object", "null"]},
            },
            "required": ["target"],
            "additionalProperties": False,
        }
        if listed:
            named["allOf"] = [self._if_chosen(cls, names) for cls, names in listed.items()]
        return {"anyOf": [*([{"enum": alone}] if alone else []), other, named]}

    def _if_chosen(self, cls: type, names: Sequence[str]) -> Schema:
        params = self._reference(cls)
        then: Schema = {"properties": {"params": params}, "required": ["params"]}
        if not _required(cls):
            then = {"properties": {"params": {"anyOf": [params, {"type": "null"}]}}}
        chosen = {"properties": {"target": {"enum": list(names)}}, "required": ["target"]}
        return {"if": chosen, "then": then}

    def _elsewhere(self) -> str:
        """A dotted path, but into no package that is listed whole."""
        listed = "".join(rf"(?!{package}[.:])" for package in self._closed)
        return rf"^{listed}[^:]+:{_CLASS_NAME}$"


def _required(cls: type) -> bool:
    return any(one.default is inspect.Parameter.empty for one in parameters_of(cls).values())


def _default(value: Any) -> Schema:
    """Say a default that is plain; one that is made anew each time, or endless, is not."""
    plain = value is None or isinstance(value, str | int | float | tuple | enum.Enum)
    endless = isinstance(value, float) and not math.isfinite(value)
    return {"default": describe(value)} if plain and not endless else {}
