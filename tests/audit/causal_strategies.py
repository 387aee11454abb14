"""Strategies with memories, calendars and paths of their own, and no view of the future."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from tests.audit.ground import log_returns


def _sides(forecast: Forecast) -> pd.DataFrame:
    return np.sign(forecast.mean).fillna(0.0) / 10


@dataclass(frozen=True)
class Monthly:
    """Decides on the first bar of each month, and lets positions drift between."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        months = forecast.index.to_period("M")
        first = np.r_[True, months[1:] != months[:-1]]
        weights = _sides(forecast)
        weights.loc[~first] = np.nan
        return TargetWeights(weights)


@dataclass(frozen=True)
class Hysteresis:
    """Enters beyond one threshold and leaves within another: what it holds depends on its past."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        mean = forecast.mean.fillna(0.0)
        held = np.zeros(mean.shape[1])
        rows = []
        for now in mean.to_numpy():
            held = np.where(np.abs(now) > 0.001, np.sign(now), held)
            held = np.where(np.abs(now) < 0.0002, 0.0, held)
            rows.append(held / 10)
        return TargetWeights(pd.DataFrame(np.array(rows), mean.index, mean.columns))


@dataclass(frozen=True)
class SlowTurns:
    """Moves a fifth of the way from what it holds to what it wants."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights(_sides(forecast).ewm(alpha=0.2, adjust=False).mean())


@dataclass(frozen=True)
class ExponentialTarget:
    """Sizes by an exponential volatility of prices."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        volatility = log_returns(prices).ewm(span=60, min_periods=20).std().loc[forecast.index]
        return TargetWeights((_sides(forecast) * 0.01 / volatility).fillna(0.0).clip(-0.2, 0.2))


@dataclass(frozen=True)
class QuantilesSoFar:
    """Trades beyond quantiles of the forecasts made so far."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        mean = forecast.mean
        high, low = mean.expanding(5).quantile(0.7), mean.expanding(5).quantile(0.3)
        return TargetWeights(((mean > high).astype(float) - (mean < low)) / 10)


@dataclass(frozen=True)
class StopsItsLosses:
    """Follows its own account on closes seen so far, and pauses while that is under water."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        wanted = _sides(forecast).to_numpy()
        moved = log_returns(prices).loc[forecast.index].fillna(0.0).to_numpy()
        account, top, held, rows = 0.0, 0.0, np.zeros(wanted.shape[1]), []
        for now, move in zip(wanted, moved, strict=True):
            account += float((held * move).sum())
            top = max(top, account)
            held = now * (0.5 if account < top - 0.01 else 1.0)
            rows.append(held)
        return TargetWeights(pd.DataFrame(np.array(rows), forecast.index, list(forecast.symbols)))


@dataclass(frozen=True)
class SellsInMay:
    """Holds nothing from May to September."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        weights = _sides(forecast)
        weights.loc[forecast.index.month.isin(range(5, 10))] = 0.0
        return TargetWeights(weights)


@dataclass(frozen=True)
class AmongMembers:
    """Splits the money among the members of the bar."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        member = prices.member.loc[forecast.index]
        share = 1.0 / member.sum(axis=1).clip(lower=1)
        return TargetWeights(_sides(forecast).mul(10 * share, axis=0).where(member, 0.0))


@dataclass(frozen=True)
class RollsSeededDice:
    """Leaves one symbol out a bar, by dice with a fixed seed, rolled bar by bar."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        weights = _sides(forecast)
        rng = np.random.default_rng(2)
        out = rng.integers(0, weights.shape[1], len(weights))
        keep = out[:, None] != np.arange(weights.shape[1])
        return TargetWeights(weights.where(keep, 0.0))


@dataclass(frozen=True)
class YesterdaysForecast:
    """Acts a bar late, and keeps the last opinion where there is none."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights(np.sign(forecast.mean.ffill().shift(1)).fillna(0.0) / 10)
