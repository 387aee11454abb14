"""Strict configuration: each object's constructor is its own schema.

`build` turns plain mappings (from YAML) into objects by the type hints of their constructors;
`describe` turns the objects back. Where a hint names a concrete class, its settings are given
directly, or a subclass is chosen; where it names a protocol, the class is chosen by its dotted
path::

    strategy: {target: "strategies.rank_long_short:RankLongShort", params: {top: 0.1}}

Nothing here knows what an experiment is.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any

import pydantic

from lstmtrader.config.locating import locate, nearest
from lstmtrader.config.reading import kind_of
from lstmtrader.errors import ConfigError, LstmtraderError

Aliases = Mapping[Any, Mapping[str, str]]

UNIONS = (typing.Union, types.UnionType)


def build(
    cls: type, settings: Mapping[str, Any], where: str = "", aliases: Aliases | None = None
) -> Any:
    """Construct `cls` from plain settings, strictly.

    Parameters
    ----------
    cls : type
        Its constructor's parameters and type hints are the schema.
    settings : mapping
    where : str
        Path of the settings, for messages.
    aliases : mapping of type to mapping of str to str, optional
        Short names for dotted paths, by protocol.

    Raises
    ------
    ConfigError
        Unknown or missing key, wrong type, unknown dotted path; the message names the key and
        the nearest valid name.
    """
    aliases = aliases or {}
    if not isinstance(settings, Mapping):
        raise ConfigError(f"{where or cls.__name__}: expected settings; got {kind_of(settings)}")
    parameters = parameters_of(cls)
    for key in settings:
        if key not in parameters:
            raise ConfigError(f"{_at(where, key)}: unknown key{nearest(key, parameters)}")
    for name, parameter in parameters.items():
        if name not in settings and parameter.default is inspect.Parameter.empty:
            raise ConfigError(f"{_at(where, name)}: missing; it has no default")
    hints = hints_of(cls)
    values = {
        key: build_value(value, hints.get(key, Any), _at(where, key), aliases)
        for key, value in settings.items()
    }
    try:
        return cls(**values)
    except LstmtraderError as error:
        raise type(error)(f"{where}: {error}" if where else str(error)) from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where or cls.__name__}: {error}") from error


def build_value(value: Any, hint: Any, where: str, aliases: Aliases) -> Any:
    """Turn one plain value into what a type hint says; the errors of `build`."""
    origin = typing.get_origin(hint)
    if origin in UNIONS:
        return _union(value, hint, where, aliases)
    if origin is tuple and typing.get_args(hint)[1:] == (Ellipsis,):
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{where}: expected a list; got {kind_of(value)}")
        inner = typing.get_args(hint)[0]
        return tuple(
            build_value(item, inner, f"{where}[{number}]", aliases)
            for number, item in enumerate(value)
        )
    if isinstance(hint, type):
        if is_protocol(hint):
            return _chosen(value, hint, where, aliases)
        if issubclass(hint, enum.Enum):
            return _member(value, hint, where)
        if dataclasses.is_dataclass(hint):
            if _names_a_class(value, hint):
                return _chosen(value, hint, where, aliases)
            return build(hint, value, where, aliases)
    strict = hint not in (datetime.date, datetime.datetime)
    try:
        return pydantic.TypeAdapter(hint).validate_python(value, strict=strict)
    except pydantic.ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise ConfigError(f"{where}: {reason[0].lower()}{reason[1:]}; got {value!r}") from error
    except pydantic.PydanticSchemaGenerationError:
        return value  # a hint that pydantic does not know is the constructor's own business


def _union(value: Any, hint: Any, where: str, aliases: Aliases) -> Any:
    arms = [arm for arm in typing.get_args(hint) if arm is not type(None)]
    if value is None and len(arms) < len(typing.get_args(hint)):
        return None
    errors = []
    for arm in arms:
        try:
            return build_value(value, arm, where, aliases)
        except ConfigError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    names = " or ".join(getattr(arm, "__name__", str(arm)) for arm in arms)
    raise ConfigError(f"{where}: expected {names}; got {value!r}")


def _names_a_class(value: Any, hint: type) -> bool:
    """Whether settings of a concrete class name a class of its kind instead, such as a preset."""
    if isinstance(value, str):
        return True
    return isinstance(value, Mapping) and "target" in value and "target" not in parameters_of(hint)


def _chosen(value: Any, protocol: type, where: str, aliases: Aliases) -> Any:
    """Build the class that a dotted path (or an alias) names.

    `protocol` may be a concrete class, too: then one of its subclasses is wanted.
    """
    short = aliases.get(protocol, {})
    spec: Any = {"target": value} if isinstance(value, str) else value
    if not isinstance(spec, Mapping) or "target" not in spec:
        known = f" (or one of {', '.join(short)})" if short else ""
        raise ConfigError(
            f'{where}: expected {{target: "module:Class", params: {{…}}}}{known}; got {value!r}'
        )
    for key in spec:
        if key not in ("target", "params"):
            near = nearest(key, ("target", "params"))
            raise ConfigError(f"{_at(where, key)}: unknown key{near}")
    target = spec["target"]
    if isinstance(target, str):
        target = short.get(target, target)
    cls = locate(target, where, short)
    _require_methods(cls, protocol, where)
    made = build(cls, spec.get("params") or {}, _at(where, "params"), aliases)
    if not isinstance(made, protocol):
        wanted = sorted(name for name in dir(protocol) if not name.startswith("_"))
        missing = [name for name in wanted if not hasattr(made, name)] or ["__call__"]
        raise ConfigError(
            f"{where}: {cls.__name__} is no {protocol.__name__}; it lacks {', '.join(missing)}"
        )
    return made


def _require_methods(cls: type, protocol: type, where: str) -> None:
    """Refuse a class that is none of the kind wanted before anything of it is run."""
    if not is_protocol(protocol):
        if not issubclass(cls, protocol):
            raise ConfigError(f"{where}: {cls.__name__} is no {protocol.__name__}")
        return
    for name, member in vars(protocol).items():
        public = name == "__call__" or not name.startswith("_")
        inherited = any(name in vars(base) for base in cls.__mro__)
        if public and inspect.isfunction(member) and not inherited:
            raise ConfigError(f"{where}: {cls.__name__} is no {protocol.__name__}; it lacks {name}")


def describe(made: Any, hint: Any = Any) -> Any:
    """Turn an object back into the plain settings that `build` made it from.

    A class that is no dataclass must keep its constructor's arguments under their own names.
    """
    if isinstance(made, enum.Enum):
        return made.value
    if isinstance(made, datetime.date):
        return made.isoformat()
    if made is None or isinstance(made, str | int | float | bool):
        return made
    if isinstance(made, list | tuple):
        return [describe(item) for item in made]
    if isinstance(made, Mapping):
        return {key: describe(item) for key, item in made.items()}
    hints = hints_of(type(made))
    settings = {}
    for name in parameters_of(type(made)):
        if name in _beside_the_point(type(made)):
            continue
        if not hasattr(made, name):
            raise ConfigError(
                f"{type(made).__name__}: its argument {name!r} cannot be read back; keep it as an "
                "attribute of the same name (a dataclass does)"
            )
        settings[name] = describe(getattr(made, name), hints.get(name, Any))
    arms = typing.get_args(hint) if typing.get_origin(hint) in UNIONS else (hint,)
    if type(made) in arms:
        return settings
    return {"target": f"{type(made).__module__}:{type(made).__qualname__}", "params": settings}


def _beside_the_point(cls: type) -> set[str]:
    """Fields that a dataclass leaves out of its identity: connections, clocks, not settings."""
    fields = dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()
    return {field.name for field in fields if not field.compare}


def is_protocol(hint: type) -> bool:
    """Whether a class is a protocol, so that one that keeps it must be chosen."""
    return bool(getattr(hint, "_is_protocol", False))


def parameters_of(cls: type) -> dict[str, inspect.Parameter]:
    """Parameters of a constructor by name: the keys of its settings."""
    if cls.__init__ is object.__init__:  # type: ignore[misc]
        return {}
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    found = list(signature.parameters.values())[1:]
    return {parameter.name: parameter for parameter in found}


def hints_of(cls: type) -> dict[str, Any]:
    """Type hints of a constructor's parameters by name; none where they cannot be resolved."""
    try:
        if dataclasses.is_dataclass(cls):
            # Field by field in the module of the class that declares it: a user's subclass need
            # not import the types of the settings it inherits.
            return typing.get_type_hints(cls)
        return typing.get_type_hints(cls.__init__)  # type: ignore[misc]
    except (NameError, TypeError):
        return {}


def _at(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _member(value: Any, hint: type[enum.Enum], where: str) -> enum.Enum:
    try:
        return hint(value)
    except ValueError as error:
        valid = ", ".join(str(member.value) for member in hint)
        raise ConfigError(f"{where}: expected one of {valid}; got {value!r}") from error
