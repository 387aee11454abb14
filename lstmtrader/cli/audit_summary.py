"""What an audit found, on the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from lstmtrader.audit.finding import AuditReport, Outcome
from lstmtrader.audit.saved import plain
from lstmtrader.cli.runs_tables import terminal
from lstmtrader.report.audit_words import audit_words, found
from lstmtrader.report.wording import number

_STYLES = {Outcome.CLEAN: "green", Outcome.LEAK: "bold red", Outcome.UNJUDGED: "yellow"}


def print_audit(report: AuditReport, page: Path) -> None:
    """Print probes, then leaks with since when and by how much, then notes, then the verdict."""
    console = terminal()
    content = plain(report)
    table = Table()
    for name in ("Probe", "Outcome", "Found"):
        table.add_column(name, no_wrap=True)
    table.add_column("Seconds", justify="right", no_wrap=True)
    for probe, row in zip(report.probes, content["probes"], strict=True):
        table.add_row(
            escape(probe.probe),
            f"[{_STYLES[probe.outcome]}]{probe.outcome}",
            found(row),
            number(probe.seconds, 1),
        )
    console.print(table)
    for finding in report.findings:
        where = ", ".join(
            filter(
                None,
                (
                    f"since {finding.since}" if finding.since else "",
                    finding.symbol,
                    "" if finding.size is None else f"by {finding.size:.3g}",
                ),
            )
        )
        said = f"{escape(finding.what)}" + (f" ({escape(where)})" if where else "")
        console.print(f"[bold red]{escape(finding.guilty)}[/]: {said}", soft_wrap=True)
    words = audit_words(content)
    for heading, texts in words["lists"] if words else ():
        console.print(f"{heading}:")
        for text in texts:
            console.print(f"  {escape(text)}", soft_wrap=True)
    console.print(f"[{_STYLES[report.verdict]}]{escape(report.sentence)}", soft_wrap=True)
    console.print(f"audit: {escape(str(page))}", soft_wrap=True)
