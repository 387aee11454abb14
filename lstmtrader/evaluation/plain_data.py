"""Figures as plain data, as they are written to JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(content: Any) -> Any:
    """Return plain data for JSON: names as text, None for what is not finite."""
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    return None if isinstance(content, float) and not math.isfinite(content) else content
