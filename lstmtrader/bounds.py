"""Bounds of settings, refused in one wording: by name, what was expected, and what came."""

from __future__ import annotations

import math

from lstmtrader.errors import ConfigError


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


def not_negative(**settings: float) -> None:
    """Raise a `ConfigError` for the first setting that is no finite number of at least 0."""
    for name, value in settings.items():
        if not 0 <= value < math.inf:
            raise ConfigError(f"{name}: expected a finite number of at least 0; got {value}")
