"""Every planted leak is found, at the stage it was planted in, and by its name."""

from __future__ import annotations

import pytest

from lstmtrader.audit import audit
from lstmtrader.audit.finding import Outcome, Stage
from tests.audit.planted import FIRST_RUN_THEN_AUDITED, LEAKS, Leak


def blames(leak: Leak) -> None:
    report = audit(leak.experiment, level="quick")
    assert report.verdict is Outcome.LEAK, report
    first = report.findings[0]
    assert first.stage in leak.stages, report.guilty
    assert leak.name in first.name, report.guilty
    assert first.guilty in report.guilty
    # Whoever stands beside a leaky feature is innocent.
    features = {one.name for one in report.findings if one.stage is Stage.FEATURE}
    assert features <= {leak.name} or leak.stages != (Stage.FEATURE,), report.guilty


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_found_and_named(name: str) -> None:
    blames(LEAKS[name])


@pytest.mark.parametrize("name", FIRST_RUN_THEN_AUDITED)
def test_a_leak_that_remembers_is_found_though_it_was_run_before(name: str) -> None:
    leak = LEAKS[name]
    leak.experiment.run()
    blames(leak)


def test_there_are_many_leaks_and_some_at_every_stage() -> None:
    assert len(LEAKS) >= 100
    assert {stage for leak in LEAKS.values() for stage in leak.stages[:1]} == set(Stage) - {
        Stage.PIPELINE
    }
