"""Strategies that know more than forecasts and prices up to their bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from tests.audit.ground import log_returns

_VOLATILITY: dict[tuple[str, ...], pd.Series] = {}


def _sides(table: pd.DataFrame) -> TargetWeights:
    """Long and short by sign, a tenth of the account each."""
    return TargetWeights(np.sign(table).fillna(0.0) / 10)


@dataclass(frozen=True)
class RanksWholeColumns:
    """Ranks each symbol's forecasts over all bars."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights(forecast.mean.rank(pct=True).fillna(0.0) / 10)


@dataclass(frozen=True)
class ScalesByWholeHistory:
    """Divides by the volatility of the whole history."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights((0.001 * forecast.mean / log_returns(prices).std()).fillna(0.0))


@dataclass(frozen=True)
class ScalesByLargest:
    """Divides by the largest forecast of all bars."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        mean = forecast.mean
        return TargetWeights((0.1 * mean / mean.abs().max()).fillna(0.0))


@dataclass(frozen=True)
class PeeksAtTomorrow:
    """Buys what is dearer tomorrow."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return _sides(log_returns(prices).shift(-1).loc[forecast.index])


@dataclass(frozen=True)
class ShiftsItsForecast:
    """Acts on the forecast of the next bar."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return _sides(forecast.mean.shift(-1))


@dataclass(frozen=True)
class SmoothsBothWays:
    """Acts on a centred mean of the forecasts."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        mean = forecast.mean.rolling(3, center=True, min_periods=1).mean()
        return TargetWeights((10 * mean).clip(-0.1, 0.1).fillna(0.0))


@dataclass(frozen=True)
class FillsOpinionsBackwards:
    """Where there is no forecast it takes the next one there will be."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights((10 * forecast.mean.bfill()).clip(-0.1, 0.1).fillna(0.0))


@dataclass(frozen=True)
class OutOnTheLastBar:
    """Sells everything on the last bar there is."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        weights = _sides(forecast.mean).frame.copy()
        weights.iloc[-1] = 0.0
        return TargetWeights(weights)


@dataclass(frozen=True)
class SpendsByLength:
    """Smaller bets, the more bars there are."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights(_sides(forecast.mean).frame * 100 / prices.n_bars)


@dataclass(frozen=True)
class FadesOut:
    """Bets that shrink towards the last day of the prices."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        left = (prices.index[-1] - forecast.index).days.to_numpy() / 1000
        return TargetWeights(_sides(forecast.mean).frame.mul(left, axis=0))


@dataclass(frozen=True)
class VolatilityWithTomorrow:
    """Sizes by a volatility whose window includes the next bar."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        volatility = log_returns(prices).rolling(20).std().shift(-1).loc[forecast.index]
        return TargetWeights((_sides(forecast.mean).frame * 0.01 / volatility).fillna(0.0))


@dataclass(frozen=True)
class StopsInHindsight:
    """Does not buy what falls by two percent in the days to come."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        lowest = prices.low.rolling(3).min().shift(-3)  # type: ignore[union-attr]
        stopped = (lowest < 0.98 * prices.close).loc[forecast.index]
        return TargetWeights(_sides(forecast.mean).frame.where(~stopped, 0.0))


@dataclass(frozen=True)
class HoldsTodaysMembers:
    """Trades only those that are members on the last bar there is."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights(_sides(forecast.mean).frame * prices.member.iloc[-1])


@dataclass(frozen=True)
class BestThreshold:
    """Trades beyond the threshold that would have earned the most over all bars."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        mean, ahead = forecast.mean, log_returns(prices).shift(-2).loc[forecast.index]

        def sides(level: float) -> pd.DataFrame:
            return np.sign(mean).where(mean.abs() > level, 0.0).fillna(0.0) / 10

        levels = [float(mean.abs().stack().quantile(part)) for part in (0.0, 0.2, 0.4, 0.6, 0.8)]
        return TargetWeights(sides(max(levels, key=lambda one: (sides(one) * ahead).sum().sum())))


@dataclass(frozen=True)
class OnlyWhatOpensTomorrow:
    """Trades only what has an open on the next bar."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        opens = prices.open.shift(-1).notna().loc[forecast.index]  # type: ignore[union-attr]
        return TargetWeights(_sides(forecast.mean).frame.where(opens, 0.0))


@dataclass(frozen=True)
class NoisyHand:
    """A billionth of unseeded noise in every weight."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        weights = _sides(forecast.mean).frame
        return TargetWeights(
            weights + 1e-9 * np.random.default_rng().standard_normal(weights.shape)
        )


@dataclass(frozen=True)
class RemembersVolatility:
    """Sizes by a volatility of the whole history, kept by symbols from call to call."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        if prices.symbols not in _VOLATILITY:
            _VOLATILITY[prices.symbols] = log_returns(prices).std()
        size = 0.001 / _VOLATILITY[prices.symbols]
        return TargetWeights(_sides(forecast.mean).frame * size)
