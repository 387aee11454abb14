"""Audits in a folder of runs: put away under what they are about, and found by it again."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any, get_args

from lstmtrader.audit.finding import AuditReport, Level, Outcome
from lstmtrader.errors import RunError
from lstmtrader.report.audit_page import render_audit

AUDITS = ".audits"
"""Folder of audits inside the folder of runs."""

_CONTENT, _PAGE = "audit.json", "audit.html"
_IDENTITY = re.compile(r"\w+")  # of which a path can be made: it may come from a file


def save_audit(runs: Path, report: AuditReport) -> Path:
    """Write an audit as JSON and as a page, and return the path of the page.

    A later one of the same identity and level takes its place; one of the other level stays
    beside it.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    folder = _folder(runs, report.identity, report.level)
    content = plain(report)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / _PAGE, render_audit(content))
        _replace(folder / _CONTENT, json.dumps(content, indent=2, allow_nan=False) + "\n")
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return folder / _PAGE


def find_audit(runs: Path, identity: str) -> AuditReport | None:
    """Return what is known of an identity; None where nobody has audited it.

    Of a quick and a full audit the full one, but whichever found a leak comes first.

    Raises
    ------
    RunError
        If one that is there cannot be read.
    """
    if not _IDENTITY.fullmatch(identity):
        return None
    found = [one for level in get_args(Level) if (one := _read(runs, identity, level)) is not None]
    return max(found, key=_strength, default=None)


def plain(report: AuditReport) -> dict[str, Any]:
    """Return an audit as JSON can hold it: a move beyond all bounds has no size."""
    content = report.to_dict()
    for probe in content["probes"]:
        for finding in probe["findings"]:
            size = finding["size"]
            finding["size"] = size if size is not None and math.isfinite(size) else None
    return content


def _strength(report: AuditReport) -> tuple[bool, bool]:
    return report.verdict is Outcome.LEAK, report.level == "full"


def _folder(runs: Path, identity: str, level: Level) -> Path:
    return runs / AUDITS / identity / level


def _read(runs: Path, identity: str, level: Level) -> AuditReport | None:
    path = _folder(runs, identity, level) / _CONTENT
    try:
        report = AuditReport.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path}: no audit can be read from it ({error}); audit again") from error
    if (report.identity, report.level) != (identity, level):
        raise RunError(f"{path}: this audit is of something else; audit again")
    return report


def _replace(path: Path, text: str) -> None:
    """Write a file that is either the old one or the new one, whenever it is read."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
