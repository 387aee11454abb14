"""The proof that nothing leaks: probes over the whole pipeline, the user's own code included."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmtrader.audit.auditing import audit
    from lstmtrader.audit.finding import AuditReport

_HOMES = {"AuditReport": "finding", "audit": "auditing"}

__all__ = ["AuditReport", "audit"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
