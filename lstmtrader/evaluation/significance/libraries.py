"""arch and skfolio, imported late: each takes a second, and changes warnings and environment."""

from __future__ import annotations

from functools import cache
from typing import Any

from lstmtrader.isolation import untouched


@cache
def resampling() -> Any:
    """Return ``arch.bootstrap``."""
    with untouched():
        import arch.bootstrap
    return arch.bootstrap


@cache
def splitting() -> Any:
    """Return ``skfolio.model_selection``."""
    with untouched():
        import skfolio.model_selection
    return skfolio.model_selection
