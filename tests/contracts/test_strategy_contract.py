"""Law 6, strategies: what is held at t follows from what was known at t."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import strategies
from lstmtrader.contracts.forecasts import random_forecast
from lstmtrader.contracts.strategies import STRATEGY_LAWS, Law, knows_no_future, weights_of
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from strategies.beta_neutral import BetaNeutral
from strategies.buy_and_hold import BuyAndHold
from strategies.confidence_filtered import ConfidenceFiltered
from strategies.direct_positions import DirectPositions
from strategies.ensemble import Ensemble
from strategies.fixed_weights import FixedWeights
from strategies.kelly import Kelly
from strategies.long_flat import LongFlat
from strategies.mean_variance import MeanVariance
from strategies.momentum_12_1 import Momentum12Minus1
from strategies.moving_average_crossover import MovingAverageCrossover
from strategies.rank_long_short import RankLongShort
from strategies.regime_filter import RegimeFilter
from strategies.risk_parity import RiskParity
from strategies.sector_neutral import SectorNeutral
from strategies.short_term_reversal import ShortTermReversal
from strategies.volatility_target import VolatilityTarget

Answer = Callable[[Strategy, ForecastKind], pd.DataFrame]
Changed = Callable[[PriceFrame, Any], PriceFrame]

SECTORS = {"SYN00": "ore", "SYN01": "oil", "SYN02": "ore", "SYN03": "oil"}
SHIPPED: list[Any] = [
    DirectPositions(window=20),
    LongFlat(),
    LongFlat(threshold=0.5),
    RankLongShort(top=0.3),
    RankLongShort(top=0.5),
    RankLongShort(count=1),
    RankLongShort(count=10),
    RankLongShort(top=0.5, weighting="rank"),
    VolatilityTarget(),
    SectorNeutral(SECTORS, top=0.5),
    SectorNeutral(SECTORS, count=1, weighting="rank"),
    BetaNeutral(top=0.5, window=20),
    BetaNeutral(count=1, weighting="rank", window=30),
    Kelly(window=20),
    Kelly(fraction=0.01, horizon=3, variance="forecast", window=20, gross=0.8, cap=0.3),
    MeanVariance(window=40, every=45),
    MeanVariance(risk_aversion=50.0, long_only=False, horizon=2, window=40, every=45),
    RiskParity(window=40, every=45),
    RiskParity(long_only=True, window=40, every=45),
    ConfidenceFiltered(LongFlat()),
    ConfidenceFiltered(RankLongShort(top=0.5), rule="members", agreement=1.0),
    RegimeFilter(RankLongShort(top=0.5), trend_window=15),
    RegimeFilter(LongFlat(), None, max_volatility=0.1),
    Ensemble((LongFlat(), RankLongShort(top=0.5))),
    Ensemble((LongFlat(), MeanVariance(window=40, every=45)), shares=(2.0, 1.0)),
    BuyAndHold(),
    FixedWeights({"SYN00": 0.5, "SYN01": -0.2, "SYN02": 0.3}, every=5),
    Momentum12Minus1(lookback=30, skip=5, top=0.5, every=6),
    MovingAverageCrossover(fast=5, slow=20),
    MovingAverageCrossover(fast=3, slow=12, short=True),
    ShortTermReversal(top=0.5),
    RegimeFilter(Momentum12Minus1(lookback=30, skip=5, top=0.5, every=6), trend_window=15),
]
# They look at prices alone, and are shipped to be compared with: a forecast's numbers, and that
# there are none, must not change what they hold. What else the suite asks, it asks of them too.
WITHOUT_FORECASTS = (
    BuyAndHold,
    FixedWeights,
    Momentum12Minus1,
    MovingAverageCrossover,
    ShortTermReversal,
)
# Σ|w| of these may exceed 1: where a symbol is quiet, more of it is bought, up to their cap. The
# account's own limit is there for that.
LEVERED = (DirectPositions, VolatilityTarget)

NEUTRAL = (RankLongShort, SectorNeutral, BetaNeutral)


def looks_at_forecasts(strategy: Any) -> bool:
    return not isinstance(getattr(strategy, "strategy", strategy), WITHOUT_FORECASTS)


def is_worth_a_case(strategy: Any, kind: ForecastKind) -> bool:
    if not looks_at_forecasts(strategy):
        return kind is ForecastKind.RETURN  # as good as any other
    # A threshold of 0.5 is made for probabilities: no return is ever as high.
    return strategy != LongFlat(threshold=0.5) or kind is ForecastKind.PROBABILITY


# The tests of one strategy run in one process, where its answers are kept.
CASES = [
    pytest.param(strategy, kind, marks=pytest.mark.xdist_group(f"strategy {number}"))
    for number, strategy in enumerate(SHIPPED)
    for kind in sorted(strategy.trades)
    if is_worth_a_case(strategy, kind)
]
each = pytest.mark.parametrize(("strategy", "kind"), CASES, ids=lambda part: str(part))
each_that_looks_at_forecasts = pytest.mark.parametrize(
    ("strategy", "kind"),
    [case for case in CASES if looks_at_forecasts(case.values[0])],
    ids=lambda part: str(part),
)
# Bars in all and before the first forecast, more than any window; and a bar of the forecast, one on
# which all decide. There is room for a listing, a delisting and a hole, and for decisions after T.
N_BARS, FIRST, T = 285, 95, 90
ASKED = [law for law in STRATEGY_LAWS if law is not knows_no_future]
FIELDS = ("close", "open", "high", "low", "volume")


def forecast_of(prices: PriceFrame, kind: ForecastKind) -> Forecast:
    """Random forecasts of that kind from bar FIRST on."""
    return random_forecast(prices, kind, FIRST)


def among(strategy: Strategy, symbols: tuple[str, ...]) -> Strategy:
    """The same strategy for fewer symbols: one that names symbols must not name others."""
    if isinstance(strategy, FixedWeights):
        named = {name: part for name, part in strategy.weights.items() if name in symbols}
        return replace(strategy, weights=named)
    return strategy


def only(prices: PriceFrame, symbols: list[int]) -> PriceFrame:
    return replace(prices, **{name: getattr(prices, name).iloc[:, symbols] for name in FIELDS})


@pytest.fixture(scope="module")
def answer(ragged: PriceFrame) -> Answer:
    """What a strategy holds on the ragged prices as they are, asked of it once."""
    known: dict[tuple[str, ForecastKind], pd.DataFrame] = {}

    def held(strategy: Strategy, kind: ForecastKind) -> pd.DataFrame:
        case = repr(strategy), kind
        if case not in known:
            known[case] = weights_of(strategy, forecast_of(ragged, kind), ragged)
        return known[case].copy()

    return held


@pytest.fixture(scope="module")
def clean(clean: PriceFrame) -> PriceFrame:
    return clean.bars(0, N_BARS)


@pytest.fixture(scope="module")
def ragged() -> PriceFrame:
    """Four symbols: one listed once there are forecasts, one delisted after, holes in all."""
    market = SyntheticProvider(
        n_symbols=4, n_bars=N_BARS, seed=6, listed_late=1, delisted=1, holes=6
    )
    return market.fetch()


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.to_numpy().tobytes() == other.to_numpy().tobytes()


def test_every_shipped_file_is_short_enough_to_copy() -> None:
    for path in sorted(Path(strategies.__path__[0]).glob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 80, path.name


def test_every_shipped_strategy_is_in_the_suite() -> None:
    shipped = {
        value
        for found in pkgutil.iter_modules(strategies.__path__)
        for value in vars(importlib.import_module(f"strategies.{found.name}")).values()
        if isinstance(value, type) and value.__module__ == f"strategies.{found.name}"
    }
    assert shipped == {type(strategy) for strategy in SHIPPED}


@each
@pytest.mark.parametrize("law", ASKED, ids=lambda law: law.__name__)
def test_it_keeps_what_users_strategies_are_asked(
    strategy: Strategy, kind: ForecastKind, law: Law, ragged: PriceFrame, answer: Answer
) -> None:
    assert isinstance(strategy, Strategy)
    law(strategy, forecast_of(ragged, kind), ragged, answer(strategy, kind))


@each
def test_the_future_changes_no_bit(
    strategy: Strategy, kind: ForecastKind, ragged: PriceFrame, answer: Answer
) -> None:
    """Neither later prices nor later forecasts, their gaps included, reach back."""
    held = answer(strategy, kind)
    knows_no_future(strategy, forecast_of(ragged, kind), ragged, held, thorough=False)


@each
def test_what_was_not_there_yet_changes_no_bit(
    strategy: Strategy, kind: ForecastKind, clean: PriceFrame
) -> None:
    forecast = forecast_of(clean, kind)
    now = weights_of(strategy, forecast, clean).iloc[: T + 1]
    part = Forecast(
        forecast.members[:, : T + 1],
        forecast.index[: T + 1],
        forecast.symbols,
        forecast.kind,
        {name: values[:, : T + 1] for name, values in forecast.details.items()},
    )
    assert same(weights_of(strategy, part, clean.bars(0, FIRST + T + 1)), now)


@each_that_looks_at_forecasts
def test_no_opinion_is_no_new_position(
    strategy: Strategy, kind: ForecastKind, clean: PriceFrame
) -> None:
    """A bar without any forecast, and a symbol without one: weight 0 or NaN (hold)."""
    forecast = forecast_of(clean, kind)
    said = np.ones(forecast.members.shape[1:], dtype=bool)
    said[T] = False
    said[T + 5 :, 1] = False
    weights = weights_of(strategy, forecast.where(said), clean)
    assert (weights.iloc[T].fillna(0) == 0).all()
    after = weights.iloc[T + 5 :, 1].fillna(0)
    if isinstance(strategy, Ensemble):  # what one part still holds goes on, and nothing beyond
        held = weights.iloc[: T + 5, 1].ffill().iloc[-1]
        assert (after.abs() <= abs(held)).all()
        assert (after * held >= 0).all()
    else:
        assert (after == 0).all()
    assert np.isfinite(weights.fillna(0).to_numpy()).all()


@each_that_looks_at_forecasts
def test_a_forecast_of_nothing_holds_nothing(
    strategy: Strategy, kind: ForecastKind, clean: PriceFrame
) -> None:
    forecast = forecast_of(clean, kind)
    nothing = forecast.where(np.zeros(forecast.members.shape[1:], dtype=bool))
    assert (weights_of(strategy, nothing, clean).fillna(0) == 0).all(axis=None)


@pytest.mark.parametrize(
    "strategy", [one for one in SHIPPED if not looks_at_forecasts(one)], ids=str
)
def test_without_forecasts_means_that_none_changes_a_bit(
    strategy: Strategy, ragged: PriceFrame
) -> None:
    """What excuses a strategy from the two laws above."""
    forecast = forecast_of(ragged, ForecastKind.RETURN)
    nothing = forecast.where(np.zeros(forecast.members.shape[1:], dtype=bool))
    assert same(weights_of(strategy, nothing, ragged), weights_of(strategy, forecast, ragged))


@each
def test_one_symbol_is_enough(strategy: Strategy, kind: ForecastKind, clean: PriceFrame) -> None:
    alone = only(clean, [0])
    weights = weights_of(among(strategy, alone.symbols), forecast_of(alone, kind), alone)
    assert weights.shape == (clean.n_bars - FIRST, 1)
    assert np.isfinite(weights.fillna(0).to_numpy()).all()


@each
def test_a_late_listing_is_held_only_once_it_is_forecast(
    strategy: Strategy, kind: ForecastKind, clean: PriceFrame, changed: Changed
) -> None:
    """Before, the others are held as if it did not exist."""
    listed = FIRST + T

    def late(table: pd.DataFrame) -> pd.DataFrame:
        table.iloc[:listed, 2] = np.nan
        return table

    prices = changed(clean, late)
    weights = weights_of(strategy, forecast_of(prices, kind), prices)
    assert (weights.iloc[:T, 2].fillna(0) == 0).all()
    two = [0, 1]
    others, full = only(clean, two), forecast_of(clean, kind)
    details = {name: values[:, :, two] for name, values in full.details.items()}
    pair = Forecast(full.members[:, :, two], full.index, others.symbols, kind, details)
    without = weights_of(among(strategy, others.symbols), pair, others)
    pd.testing.assert_frame_equal(weights.iloc[:T, two], without.iloc[:T], check_exact=True)
    # Buying and holding spends all money on the first bar; nothing is left for whoever comes.
    comes_too_late = isinstance(strategy, BuyAndHold)
    assert (weights.iloc[T + 25 :, 2].fillna(0) != 0).any() != comes_too_late


@each
def test_no_more_is_held_than_there_is_money(
    strategy: Strategy, kind: ForecastKind, answer: Answer
) -> None:
    """Σ|w| up to 1 on every bar, a position that is left as it is counted with its last weight."""
    weights = answer(strategy, kind)
    gross = weights.ffill().abs().sum(axis=1)
    if isinstance(strategy, LEVERED):
        assert gross.max() <= strategy.cap
    else:
        assert gross.max() <= 1 + 1e-9


@pytest.mark.parametrize("strategy", [one for one in SHIPPED if type(one) in NEUTRAL], ids=str)
@pytest.mark.parametrize("kind", [ForecastKind.RETURN, ForecastKind.SCORE])
def test_no_side_is_taken_where_none_is_promised(
    strategy: Any, kind: ForecastKind, ragged: PriceFrame
) -> None:
    """As much long as short: in money, in money of each sector, or in beta."""
    weights = weights_of(strategy, forecast_of(ragged, kind), ragged)
    held = weights.abs().sum(axis=1) > 0
    assert held.mean() > 0.5
    np.testing.assert_allclose(weights[held].abs().sum(axis=1), 1.0, rtol=1e-12)
    net = weights.sum(axis=1)
    if isinstance(strategy, BetaNeutral):
        exposure = (weights * plain_betas(ragged, strategy.window)).sum(axis=1)
        np.testing.assert_allclose(exposure, 0.0, atol=1e-12)
        assert net.abs().max() > 0.01  # what neutral money would not have been
    elif isinstance(strategy, SectorNeutral):
        for own in weights.T.groupby(SECTORS):
            np.testing.assert_allclose(own[1].sum(), 0.0, atol=1e-15)
    else:
        np.testing.assert_allclose(net, 0.0, atol=1e-15)


def plain_betas(prices: PriceFrame, window: int) -> pd.DataFrame:
    """Betas to the equal-weight market, bar by bar; 0 where there is none."""
    returns = (prices.close / prices.close.shift(1) - 1).to_numpy()
    betas = np.zeros((prices.n_bars, len(prices.symbols)))
    for bar in range(window, prices.n_bars):
        past = returns[bar + 1 - window : bar + 1]
        market = np.nanmean(past, axis=1)
        for symbol in np.flatnonzero(~np.isnan(past).any(axis=0)):
            both = np.cov(past[:, symbol], market)
            betas[bar, symbol] = both[0, 1] / both[1, 1]
    return pd.DataFrame(betas, prices.index, prices.symbols).iloc[FIRST:]


@pytest.mark.parametrize("strategy", SHIPPED, ids=str)
@pytest.mark.parametrize("kind", list(ForecastKind))
def test_a_forecast_it_cannot_trade_is_refused(
    strategy: Any, kind: ForecastKind, clean: PriceFrame
) -> None:
    first_day = clean.bars(0, FIRST + 1)
    if kind in strategy.trades:
        decide(strategy, forecast_of(first_day, kind), first_day)
    else:
        with pytest.raises(ConfigError, match=rf"{type(strategy).__name__} trades .*{kind}"):
            decide(strategy, forecast_of(first_day, kind), first_day)


@pytest.mark.parametrize(("count", "known", "held"), [(1, 3, 1), (2, 5, 2), (2, 3, 1), (9, 4, 2)])
def test_a_number_of_names_on_each_side(count: int, known: int, held: int) -> None:
    """So many, or half of those there are; half the money on each side either way."""
    values = np.array([[[0.3, -2.0, 0.9, 0.1, 1.5]]], dtype=np.float32)
    values[..., known:] = np.nan
    prices = SyntheticProvider(n_symbols=5, n_bars=30, seed=1).fetch()
    forecast = Forecast(values, prices.index[-1:], prices.symbols, ForecastKind.SCORE)
    row = weights_of(RankLongShort(count=count), forecast, prices).iloc[0].to_numpy()
    order = np.argsort(values[0, 0, :known])
    expected = np.zeros(5)
    expected[order[:held]], expected[order[-held:]] = -0.5 / held, 0.5 / held
    np.testing.assert_allclose(row, expected, rtol=1e-15)


@pytest.mark.parametrize("count", [0, -3])
def test_no_names_on_a_side_are_refused(count: int) -> None:
    with pytest.raises(ConfigError, match="count: expected at least 1 symbol"):
        RankLongShort(count=count)
