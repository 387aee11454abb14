"""Features with a statistic, a filter or a bin of all bars, those to come included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.features import ScaledReturn
from lstmtrader.prices import PriceFrame
from tests.audit.ground import log_returns


@dataclass(frozen=True)
class GlobalScaler:
    """Standardised by the mean and deviation of the whole history."""

    name: str = "global_scaler"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        values = ScaledReturn(1, 20)(prices)
        return (values - values.mean()) / values.std()


@dataclass(frozen=True)
class DividedByLastPrice:
    """A price level in units of the last price of the file."""

    name: str = "divided_by_last"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return prices.close / prices.close.ffill().iloc[-1]


@dataclass(frozen=True)
class WholeQuantiles:
    """In which fifth of all returns of the symbol a return is."""

    name: str = "whole_quantiles"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).apply(lambda one: pd.qcut(one, 5, labels=False))


@dataclass(frozen=True)
class WholeComponents:
    """Returns seen along the first principal component of the whole history."""

    name: str = "whole_components"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        filled = returns.fillna(0.0).to_numpy()
        _, _, loadings = np.linalg.svd(filled - filled.mean(axis=0), full_matrices=False)
        factor = (filled * loadings[0]).sum(axis=1)
        return returns - np.outer(factor, loadings[0])


@dataclass(frozen=True)
class Detrended:
    """Log price less a straight line through the whole history."""

    name: str = "detrended"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        logs = np.log(prices.close)
        at = np.arange(len(logs), dtype=float)

        def rest(one: pd.Series) -> pd.Series:
            there = one.notna().to_numpy()
            return one - np.polyval(np.polyfit(at[there], one[there], 1), at)

        return logs.apply(rest)


@dataclass(frozen=True)
class TwoSidedSmoother:
    """An exponential filter run forwards and then backwards, so that nothing lags."""

    name: str = "two_sided_smoother"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        forwards = log_returns(prices).ewm(span=5).mean()
        return forwards.iloc[::-1].ewm(span=5).mean().iloc[::-1]


@dataclass(frozen=True)
class LowPass:
    """The slow tenth of the frequencies of all returns."""

    name: str = "low_pass"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        waves = np.fft.rfft(returns.fillna(0.0).to_numpy(), axis=0)
        waves[len(waves) // 10 :] = 0
        slow = np.fft.irfft(waves, n=len(returns), axis=0)
        return pd.DataFrame(slow, index=returns.index, columns=returns.columns)


@dataclass(frozen=True)
class RoomToTheTop:
    """How far the close is below the highest one from here to the end."""

    name: str = "room_to_the_top"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close.iloc[::-1].cummax().iloc[::-1] / prices.close)


@dataclass(frozen=True)
class Winsorised:
    """Returns cut off at percentiles of the whole history."""

    name: str = "winsorised"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        return returns.clip(returns.quantile(0.05), returns.quantile(0.95), axis=1)


@dataclass(frozen=True)
class FloorOfTheMedian:
    """Returns over a volatility that is never below its median of the whole history."""

    name: str = "floor_of_the_median"
    lookback: int = 21

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        volatility = log_returns(prices).rolling(20).std()
        return log_returns(prices) / volatility.clip(lower=volatility.median(), axis=1)


@dataclass(frozen=True)
class Regime:
    """Whether volatility is above its median of the whole history."""

    name: str = "regime"
    lookback: int = 21

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        volatility = log_returns(prices).rolling(20).std()
        return volatility.gt(volatility.median(), axis=1).astype(float)


@dataclass(frozen=True)
class WeekdayEncoded:
    """The mean of the next return over all bars of the same weekday."""

    name: str = "weekday_encoded"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        ahead = log_returns(prices).shift(-1)
        return ahead.groupby(prices.index.day_of_week).transform("mean")


@dataclass(frozen=True)
class SizeOfTheWhole:
    """Mean volume of the whole history, in logs: the same on every bar."""

    name: str = "size_of_the_whole"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.volume is not None
        size = np.log(prices.volume.mean())
        return pd.DataFrame(
            np.tile(size.to_numpy(), (prices.n_bars, 1)), prices.index, prices.close.columns
        )


@dataclass(frozen=True)
class SizeRank:
    """Rank by turnover in money over the whole history: the same on every bar."""

    name: str = "size_rank"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.volume is not None
        rank = (prices.volume * prices.close).mean().rank()
        return pd.DataFrame(
            np.tile(rank.to_numpy(), (prices.n_bars, 1)), prices.index, prices.close.columns
        )


@dataclass(frozen=True)
class ShareOfHistory:
    """Where in the history a bar is: 0 at its begin, 1 at its end."""

    name: str = "share_of_history"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        share = np.linspace(0.0, 1.0, prices.n_bars)
        return pd.DataFrame(
            np.tile(share[:, None], (1, len(prices.symbols))), prices.index, prices.close.columns
        )


@dataclass(frozen=True)
class BarsToLive:
    """How many bars are left until the symbol's last price, up to a hundred."""

    name: str = "bars_to_live"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        there = prices.close.notna().iloc[::-1]
        return there.cumsum().iloc[::-1].clip(upper=100).astype(float)


@dataclass(frozen=True)
class TodaysMember:
    """Whether the symbol is a member on the last bar there is."""

    name: str = "todays_member"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        last = prices.member.iloc[-1].astype(float)
        return pd.DataFrame(
            np.tile(last.to_numpy(), (prices.n_bars, 1)), prices.index, prices.close.columns
        )
