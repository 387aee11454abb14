"""Law 6, strategies: what is held at t follows from what was known at t."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import strategies
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from lstmtrader.weights import TargetWeights
from strategies.direct_positions import DirectPositions
from strategies.long_flat import LongFlat
from strategies.rank_long_short import RankLongShort
from strategies.volatility_target import VolatilityTarget

Changed = Callable[[PriceFrame, Any], PriceFrame]
After = Callable[[int, float], Any]

SHIPPED: list[Any] = [
    DirectPositions(window=20),
    LongFlat(),
    LongFlat(threshold=0.5),
    RankLongShort(top=0.3),
    RankLongShort(top=0.5),
    RankLongShort(count=1),
    RankLongShort(count=10),
    VolatilityTarget(),
]
# A threshold of 0.5 is made for probabilities: no return is ever as high.
CASES = [
    (strategy, kind)
    for strategy in SHIPPED
    for kind in sorted(strategy.trades)
    if strategy != LongFlat(threshold=0.5) or kind is ForecastKind.PROBABILITY
]
each = pytest.mark.parametrize(("strategy", "kind"), CASES, ids=lambda part: str(part))
FIRST, T = 150, 60  # of the forecast's bars in the prices; a bar of the forecast


def forecast_of(prices: PriceFrame, kind: ForecastKind, members: int = 2) -> Forecast:
    """Random forecasts of that kind from bar FIRST on, NaN where there is no price."""
    index, symbols = prices.index[FIRST:], prices.symbols
    draws = np.random.default_rng(9).standard_normal((members, len(index), len(symbols)))
    scale: dict[ForecastKind, Callable[[np.ndarray], np.ndarray]] = {
        ForecastKind.RETURN: lambda x: 0.01 * x,
        ForecastKind.SCALED_RETURN: lambda x: x,
        ForecastKind.VOLATILITY: lambda x: 0.01 * np.exp(0.3 * x),
        ForecastKind.LOG_VOLATILITY: lambda x: np.log(0.01) + 0.3 * x,
        ForecastKind.PROBABILITY: lambda x: 1 / (1 + np.exp(-x)),
        ForecastKind.RANK: np.tanh,
        ForecastKind.POSITION: np.tanh,
        ForecastKind.DIRECTION: np.tanh,
        ForecastKind.SCORE: lambda x: 1e3 * x,
    }
    there = prices.close.iloc[FIRST:].notna().to_numpy()
    values = np.where(there, scale[kind](draws), np.nan).astype(np.float32)
    return Forecast(values, index, symbols, kind)


def weights_of(strategy: Strategy, forecast: Forecast, prices: PriceFrame) -> pd.DataFrame:
    return decide(strategy, forecast, prices).frame


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.to_numpy().tobytes() == other.to_numpy().tobytes()


def test_every_shipped_strategy_is_in_the_suite() -> None:
    shipped = {
        value
        for found in pkgutil.iter_modules(strategies.__path__)
        for value in vars(importlib.import_module(f"strategies.{found.name}")).values()
        if isinstance(value, type) and value.__module__ == f"strategies.{found.name}"
    }
    assert shipped == {type(strategy) for strategy in SHIPPED}


@each
def test_it_answers_with_finite_weights_for_every_bar_and_symbol(
    strategy: Strategy, kind: ForecastKind, ragged: PriceFrame
) -> None:
    assert isinstance(strategy, Strategy)
    forecast = forecast_of(ragged, kind)
    answer = decide(strategy, forecast, ragged)
    assert isinstance(answer, TargetWeights)
    assert answer.frame.index.equals(forecast.index)
    assert tuple(answer.frame.columns) == forecast.symbols
    values = answer.frame.to_numpy()
    assert np.isfinite(values[~np.isnan(values)]).all()
    assert np.isfinite(answer.gross).all()
    assert (np.abs(np.nan_to_num(values)) > 0).any()


@each
def test_it_changes_neither_forecast_nor_prices(
    strategy: Strategy, kind: ForecastKind, ragged: PriceFrame
) -> None:
    forecast = forecast_of(ragged, kind)
    before = forecast.members.tobytes(), ragged.sha256()
    first, second = (weights_of(strategy, forecast, ragged) for _ in range(2))
    assert (forecast.members.tobytes(), ragged.sha256()) == before
    assert same(first, second)


@each
@pytest.mark.parametrize("size", [1.01, 1e4], ids=["mild", "violent"])
def test_the_future_changes_no_bit(
    strategy: Strategy, kind: ForecastKind, size: float, ragged: PriceFrame,
    changed: Changed, after: After,
) -> None:  # fmt: skip
    """Neither later prices nor later forecasts, their gaps included, reach back."""
    forecast = forecast_of(ragged, kind)
    now = weights_of(strategy, forecast, ragged).iloc[: T + 1]
    members = forecast.members.copy()
    members[:, T + 1 :] = members[:, T + 1 :][..., ::-1] * np.float32(size)
    members[:, T + 1 :: 3] = np.nan
    later = changed(ragged, after(FIRST + T, size))
    for other, prices in (
        (replace(forecast, members=members), ragged),
        (forecast, later),
        (replace(forecast, members=members), later),
    ):
        assert same(weights_of(strategy, other, prices).iloc[: T + 1], now)


@each
def test_what_was_not_there_yet_changes_no_bit(
    strategy: Strategy, kind: ForecastKind, clean: PriceFrame
) -> None:
    forecast = forecast_of(clean, kind)
    now = weights_of(strategy, forecast, clean).iloc[: T + 1]
    part = Forecast(
        forecast.members[:, : T + 1], forecast.index[: T + 1], forecast.symbols, forecast.kind
    )
    assert same(weights_of(strategy, part, clean.bars(0, FIRST + T + 1)), now)


@each
def test_no_opinion_is_no_new_position(
    strategy: Strategy, kind: ForecastKind, clean: PriceFrame
) -> None:
    """A bar without any forecast, and a symbol without one: weight 0 or NaN (hold)."""
    forecast = forecast_of(clean, kind)
    members = forecast.members.copy()
    members[:, T] = np.nan
    members[:, T + 5 :, 1] = np.nan
    weights = weights_of(strategy, replace(forecast, members=members), clean)
    assert (weights.iloc[T].fillna(0) == 0).all()
    assert (weights.iloc[T + 5 :, 1].fillna(0) == 0).all()
    assert np.isfinite(weights.fillna(0).to_numpy()).all()


@each
def test_a_forecast_of_nothing_holds_nothing(
    strategy: Strategy, kind: ForecastKind, clean: PriceFrame
) -> None:
    forecast = forecast_of(clean, kind)
    nothing = replace(forecast, members=np.full_like(forecast.members, np.nan))
    assert (weights_of(strategy, nothing, clean).fillna(0) == 0).all(axis=None)


@each
def test_one_symbol_is_enough(strategy: Strategy, kind: ForecastKind, clean: PriceFrame) -> None:
    fields = ("close", "open", "high", "low", "volume")
    alone = replace(clean, **{name: getattr(clean, name).iloc[:, :1] for name in fields})
    weights = weights_of(strategy, forecast_of(alone, kind), alone)
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
    fields = ("close", "open", "high", "low", "volume")
    others = replace(clean, **{name: getattr(clean, name).iloc[:, two] for name in fields})
    full = forecast_of(clean, kind)
    pair = Forecast(full.members[:, :, two], full.index, others.symbols, kind)
    pd.testing.assert_frame_equal(
        weights.iloc[:T, two], weights_of(strategy, pair, others).iloc[:T], check_exact=True
    )
    assert (weights.iloc[T + 25 :, 2].fillna(0) != 0).any()


@each
def test_the_price_level_does_not_matter(
    strategy: Strategy, kind: ForecastKind, ragged: PriceFrame, changed: Changed
) -> None:
    halved = changed(ragged, lambda table: table * 0.5)
    forecast = forecast_of(ragged, kind)
    assert same(weights_of(strategy, forecast, halved), weights_of(strategy, forecast, ragged))


@pytest.mark.parametrize("strategy", SHIPPED, ids=str)
@pytest.mark.parametrize("kind", list(ForecastKind))
def test_a_forecast_it_cannot_trade_is_refused(
    strategy: Any, kind: ForecastKind, clean: PriceFrame
) -> None:
    if kind in strategy.trades:
        decide(strategy, forecast_of(clean, kind), clean)
    else:
        with pytest.raises(ConfigError, match=rf"{type(strategy).__name__} trades .*{kind}"):
            decide(strategy, forecast_of(clean, kind), clean)


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
