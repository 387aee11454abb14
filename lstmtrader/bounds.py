"""Bounds of settings, refused in one wording: by name, what was expected, and what came."""

from __future__ import annotations

import enum
import math
from typing import TypeVar

from lstmtrader.errors import ConfigError

Kind = TypeVar("Kind", bound=enum.Enum)


def at_least(least: int, /, **settings: float) -> None:
    """Raise a `ConfigError` for the first setting that is smaller."""
    for name, value in settings.items():
        if value < least:
            raise ConfigError(f"{name}: expected at least {least}; got {value}")


def above_zero(**settings: float) -> None:
    """Raise a `ConfigError` for the first setting that is no finite number above 0."""
    for name, value in settings.items():
        if not 0 < value < math.inf:
            raise ConfigError(f"{name}: expected a finite number above 0; got {value}")


def one_of(kind: type[Kind], /, **settings: object) -> Kind:
    """Return the one setting as a member of an enumeration, or raise a `ConfigError`."""
    ((name, value),) = settings.items()
    try:
        return kind(value)
    except ValueError as error:
        valid = ", ".join(str(member.value) for member in kind)
        raise ConfigError(f"{name}: expected one of {valid}; got {value!r}") from error


def whole(least: int, /, **settings: object) -> None:
    """Raise a `ConfigError` for the first setting that is no whole number from `least` on."""
    for name, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ConfigError(f"{name}: expected a whole number from {least}; got {value!r}")


def not_negative(**settings: float) -> None:
    """Raise a `ConfigError` for the first setting that is no finite number of at least 0."""
    for name, value in settings.items():
        if not 0 <= value < math.inf:
            raise ConfigError(f"{name}: expected a finite number of at least 0; got {value}")
