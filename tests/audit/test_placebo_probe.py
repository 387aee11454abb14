"""Law: chance is not called a leak, a leak is not called chance, and what is told is found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from lstmtrader.audit.finding import Outcome, Stage
from lstmtrader.audit.probes.hits import Neutral, count_hits, forecast_sides
from lstmtrader.audit.probes.noise import draws_like, redrawn_after
from lstmtrader.audit.probes.placebo import probe_placebo
from lstmtrader.features import (
    AbsoluteReturn,
    BeatMedian,
    Direction,
    ForwardRank,
    ForwardVolatility,
    Return,
    TripleBarrier,
)
from lstmtrader.forecast import ForecastKind
from lstmtrader.models import AlwaysLong, Boosting, Har, HistoricalMean, LastValue, Momentum, Ridge
from lstmtrader.panel import Panel
from lstmtrader.prices import PriceFrame
from strategies.direct_positions import DirectPositions
from strategies.volatility_target import VolatilityTarget
from tests.audit.forgetful import BackToAverage, Tomorrow
from tests.audit.subjects import MARKET, study, subject

POSITIONS = {"strategy": DirectPositions(window=20)}


def _noise_like(prices: PriceFrame, seed: int = 0) -> PriceFrame:
    return next(draws_like(prices, np.random.default_rng(seed)))


class TestPrices:
    """What is drawn looks like what it stands for, and remembers nothing."""

    def test_symbols_bars_fields_and_holes_are_kept(self) -> None:
        prices = MARKET.fetch()
        noise = _noise_like(prices)
        for name in ("close", "open", "high", "low", "volume"):
            one, other = getattr(prices, name), getattr(noise, name)
            assert one.isna().equals(other.isna())
            assert one.index.equals(other.index)
        assert ((noise.high >= noise.close) | noise.close.isna()).all(axis=None)
        assert ((noise.low <= noise.open) | noise.open.isna()).all(axis=None)
        closes = _noise_like(replace(prices, open=None, volume=None))
        assert closes.open is None
        assert closes.volume is None

    def test_each_symbol_keeps_its_own_volatility_and_no_memory(self) -> None:
        close = pd.DataFrame(
            100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, [0.01, 0.04], (3000, 2)), 0)),
            index=pd.bdate_range("2000-01-03", periods=3000),
            columns=["calm", "wild"],
        )
        noise = _noise_like(PriceFrame(close), 2)
        returns = np.log(noise.close).diff().dropna()
        np.testing.assert_allclose(returns.std(), [0.01, 0.04], rtol=0.08)
        for symbol in returns:
            assert abs(returns[symbol].autocorr()) < 4 / np.sqrt(3000)
        assert abs(returns.corr().iloc[0, 1]) < 4 / np.sqrt(3000)

    def test_another_future_has_the_same_past_and_goes_on_from_there(self) -> None:
        noise = _noise_like(MARKET.fetch())
        other = redrawn_after(noise, _noise_like(noise, 1), 400, 5)
        assert other.n_bars == 406
        for name in ("close", "open", "high", "low"):
            assert getattr(other, name).iloc[:401].equals(getattr(noise, name).iloc[:401])
        moves = np.log(other.close.iloc[401] / other.close.ffill().iloc[400]).dropna()
        assert (moves.abs() < 0.2).all()
        assert (moves != np.log(noise.close.iloc[401] / noise.close.iloc[400])).all()


KINDS = ("noise", "persistent", "constant", "trend", "crowd")


@cache
def _alarms(n_runs: int, *, across: bool, span: int = 2) -> Counter[str]:
    """How often forecasts that know nothing are taken for a leak, of so many runs of each kind."""
    rng = np.random.default_rng(11)
    shape, alarms = (240, 5), Counter[str]()
    reference = _outcomes(rng, (6000, 5), span, across=across)
    neutral = Neutral.of([reference], ForecastKind.RETURN)
    for _ in range(n_runs):
        said: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
        came = []
        for _ in range(2):
            outcome = _outcomes(rng, shape, span, across=across)
            known = np.vstack([np.zeros((span, 5)), outcome[:-span]])
            forecasts = {
                "noise": rng.normal(size=shape),
                "persistent": np.cumsum(rng.normal(size=shape), axis=0),
                "constant": np.ones(shape) * rng.choice([-1, 1], 5),
                "trend": np.cumsum(known, axis=0),
                "crowd": np.repeat(rng.normal(size=(240, 1)), 5, axis=1),
            }
            came.append(outcome)
            for kind, forecast in forecasts.items():
                side = forecast_sides(forecast, np.zeros((1, 5)), ForecastKind.RETURN)
                said[kind].append(side)
        for kind in KINDS:
            alarms[kind] += count_hits(said[kind], came, neutral, span).beyond_chance
    return alarms


def _outcomes(
    rng: np.random.Generator, shape: tuple[int, int], span: int, *, across: bool
) -> np.ndarray:
    """Overlapping sums of independent returns, of which the symbols may be compared."""
    returns = rng.normal(size=(shape[0] + span, shape[1])) * [1, 2, 3, 4, 5]
    ahead = np.stack([returns[lag : shape[0] + lag] for lag in range(span)]).sum(axis=0)
    return ahead - np.median(ahead, axis=1, keepdims=True) if across else ahead


@pytest.mark.parametrize(
    "across",
    [
        pytest.param(False, id="own", marks=pytest.mark.xdist_group("alarms, own")),
        pytest.param(True, id="across symbols", marks=pytest.mark.xdist_group("alarms, across")),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_forecasts_that_know_nothing_raise_hardly_an_alarm(kind: str, across: bool) -> None:
    """One in 2,000 at most is meant; more than 3 of 2,000 would be a rate above that (p 0.02)."""
    assert _alarms(2000, across=across)[kind] <= 3


def test_a_forecast_that_knows_a_little_raises_one() -> None:
    rng = np.random.default_rng(0)
    outcome = rng.normal(size=(240, 20))
    forecast = 0.3 * outcome + rng.normal(size=(240, 20))
    neutral = Neutral.of([rng.normal(size=(3000, 20))], ForecastKind.RETURN)
    hits = count_hits([forecast_sides(forecast, forecast * 0, ForecastKind.RETURN)], [outcome],
                      neutral, 1)  # fmt: skip
    assert 0.55 < hits.rate < 0.65
    assert hits.beyond_chance


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"model": Boosting()},
        {"model": LastValue()},
        {"model": HistoricalMean()},
        {"target": ForwardRank(5)},
        {"target": BeatMedian(2), "model": LastValue()},
        {"target": Direction(3), "model": LastValue()},
        {"target": TripleBarrier(5, 1.0, 2.0, 20), "model": LastValue(), **POSITIONS},
        {"target": ForwardVolatility(3), "features": (AbsoluteReturn(5), Return(1)),
         "strategy": VolatilityTarget()},
        {"model": AlwaysLong(), **POSITIONS},
        {"model": Momentum("return_5"), **POSITIONS},
    ],
    ids=["ridge", "boosting", "last", "mean", "rank", "median", "direction", "barrier",
         "volatility", "long", "momentum"],
)  # fmt: skip
def test_a_sound_study_is_clean(parts: dict[str, object]) -> None:
    found = probe_placebo(subject(study(**parts)))
    assert (found.outcome, found.findings, found.unjudged) == (Outcome.CLEAN, (), ())


def test_a_feature_of_tomorrow_is_a_leak_of_the_pipeline() -> None:
    found = probe_placebo(subject(study(features=(Return(5), Tomorrow()))))
    assert {finding.stage for finding in found.findings} == {Stage.PIPELINE}
    (finding,) = found.findings
    assert finding.size is not None
    assert finding.size > 0.2


def test_a_target_that_the_past_tells_about_is_no_leak() -> None:
    """Hits lie far above one half, and not above those on other futures of the same past."""
    found = probe_placebo(subject(study(target=BackToAverage())))
    assert found.findings == ()


def test_a_model_that_finds_what_it_is_told_gets_no_note() -> None:
    assert probe_placebo(subject(study())).notes == ()


@pytest.mark.parametrize(
    "parts",
    [
        {"model": AlwaysLong(), **POSITIONS},
        {"model": Har(), "target": ForwardVolatility(3), "features": (AbsoluteReturn(5),),
         "strategy": VolatilityTarget()},
        {"model": LastValue()},
    ],
    ids=["long", "har", "last"],
)  # fmt: skip
def test_a_model_that_reads_no_feature_is_said_to_see_no_oracle(parts: dict[str, object]) -> None:
    notes = probe_placebo(subject(study(**parts))).notes
    assert any("reads no feature" in note for note in notes)


def test_a_model_that_reads_one_feature_is_told_there() -> None:
    found = probe_placebo(subject(study(model=Momentum("return_5"), **POSITIONS)))
    assert not any("reads no feature" in note for note in found.notes)


@dataclass(frozen=True)
class Peeks(Ridge):
    """A model that forecasts each bar from the bars after it."""

    def fit_many(self, tasks, progress=None):  # type: ignore[no-untyped-def]
        return [_Peeking(one) for one in Ridge(self.lags).fit_many(tasks)]


@dataclass(frozen=True, eq=False)
class _Peeking:
    inner: object

    @property
    def record(self):  # type: ignore[no-untyped-def]
        return self.inner.record  # type: ignore[attr-defined]

    def predict(self, context: Panel, /):  # type: ignore[no-untyped-def]
        later = np.roll(context.outcome, -2, axis=1)
        made = self.inner.predict(context)  # type: ignore[attr-defined]
        return replace(made, members=np.where(np.isnan(made.members), np.nan, later.T[None]))


def test_a_model_that_peeks_is_caught() -> None:
    found = probe_placebo(subject(study(model=Peeks())))
    assert Stage.PIPELINE in {finding.stage for finding in found.findings}
