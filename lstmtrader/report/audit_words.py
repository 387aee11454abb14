"""What an audit found, as the words and tables of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lstmtrader.report.tables import Table, table
from lstmtrader.report.wording import MISSING, number

NOT_AUDITED = "Not audited: lstmtrader audit CONFIG.yaml says whether anything leaks."

_LEAK, _CLEAN = "leak", "clean"


def audit_words(audit: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return everything the pages print of an audit; None where there is none.

    Parameters
    ----------
    audit : mapping, optional
        `AuditReport` as plain data.
    """
    if audit is None:
        return None
    probes = audit["probes"]
    return {
        "sentence": audit["sentence"],
        "is_leak": audit["verdict"] == _LEAK,
        "is_clean": audit["verdict"] == _CLEAN,
        "warning": leak_warning(audit["guilty"]),
        "about": f"Of {audit['experiment']}, {audit['level']}, {audit['created'] or 'undated'}; "
        f"identity {audit['identity']}.",
        "covers": "It holds for these settings, these prices and the user's own code as it was "
        "then, and for nothing else.",
        "probes": probes_table(probes),
        "findings": findings_table(probes),
        "lists": [
            (heading, said)
            for heading, key in (
                ("Could not judge", "unjudged"),
                ("Worth knowing", "notes"),
                ("Worth a look", "hints"),
            )
            if (said := _said(probes, key))
        ],
    }


def leak_warning(guilty: Sequence[str]) -> str:
    """Return the sentence for an audit that found a leak."""
    blamed = ", ".join(guilty) or "something"
    return (
        f"The audit found that something knows the future: {blamed}. No figure of this run is to "
        "be believed."
    )


def probes_table(probes: Sequence[Mapping[str, Any]]) -> Table:
    """Return a row a probe: what it did, and what came of it."""
    rows = [
        (one["probe"], outcome(one), one["did"], found(one), number(one["seconds"], 1))
        for one in probes
    ]
    return table(["Probe", "Outcome", "What was done", "Found", "Seconds"], rows)


def findings_table(probes: Sequence[Mapping[str, Any]]) -> Table:
    """Return a row a finding: which stage, since when, by how much."""
    rows = [
        (
            f"{one['stage']} {one['name']}".rstrip(),
            one["what"],
            " ".join(filter(None, (one["since"], one["symbol"]))) or MISSING,
            size(one),
        )
        for probe in probes
        for one in probe["findings"]
    ]
    return table(["Stage", "What moved", "Since", "By"], rows)


def outcome(probe: Mapping[str, Any]) -> str:
    """Return leak, could not judge, or clean."""
    if probe["findings"]:
        return _LEAK
    return "could not judge" if probe["unjudged"] else _CLEAN


def found(probe: Mapping[str, Any]) -> str:
    """Count what a probe found."""
    parts = [
        f"{len(said)} {word}{'' if len(said) == 1 else 's'}"
        for key, word in (("findings", "leak"), ("notes", "note"), ("hints", "hint"))
        if (said := probe[key])
    ]
    if probe["unjudged"]:
        parts.insert(1 if probe["findings"] else 0, f"{len(probe['unjudged'])} not judged")
    return ", ".join(parts) or MISSING


def size(finding: Mapping[str, Any]) -> str:
    """Return the largest move, with three significant digits."""
    value = finding["size"]
    return MISSING if value is None else f"{value:.3g}"


def _said(probes: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(text for one in probes for text in one[key]))
