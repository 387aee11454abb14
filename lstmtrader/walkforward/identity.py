"""What a fit depends on beside its data: settings, source code, libraries, processor."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import pkgutil
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lstmtrader
from lstmtrader.walkforward.code import code_digest

_LIBRARIES = (
    "torch", "pytorch-lightning", "numpy", "scipy", "pandas", "scikit-learn", "arch", "statsmodels",
)  # fmt: skip


@dataclass(frozen=True)
class Provenance:
    """Where a fit comes from.

    Parameters
    ----------
    settings : str
        The model's settings as text.
    sources : str
        SHA-256 of the source files of the models, and of the user's own code as it is loaded.
    versions : tuple of (str, str)
        Of Python, of the libraries that fit, and of the processor.
    """

    settings: str
    sources: str
    versions: tuple[tuple[str, str], ...]

    @staticmethod
    def of(forecaster: Any, settings: Mapping[str, Any] | str) -> Provenance:
        """Find out where the fits of a forecaster come from."""
        text = settings if isinstance(settings, str) else json.dumps(settings, sort_keys=True)
        return Provenance(text, _sources(forecaster), _versions())

    @property
    def sha256(self) -> str:
        """One hash of it all."""
        return hashlib.sha256(json.dumps(dataclasses.astuple(self)).encode()).hexdigest()


def _sources(forecaster: Any) -> str:
    package = Path(lstmtrader.__file__).parent
    files = {*(package / "models").rglob("*.py"), *(package / "walkforward").glob("job.py")}
    digest = hashlib.sha256()
    for content in sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files):
        digest.update(content.encode())
    digest.update(code_digest(list(_classes(forecaster, depth=5))).encode())
    return digest.hexdigest()


def _classes(thing: Any, depth: int) -> Iterator[type]:
    """Classes of an object and of what it is made of; dotted paths count as what they name."""
    if depth == 0:
        return
    if isinstance(thing, str):
        if thing.count(":") == 1:
            try:
                named = pkgutil.resolve_name(thing)
            except (ImportError, AttributeError, ValueError):
                return
            if isinstance(named, type):
                yield named
        return
    if isinstance(thing, int | float | None):
        return
    yield type(thing)
    if isinstance(thing, list | tuple | set | frozenset):
        parts: Any = thing
    elif isinstance(thing, Mapping):
        parts = thing.values()
    else:
        parts = getattr(thing, "__dict__", {}).values()
    for part in parts:
        yield from _classes(part, depth - 1)


def _versions() -> tuple[tuple[str, str], ...]:
    found = {"lstmtrader": lstmtrader.__version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    # The last bits of a matrix product depend on the vector instructions there are.
    found["processor"] = f"{platform.machine()} {_vector_instructions()}"
    return tuple(sorted(found.items()))


def _vector_instructions() -> str:
    import torch

    return str(torch.backends.cpu.get_cpu_capability())
