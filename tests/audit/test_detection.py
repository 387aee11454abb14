"""Every planted leak is found, at the stage it was planted in, and by its name."""

from __future__ import annotations

from functools import cache

import pytest

from lstmtrader.audit import audit
from lstmtrader.audit.finding import AuditReport, Outcome, Stage
from tests.audit.ground import BASE
from tests.audit.planted import FIRST_RUN_THEN_AUDITED, GROUPS, LEAKS, Leak, side_by_side

IN_GROUPS = frozenset(name for names in GROUPS for name in names)


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


@pytest.mark.parametrize("name", [name for name in LEAKS if name not in IN_GROUPS])
def test_a_planted_leak_is_found_and_named(name: str) -> None:
    blames(LEAKS[name])


@cache
def together(names: tuple[str, ...]) -> AuditReport:
    """The audit of several leaky features in one experiment."""
    return audit(side_by_side(names), level="quick")


@pytest.mark.parametrize(
    ("name", "names"),
    [
        pytest.param(name, names, id=name, marks=pytest.mark.xdist_group(f"leaks {number}"))
        for number, names in enumerate(GROUPS)
        for name in names
    ],
)
def test_a_leaky_feature_is_found_and_named_among_others(name: str, names: tuple[str, ...]) -> None:
    leak, report = LEAKS[name], together(names)
    assert report.verdict is Outcome.LEAK, report
    assert report.findings[0].stage is Stage.FEATURE, report.guilty
    assert f"feature {leak.name}" in report.guilty
    # Every one of them is, and whoever stands beside them is innocent.
    features = {one.name for one in report.findings if one.stage is Stage.FEATURE}
    assert features == {LEAKS[other].name for other in names}


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_a_feature_among_others_is_asked_what_it_is_asked_alone(names: tuple[str, ...]) -> None:
    """Bars after which the future is changed follow from prices and folds, and those are the same.

    Only so does being found among others mean being found alone.
    """
    joined, prices = side_by_side(names), BASE.prices.fetch()
    for name in names:
        alone = LEAKS[name].experiment
        assert alone.prices == joined.prices
        assert list(alone.folds(prices)) == list(joined.folds(prices))


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
