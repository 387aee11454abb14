"""What machine and which versions a benchmark ran on, to print beside its figures."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def facts(packages: Iterable[str]) -> str:
    """Return two lines: the machine with its load now, and the versions of packages."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}{load}\n{', '.join(versions)}"
    )
