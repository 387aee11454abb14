"""What a result depends on beside settings, code and prices."""

from __future__ import annotations

import importlib.metadata
import platform

_PACKAGES = (
    "lstmtrader", "torch", "pytorch-lightning", "vectorbt", "vectorbt-rust", "numpy", "pandas",
    "scikit-learn", "arch",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on."""
    found = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **found}
