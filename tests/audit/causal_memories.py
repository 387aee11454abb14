"""Features with a long memory that know nothing too early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.prices import PriceFrame
from tests.audit.ground import log_returns


@dataclass(frozen=True)
class ExpandingScore:
    """Standardised by the moments of all bars so far."""

    name: str = "expanding_score"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        past = log_returns(prices).expanding(20)
        return (log_returns(prices) - past.mean()) / past.std()


@dataclass(frozen=True)
class LongAverage:
    """An exponential mean that never quite forgets."""

    name: str = "long_average"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).ewm(halflife=200).mean()


@dataclass(frozen=True)
class LongVolatility:
    """An exponential volatility with a long memory."""

    name: str = "long_volatility"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(log_returns(prices).ewm(span=120, min_periods=20).std())


@dataclass(frozen=True)
class FilledForwards:
    """Returns of prices whose holes repeat the last one seen."""

    name: str = "filled_forwards"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        close = prices.close.ffill()
        return np.log(close / close.shift(5)).fillna(0.0)


@dataclass(frozen=True)
class Welford:
    """Standardised by moments that are updated bar by bar."""

    name: str = "welford"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        values = returns.to_numpy()
        count, mean, square = (np.zeros(values.shape[1]) for _ in range(3))
        rows = np.full(values.shape, np.nan)
        for bar, now in enumerate(values):
            there = ~np.isnan(now)
            count += there
            step = np.where(there, now - mean, 0.0)
            mean += step / np.maximum(count, 1)
            square += step * np.where(there, now - mean, 0.0)
            deviation = np.sqrt(square / np.maximum(count - 1, 1))
            ready = there & (count > 20)
            rows[bar, ready] = (now - mean)[ready] / deviation[ready]
        return pd.DataFrame(rows, returns.index, returns.columns)


@dataclass(frozen=True)
class LocalLevel:
    """A Kalman filter of the price's level, forwards only."""

    name: str = "local_level"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        logs = np.log(prices.close.ffill())
        values = logs.to_numpy()
        level, doubt = values[0].copy(), np.ones(values.shape[1])
        rows = np.empty_like(values)
        for bar, now in enumerate(values):
            level = np.where(np.isnan(level), now, level)
            doubt = doubt + 1e-5
            gain = doubt / (doubt + 1e-4)
            level = np.where(np.isnan(now), level, level + gain * (now - level))
            doubt = (1 - gain) * doubt
            rows[bar] = now - level
        return pd.DataFrame(rows, logs.index, logs.columns)


@dataclass(frozen=True)
class RollingComponent:
    """Returns along the first principal component of the sixty bars before."""

    name: str = "rolling_component"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        filled = returns.fillna(0.0).to_numpy()
        rows = np.zeros_like(filled)
        loadings = np.ones(filled.shape[1]) / np.sqrt(filled.shape[1])
        for bar in range(len(filled)):
            if bar >= 60 and bar % 10 == 0:
                past = filled[bar - 60 : bar]
                _, _, found = np.linalg.svd(past - past.mean(axis=0), full_matrices=False)
                loadings = found[0] * np.sign(found[0].sum())
            rows[bar] = filled[bar] - loadings * (filled[bar] * loadings).sum()
        return pd.DataFrame(rows, returns.index, returns.columns)


@dataclass(frozen=True)
class OnBalance:
    """Volume with the sign of the return, added up since the listing."""

    name: str = "on_balance"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.volume is not None
        return (np.sign(log_returns(prices)) * prices.volume).cumsum() / 1e6


@dataclass(frozen=True)
class SlowToWarm:
    """NaN for its first hundred bars."""

    name: str = "slow_to_warm"
    lookback: int = 60

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).rolling(100, min_periods=60).skew()


@dataclass(frozen=True)
class BelowTheTop:
    """How far the close is below the highest one so far."""

    name: str = "below_the_top"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close / prices.close.cummax())


@dataclass(frozen=True)
class SinceListing:
    """The return since the symbol's first close."""

    name: str = "since_listing"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close).apply(
            lambda one: (
                one - one.loc[one.first_valid_index()]
                if one.first_valid_index() is not None
                else one
            )
        )


@dataclass(frozen=True)
class ExpandingTrend:
    """Log price less a straight line through all bars so far."""

    name: str = "expanding_trend"
    lookback: int = 3

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        logs = np.log(prices.close)
        at = pd.DataFrame(np.arange(prices.n_bars, dtype=float)[:, None].repeat(logs.shape[1], 1))
        at = at.set_axis(logs.index).set_axis(logs.columns, axis=1).where(logs.notna())
        slope = at.expanding(3).cov(logs, pairwise=False) / at.expanding(3).var()
        return logs - logs.expanding(3).mean() - slope * (at - at.expanding(3).mean())


@dataclass(frozen=True)
class WeekdayMeanSoFar:
    """The mean return of all earlier bars of the same weekday."""

    name: str = "weekday_mean_so_far"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        grouped = log_returns(prices).groupby(prices.index.day_of_week)
        return grouped.transform(lambda one: one.shift(1).expanding().mean())


@dataclass(frozen=True)
class LastDividend:
    """The yield of the dividends paid so far, none of those to come."""

    name: str = "last_dividend"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.dividends is not None
        return prices.dividends.fillna(0.0).rolling(60, min_periods=1).sum() / prices.close
