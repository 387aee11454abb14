"""What an audit says: findings by stage, results of probes, one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

Level = Literal["quick", "full"]


class Stage(StrEnum):
    """Where in the pipeline something moved that must not; in the order things flow."""

    DATA = "data"
    UNIVERSE = "universe"
    FEATURE = "feature"
    SCALER = "scaler"
    TARGET = "target"
    FOLD = "fold"
    MODEL = "model"
    STRATEGY = "strategy"
    FILL = "fill"
    PIPELINE = "pipeline"  # the whole moves, although no stage by itself does


class Outcome(StrEnum):
    """What a probe found, or all of them together."""

    CLEAN = "clean"
    LEAK = "leak"
    UNJUDGED = "could not judge"


@dataclass(frozen=True)
class Finding:
    """One thing that knew what it could not know.

    Parameters
    ----------
    stage : Stage
    name : str
        Which: the name of the feature, the class of the model or strategy.
    what : str
        What was done and what moved, a sentence.
    since : str
        First bar that moved, as ISO text; empty where it is no matter of bars.
    symbol : str
        Symbol that moved there first; empty where it is no matter of symbols.
    size : float, optional
        Largest move, in units of what moved; None where numbers appeared or vanished, or where
        it is no matter of size.
    """

    stage: Stage
    name: str
    what: str
    since: str = ""
    symbol: str = ""
    size: float | None = None

    @property
    def guilty(self) -> str:
        """For people: ``feature centred_mean``."""
        return f"{self.stage} {self.name}".rstrip()


@dataclass(frozen=True)
class ProbeResult:
    """What one probe did and found.

    Parameters
    ----------
    probe : str
        ``future``, ``levels``, ``labels``, …
    did : str
        What it did, a sentence.
    findings : tuple of Finding
        Leaks. Any of them makes the verdict «leak».
    notes : tuple of str
        Worth knowing, and no leak: features that depend on the level of prices, or on more
        history than they say.
    hints : tuple of str
        Places in the user's code worth a look. They never make a verdict.
    unjudged : tuple of str
        What could not be tried, and why.
    seconds : float
        How long it took.
    """

    probe: str
    did: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        """Leak, else could not judge, else clean."""
        if self.findings:
            return Outcome.LEAK
        return Outcome.UNJUDGED if self.unjudged else Outcome.CLEAN


@dataclass(frozen=True)
class AuditReport:
    """The verdict on one experiment, with everything it rests on.

    Parameters
    ----------
    experiment : str
    level : {"quick", "full"}
    identity : str
        SHA-256 of settings, user code and prices: what the verdict is about, and nothing else.
    probes : tuple of ProbeResult
        In the order they were done.
    created : str
        UTC, ISO text.

    Examples
    --------
    >>> report = AuditReport("quickstart", "quick", identity="", probes=())
    >>> AuditReport.from_dict(report.to_dict()) == report
    True
    """

    experiment: str
    level: Level
    identity: str
    probes: tuple[ProbeResult, ...]
    created: str = ""

    @property
    def verdict(self) -> Outcome:
        """Leak if any probe found one, else could not judge if any could not, else clean."""
        outcomes = {one.outcome for one in self.probes}
        for outcome in (Outcome.LEAK, Outcome.UNJUDGED):
            if outcome in outcomes:
                return outcome
        return Outcome.CLEAN

    @property
    def exit_code(self) -> int:
        """0 clean, 1 leak, 2 could not judge."""
        return {Outcome.CLEAN: 0, Outcome.LEAK: 1, Outcome.UNJUDGED: 2}[self.verdict]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all probes, in the order things flow."""
        order = list(Stage)
        found = [finding for probe in self.probes for finding in probe.findings]
        return tuple(sorted(found, key=lambda finding: order.index(finding.stage)))

    @property
    def guilty(self) -> tuple[str, ...]:
        """Guilty stages by name, each once, the first in the flow first."""
        return tuple(dict.fromkeys(finding.guilty for finding in self.findings))

    @property
    def sentence(self) -> str:
        """For people and reports: ``audited: clean, full, 1a2b3c4d5e6f``."""
        blamed = f" ({', '.join(self.guilty)})" if self.guilty else ""
        return f"audited: {self.verdict}{blamed}, {self.level}, {self.identity[:12]}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, verdict included."""
        return {
            "verdict": self.verdict.value,
            "guilty": list(self.guilty),
            "sentence": self.sentence,
            **asdict(self),
        }

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> AuditReport:
        """Bring a report back from plain data."""
        probes = tuple(_probe(one) for one in content["probes"])
        return AuditReport(
            content["experiment"], content["level"], content["identity"], probes, content["created"]
        )


def _probe(content: Mapping[str, Any]) -> ProbeResult:
    findings = (
        Finding(**{**finding, "stage": Stage(finding["stage"])}) for finding in content["findings"]
    )
    texts = {name: tuple(content[name]) for name in ("notes", "hints", "unjudged")}
    return ProbeResult(
        content["probe"], content["did"], tuple(findings), **texts, seconds=content["seconds"]
    )
