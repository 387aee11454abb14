"""A finished run, and what its report shows today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmtrader.report.sheet import TearSheet
    from lstmtrader.run_catalogue.entry import Entry


def require_finished(entry: Entry) -> None:
    """Refuse a run that was interrupted, and a sweep."""
    from lstmtrader.errors import RunError

    if entry.state == "incomplete":
        raise RunError(f"{entry.path} is not complete; run the same command again to finish it")
    if entry.kind == "sweep":
        raise RunError(f"{entry.path} is a sweep; its picture is {entry.path / 'sweep.html'}")


def sheet_of(entry: Entry) -> TearSheet:
    """Read what the report shows, with what an audit says now instead of on the day of the run."""
    from lstmtrader.audit.saved import plain
    from lstmtrader.cli.audited import audit_of
    from lstmtrader.report.saved import read_sheet

    sheet, found = read_sheet(entry.path), audit_of(entry)
    return sheet if found is None else replace(sheet, audit=plain(found))
