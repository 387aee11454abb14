"""Features of odd calendars, ranks and code that know nothing too early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.prices import PriceFrame
from tests.audit.ground import log_returns

_BY_CONTENT: dict[str, pd.DataFrame] = {}


def _everywhere(values: np.ndarray, prices: PriceFrame) -> pd.DataFrame:
    """The same number for all symbols."""
    return pd.DataFrame(
        np.tile(np.asarray(values, float)[:, None], (1, len(prices.symbols))),
        prices.index,
        prices.close.columns,
    )


@dataclass(frozen=True)
class RankToday:
    """Rank of the five-day return among the symbols of the same bar."""

    name: str = "rank_today"
    lookback: int = 6

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close / prices.close.shift(5)).rank(axis=1, pct=True)


@dataclass(frozen=True)
class RankAmongMembers:
    """As above, among the members of the bar."""

    name: str = "rank_among_members"
    lookback: int = 6

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        week = np.log(prices.close / prices.close.shift(5))
        return week.where(prices.member).rank(axis=1, pct=True).fillna(0.5)


@dataclass(frozen=True)
class Level:
    """The price itself."""

    name: str = "level"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return prices.close


@dataclass(frozen=True)
class LastWeek:
    """The return of the last week that is over on Fridays."""

    name: str = "last_week"
    lookback: int = 15

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        weekly = np.log(prices.close.resample("W-SUN").last().ffill()).diff()
        return (
            weekly.shift(1)
            .set_axis(weekly.index - pd.Timedelta(days=6))
            .reindex(prices.index, method="ffill")
        )


@dataclass(frozen=True)
class LastMonth:
    """The close against the mean close of the month before this one."""

    name: str = "last_month"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        months = prices.index.to_period("M")
        before = prices.close.groupby(months).mean().shift(1)
        return np.log(prices.close / before.reindex(months).set_axis(prices.index))


@dataclass(frozen=True)
class MonthSoFar:
    """The return since the first close of the month."""

    name: str = "month_so_far"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        first = prices.close.groupby(prices.index.to_period("M")).transform("first")
        return np.log(prices.close / first)


@dataclass(frozen=True)
class RollingQuantile:
    """Where today's return is among those of the last fifty bars."""

    name: str = "rolling_quantile"
    lookback: int = 51

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).rolling(50).rank(pct=True)


@dataclass(frozen=True)
class Calendar:
    """Weekday, month, and the days left in the month, which anyone can count ahead."""

    name: str = "calendar"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        days = prices.index
        left = days.days_in_month - days.day
        return _everywhere(days.day_of_week + 7 * days.month + left / 100, prices)


@dataclass(frozen=True)
class BarsSinceTheFirst:
    """How many bars there were."""

    name: str = "bars_since_the_first"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return _everywhere(np.log1p(np.arange(prices.n_bars)), prices)


@dataclass(frozen=True)
class FixedLoadings:
    """Returns projected by a matrix product with loadings written down."""

    name: str = "fixed_loadings"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        loadings = np.array([np.sin(1 + int(symbol[-1])) for symbol in prices.symbols])
        factor = returns.fillna(0.0).to_numpy() @ loadings
        return _everywhere(factor, prices)


@dataclass(frozen=True)
class LaggedVolume:
    """Yesterday's volume against that of the twenty bars before."""

    name: str = "lagged_volume"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.volume is not None
        volume = np.log1p(prices.volume).shift(1)
        return volume - volume.rolling(20).mean()


@dataclass(frozen=True)
class RangeOfToday:
    """Tonight's gap and today's range: open, high and low are known at the close."""

    name: str = "range_of_today"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.open is not None
        assert prices.high is not None
        gap = np.log(prices.open / prices.close.shift(1))
        return gap + np.log(prices.high / prices.low)


@dataclass(frozen=True)
class SeededNoise:
    """Noise of a fixed seed drawn row by row: a longer history begins with the shorter one."""

    name: str = "seeded_noise"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        rng = np.random.default_rng(1)
        return returns + 0.001 * rng.standard_normal(returns.shape)


@dataclass(frozen=True)
class CentredButLagged:
    """A centred mean, used only once its right half is known."""

    name: str = "centred_but_lagged"
    lookback: int = 6

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).rolling(5, center=True).mean().shift(2)


@dataclass(frozen=True)
class ThereAndBack:
    """Turned round twice and shifted to and fro: in the end a plain rolling mean."""

    name: str = "there_and_back"
    lookback: int = 6

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        turned = log_returns(prices).iloc[::-1].shift(-1).iloc[::-1]
        return turned.shift(-1).shift(1).rolling(4).mean()


@dataclass(frozen=True)
class KeptByContent:
    """Computed once for each content of the prices, and kept under their hash."""

    name: str = "kept_by_content"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        key = prices.sha256()
        if key not in _BY_CONTENT:
            _BY_CONTENT[key] = log_returns(prices).rolling(20).mean()
        return _BY_CONTENT[key].copy()
