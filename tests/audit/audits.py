"""Reports of audits, written by hand."""

from __future__ import annotations

from dataclasses import replace

from lstmtrader.audit.finding import AuditReport, Finding, ProbeResult, Stage

IDENTITY = "ab12" * 16
HOSTILE = '<b onclick="x">&"\'</script> [red]no[/red] |'

FUTURE = ProbeResult("future", "Every price after a bar was changed.", seconds=1.25)
LEAKING = replace(
    FUTURE,
    findings=(
        Finding(Stage.STRATEGY, "Peeking", "Weights moved.", "2019-03-04", "KO", 0.25),
        Finding(
            Stage.FEATURE, f"centred {HOSTILE}", f"It moved {HOSTILE}.", "2018-01-02", "AAPL", 1e-3
        ),
        Finding(Stage.DATA, "", "Bars vanished."),
    ),
    notes=("feature level depends on the level of prices",),
)
UNSURE = ProbeResult(
    "timing", "Fills were moved.", unjudged=("no opens in these prices",), seconds=0.5
)
HINTED = ProbeResult("hints", "The code was read.", hints=("theirs.py:12: .shift(-1)",))


def audited(*probes: ProbeResult, level: str = "full", identity: str = IDENTITY) -> AuditReport:
    """Return the report of an audit with these results."""
    assert level in ("quick", "full")
    kind = "full" if level == "full" else "quick"
    return AuditReport("tiny", kind, identity, probes, "2026-11-21T16:00:00+00:00")


CLEAN, LEAK, UNJUDGED = audited(FUTURE, HINTED), audited(LEAKING, UNSURE), audited(FUTURE, UNSURE)
