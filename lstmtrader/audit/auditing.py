"""The audit: one study, every probe, one verdict."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lstmtrader.audit.elsewhere import Elsewhere
from lstmtrader.audit.finding import AuditReport, Finding, Level, ProbeResult, Stage
from lstmtrader.audit.identity import audit_identity, code_identity
from lstmtrader.audit.probes.data import probe_data
from lstmtrader.audit.probes.determinism import FreshLook, probe_determinism
from lstmtrader.audit.probes.features import probe_features
from lstmtrader.audit.probes.fills import probe_fills
from lstmtrader.audit.probes.hints import probe_hints
from lstmtrader.audit.probes.labels import probe_labels
from lstmtrader.audit.probes.levels import probe_levels
from lstmtrader.audit.probes.model import probe_model
from lstmtrader.audit.probes.placebo import probe_placebo
from lstmtrader.audit.probes.single_bars import probe_single_bars
from lstmtrader.audit.probes.startup import probe_startup
from lstmtrader.audit.probes.strategy import probe_strategy
from lstmtrader.audit.probes.unmoved import probe_unmoved
from lstmtrader.audit.probes.whole import probe_whole
from lstmtrader.audit.refusals import said
from lstmtrader.audit.subject import Subject
from lstmtrader.errors import ConfigError, LeakError, LstmtraderError, blaming
from lstmtrader.progress import Progress, Step, silent
from lstmtrader.study import Study

Probe = Callable[[Subject], ProbeResult]

_PROBES: dict[str, Probe] = {
    "determinism": probe_determinism,
    "future: features and labels": probe_features,
    "future: single bars": probe_single_bars,
    "unmoved features": probe_unmoved,
    "labels": probe_labels,
    "future: scaler and model": probe_model,
    "future: strategy": probe_strategy,
    "timing": probe_fills,
    "future: whole pipeline": probe_whole,
    "levels": probe_levels,
    "startup": probe_startup,
    "placebo": probe_placebo,
    "hints": probe_hints,
}


def audit(study: Study, level: Level = "full", progress: Progress = silent) -> AuditReport:
    """Try to catch every stage of a study knowing what it could not know yet.

    The study's prices are fetched once and frozen. Training is done with reduced networks: a
    leak is a matter of which numbers reach which, not of how well they are learnt.

    Parameters
    ----------
    study : Study
        Any `Experiment`, with features, strategies and models of one's own.
    level : {"quick", "full"}
        How many bars, folds, futures and seeds are tried.
    progress : Progress
        Told of every probe.

    Returns
    -------
    AuditReport
        With the verdict: clean, leak, or could not judge.

    Raises
    ------
    LstmtraderError
        If the study cannot be run at all.

    Examples
    --------
    >>> from lstmtrader import Experiment, PriceSource, WalkForward
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> from lstmtrader.features import ForwardReturn, Return
    >>> from lstmtrader.models import AlwaysLong
    >>> from strategies.buy_and_hold import BuyAndHold
    >>> experiment = Experiment(
    ...     name="small",
    ...     prices=PriceSource(SyntheticProvider(n_symbols=1, n_bars=160, seed=1)),
    ...     features=[Return(horizon=1)],
    ...     target=ForwardReturn(horizon=1, scaled=False),
    ...     walk_forward=WalkForward(train=80, validation=0, test=40),
    ...     model=AlwaysLong(),
    ...     strategy=BuyAndHold(),
    ... )
    >>> report = audit(experiment, "quick")
    >>> report.verdict.value, report.guilty
    ('clean', ())
    """
    if level not in ("quick", "full"):
        raise ConfigError(f"level: expected quick or full; got {level!r}")
    # The code that is about to be tried, whoever edits it now.
    stated = _stated(study)
    progress(Step("probe", 0, len(_PROBES) + 2, "prices"))
    subject = Subject.of(study, level)
    with Elsewhere() as other:
        probes: dict[str, Probe] = {
            "future: prices and universe": lambda one: probe_data(study.prices, one),
            **_PROBES,
            "fresh processes": FreshLook(subject, other),
        }
        results = []
        for done, (name, probe) in enumerate(probes.items()):
            progress(Step("probe", done, len(probes), name))
            results.append(_timed(name, probe, subject))
        progress(Step("probe", len(probes), len(probes), "done"))
    return AuditReport(
        experiment=study.name,
        level=level,
        identity=audit_identity(stated[0], subject.prices.sha256(), stated[1]) if stated else "",
        probes=tuple(_settled(results)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _stated(study: Study) -> tuple[dict[str, Any], str] | None:
    """Settings and their code, or None where they are no plain data.

    Such a study can be audited, but no run can be recognised as the same.
    """
    try:
        config = study.config
        # A function has no settings that tell it from another one.
        plain = "builtins:" not in json.dumps(config)
        return (config, code_identity(config)) if plain else None
    except (LstmtraderError, TypeError, ValueError):
        return None


def _timed(name: str, probe: Probe, subject: Subject) -> ProbeResult:
    began = time.perf_counter()
    try:
        with blaming(f"probe {name}"):
            result = probe(subject)
    except LeakError as error:
        result = ProbeResult(name, "stopped by the engine", (Finding(Stage.FOLD, "", said(error)),))
    except LstmtraderError as error:
        result = ProbeResult(name, "stopped by an error", unjudged=(said(error),))
    return replace(result, probe=name, seconds=round(time.perf_counter() - began, 3))


def _settled(results: list[ProbeResult]) -> list[ProbeResult]:
    """Take back «the whole pipeline» where a stage of it was found guilty by itself."""
    stages = {finding.stage for result in results for finding in result.findings}
    if stages <= {Stage.PIPELINE}:
        return results
    return [
        replace(
            result,
            findings=tuple(one for one in result.findings if one.stage is not Stage.PIPELINE),
            notes=(
                *result.notes,
                *(
                    f"{one.name}: {one.what}"
                    for one in result.findings
                    if one.stage is Stage.PIPELINE
                ),
            ),
        )
        for result in results
    ]
