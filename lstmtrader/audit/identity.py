"""Identity: what a verdict is about, so that it holds for nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import lstmtrader
from lstmtrader.audit.sources import source_digest
from lstmtrader.evaluation.trials import BESIDE_THE_ACCOUNT, variant_hash


def audit_identity(config: Mapping[str, Any], data_hash: str, code: str | None = None) -> str:
    """SHA-256 of settings, user code, prices and the version of this package.

    It changes as soon as any of them does. Settings count but for the name, the baselines and the
    benchmark, on which no order depends. Code counts twice: as it is loaded in this process, and
    as it lies on disk, with every module of the user that it imports, so that even a comment makes
    a new identity. Files that the user's code reads by itself do not count.

    Parameters
    ----------
    config : mapping of str to object
        The settings as plain data, defaults included: `Study.config`.
    data_hash : str
        SHA-256 of the prices: `PriceFrame.sha256`.
    code : str, optional
        What `code_identity` gave for these settings earlier, before something long was computed
        with that code; None for the code of now.
    """
    parts = (code_identity(config) if code is None else code, data_hash, lstmtrader.__version__)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def code_identity(config: Mapping[str, Any]) -> str:
    """SHA-256 of settings and user code, as in `audit_identity`: all but the prices."""
    kept = {key: value for key, value in config.items() if key not in BESIDE_THE_ACCOUNT}
    parts = (variant_hash(config), source_digest(_modules(kept)))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _modules(settings: Any) -> set[str]:
    """Modules that dotted paths in settings name."""
    if isinstance(settings, Mapping):
        settings = list(settings.values())
    if isinstance(settings, list | tuple):
        return set().union(*map(_modules, settings))
    if isinstance(settings, str) and settings.count(":") == 1:
        module = settings.partition(":")[0]
        if all(part.isidentifier() for part in module.split(".")):
            return {module}
    return set()
