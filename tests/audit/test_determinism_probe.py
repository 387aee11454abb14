"""Law: what answers one question in two ways is found and named; what does not is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from lstmtrader.audit.elsewhere import Elsewhere
from lstmtrader.audit.finding import Outcome, ProbeResult, Stage
from lstmtrader.audit.probes.data import probe_data
from lstmtrader.audit.probes.determinism import FreshLook, probe_determinism
from lstmtrader.audit.subject import Subject
from lstmtrader.data.provider import EVERYTHING, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.features import Return
from lstmtrader.features.feature import Feature
from lstmtrader.models import Ridge
from lstmtrader.models.forecaster import FitTask, FittedForecaster
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.splits import Fold
from lstmtrader.study import Study
from tests.audit import forgetful
from tests.audit.subjects import MARKET, study, subject


def asked_twice(one: Subject) -> ProbeResult:
    """Here, and in fresh processes."""
    with Elsewhere() as other:
        fresh = FreshLook(one, other)
        here, there = probe_determinism(one), fresh(one)
    return replace(
        here,
        findings=here.findings + there.findings,
        unjudged=here.unjudged + there.unjudged,
    )


def test_a_sound_study_is_clean() -> None:
    found = asked_twice(subject(study()))
    assert (found.outcome, found.findings, found.unjudged) == (Outcome.CLEAN, (), ())


@pytest.mark.parametrize(
    ("feature", "what"),
    [
        (forgetful.Whisper(), "two calls on the same prices differ by"),
        (forgetful.Counting(), "two calls on the same prices differ by"),
        (forgetful.OfTheProcess(), "here and in a fresh process, the same prices differ by"),
        (forgetful.OfTheHash(), "here and in a fresh process, the same prices differ by"),
        (forgetful.Remembers(), "keeps something from the prices it saw first"),
        (forgetful.Tomorrow(), "rows up to there differ"),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_feature_with_two_answers_is_named(feature: Feature, what: str) -> None:
    found = asked_twice(subject(study(features=(Return(1), feature))))
    assert {finding.name for finding in found.findings} == {feature.name}
    assert {finding.stage for finding in found.findings} == {Stage.FEATURE}
    assert any(what in finding.what for finding in found.findings)


def test_noise_of_a_billionth_is_measured() -> None:
    found = asked_twice(subject(study(features=(Return(1), forgetful.Whisper()))))
    size = found.findings[0].size
    assert size is not None
    assert 1e-10 < size < 1e-7


def test_a_restless_strategy_is_named() -> None:
    found = asked_twice(subject(study(strategy=forgetful.Restless())))
    assert {finding.guilty for finding in found.findings} == {"strategy Restless"}


@dataclass(frozen=True)
class Drifting:
    """A provider whose prices differ by a rounding at each fetch."""

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = MARKET.fetch(request)
        factor = 1 + 1e-9 * np.random.default_rng().random()
        return replace(prices, close=prices.close * factor)


@dataclass(frozen=True)
class Moody(Ridge):
    """A model whose fits depend on more than their seed."""

    def fit_many(self, tasks: list[FitTask], progress: Progress = silent) -> list[FittedForecaster]:
        penalty = float(np.random.default_rng().uniform(1, 100))
        return Ridge(self.lags, (penalty,)).fit_many(tasks, progress)


@dataclass(frozen=True)
class Wavering(Study):
    """A study that cuts its folds somewhere else each time."""

    def folds(self, prices: PriceFrame) -> list[Fold]:
        return super().folds(prices)[: int(np.random.default_rng().integers(1, 3))]


def test_prices_that_differ_from_fetch_to_fetch_are_named() -> None:
    source = PriceSource(Drifting())
    found = probe_data(source, subject(study(prices=source)))
    assert {finding.guilty for finding in found.findings} == {"data Drifting"}


def test_a_moody_model_is_named() -> None:
    found = asked_twice(subject(study(model=Moody())))
    assert {finding.guilty for finding in found.findings} == {"model Moody"}


def test_wavering_folds_are_named() -> None:
    made = study()
    own = Wavering(**{name: getattr(made, name) for name in made.__dataclass_fields__})
    one = subject(own)
    one = replace(one, folds=one.folds + one.folds[:1])  # what no second cut can give
    found = asked_twice(one)
    assert "fold Wavering" in {finding.guilty for finding in found.findings}


def test_a_feature_that_fails_is_unjudged() -> None:
    one = subject(study())
    broken = replace(
        one, study=replace(one.study, features=(Return(1), forgetful.Raises(lookback=6)))
    )
    found = asked_twice(broken)
    assert found.outcome is Outcome.UNJUDGED
    assert any("no luck today" in reason for reason in found.unjudged)
