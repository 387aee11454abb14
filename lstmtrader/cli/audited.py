"""The audit of a finished run, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from lstmtrader.audit.finding import AuditReport
    from lstmtrader.run_catalogue.entry import Entry


def audit_of(entry: Entry) -> AuditReport | None:
    """Look up in the folder of runs what an audit says now of the code that ran.

    One that cannot be read is a warning, and no error.
    """
    from lstmtrader.audit.saved import find_audit
    from lstmtrader.errors import RunError

    try:
        return find_audit(entry.path.parent, str(entry.environment.get("audit_identity", "")))
    except RunError as error:
        typer.echo(f"warning: what an audit says now is not known: {error}", err=True)
        return None


def verdict_on(entry: Entry) -> str | None:
    """Return in one sentence what an audit says now, else what one said on the day of the run."""
    found = audit_of(entry)
    then = entry.words.get("audit")
    if found is not None or not isinstance(then, dict):
        return None if found is None else found.sentence
    return str(then.get("sentence"))
