"""Features that read the bars right after their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.features import ScaledReturn
from lstmtrader.prices import PriceFrame
from tests.audit.ground import log_returns


@dataclass(frozen=True)
class TomorrowsReturn:
    """The return from this close to the next."""

    name: str = "tomorrow"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).shift(-1)


@dataclass(frozen=True)
class TomorrowOfOneSymbol:
    """As above, but for one symbol on the side."""

    name: str = "tomorrow_of_one"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        values = ScaledReturn(1, 20)(prices)
        last = prices.symbols[-1]
        return values.assign(**{last: values[last].shift(-1)})


@dataclass(frozen=True)
class TomorrowInNovember:
    """As above, in a single month of the calendar."""

    name: str = "tomorrow_in_november"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        values = ScaledReturn(1, 20)(prices)
        november = prices.index.month == 11
        return values.mask(np.outer(november, np.ones(len(prices.symbols), bool)), values.shift(-1))


@dataclass(frozen=True)
class RareTomorrow:
    """As above, for one symbol on each twentieth day."""

    name: str = "rare_tomorrow"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        values = ScaledReturn(1, 20)(prices)
        days = (prices.index - pd.Timestamp("1970-01-01")).days
        one = values["SYN03"]
        return values.assign(SYN03=one.where(days % 20 != 7, one.shift(-1)))


@dataclass(frozen=True)
class Whisper:
    """A millionth of tomorrow's return on top of today's."""

    name: str = "whisper"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        return returns + 1e-6 * returns.shift(-1).fillna(0.0)


@dataclass(frozen=True)
class QuietBeforeTheCrash:
    """The return, forgotten where tomorrow falls by more than three percent."""

    name: str = "quiet_before_the_crash"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        return returns.where(~(returns.shift(-1) < -0.03), 0.0)


@dataclass(frozen=True)
class TomorrowUnlessWild:
    """Tomorrow's return, but today's where tomorrow's is no ordinary one."""

    name: str = "tomorrow_unless_wild"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        ahead = returns.shift(-1)
        return ahead.where(ahead.abs() < 0.05, returns)


@dataclass(frozen=True)
class CentredMean:
    """A rolling mean whose window is centred."""

    name: str = "centred_mean"
    lookback: int = 6

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).rolling(5, center=True).mean()


@dataclass(frozen=True)
class TomorrowsOpen:
    """The gap of the night to come."""

    name: str = "tomorrows_open"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.open is not None
        return np.log(prices.open.shift(-1) / prices.close)


@dataclass(frozen=True)
class TomorrowsHigh:
    """How far tomorrow goes up."""

    name: str = "tomorrows_high"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.high is not None
        return np.log(prices.high.shift(-1) / prices.close)


@dataclass(frozen=True)
class TomorrowsVolume:
    """How much is traded tomorrow."""

    name: str = "tomorrows_volume"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.volume is not None
        return np.log1p(prices.volume.shift(-1)) - np.log1p(prices.volume)


@dataclass(frozen=True)
class DividendAhead:
    """The yield of the dividend of the next bar."""

    name: str = "dividend_ahead"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        assert prices.dividends is not None
        return prices.dividends.shift(-1).fillna(0.0) / prices.close


@dataclass(frozen=True)
class SoonToJoin:
    """Whether the symbol is a member five bars from now."""

    name: str = "soon_to_join"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        ahead = prices.member.astype(float).shift(-5).ffill()
        return ahead + 0.0 * prices.close


@dataclass(frozen=True)
class MonthsEnd:
    """How far the close is from that of its month's last day."""

    name: str = "months_end"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        monthly = prices.close.resample("ME").last()
        spread = monthly.reindex(prices.index, method="bfill").ffill()
        return np.log(prices.close / spread)


@dataclass(frozen=True)
class WeekOnItsLeft:
    """The close of a week, dated by the week's left end."""

    name: str = "week_on_its_left"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        weekly = prices.close.resample("W-FRI", label="left").last()
        return np.log(prices.close / weekly.reindex(prices.index, method="ffill"))


@dataclass(frozen=True)
class MeanOfItsWeek:
    """The mean return of the week a bar is in, the days to come included."""

    name: str = "mean_of_its_week"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).groupby(prices.index.to_period("W")).transform("mean")


@dataclass(frozen=True)
class InterpolatedMonths:
    """Mean closes of months, joined by straight lines."""

    name: str = "interpolated_months"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        months = prices.close.resample("MS").mean()
        joined = months.reindex(months.index.union(prices.index)).interpolate("time")
        return np.log(prices.close / joined.reindex(prices.index))


@dataclass(frozen=True)
class MondaysFilledBackwards:
    """A number that is new each Monday, filled into the days before it."""

    name: str = "mondays_backwards"
    lookback: int = 6

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        week = np.log(prices.close / prices.close.shift(5))
        week.loc[prices.index.day_of_week != 0] = np.nan
        return week.bfill()


@dataclass(frozen=True)
class HolesFilledBackwards:
    """A volatility whose missing values after a hole are those of days later."""

    name: str = "holes_backwards"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices).rolling(40).std().bfill()


@dataclass(frozen=True)
class AgainstBackFilled:
    """The close against the mean of all, where unlisted ones already have their first price."""

    name: str = "against_backfilled"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close).sub(np.log(prices.close.bfill()).mean(axis=1), axis=0)


@dataclass(frozen=True)
class AgainstInterpolated:
    """The return against the mean of all, holes bridged by a straight line."""

    name: str = "against_interpolated"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        bridged = np.log(prices.close.interpolate(limit_area="inside")).diff()
        return log_returns(prices).sub(bridged.mean(axis=1), axis=0)
