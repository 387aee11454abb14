"""Features of one symbol's own prices. All are free of the price level and of finite memory,
or give the warm-up after which their memory no longer matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader import vbt
from lstmtrader.bounds import at_least
from lstmtrader.features.returns import log_returns, rolling_volatility
from lstmtrader.prices import PriceFrame

# After this many spans an exponential average has forgotten its start to below 1e-6.
_SPANS_TO_FORGET = 7


@dataclass(frozen=True)
class Return:
    """Log return over `horizon` bars.

    Parameters
    ----------
    horizon : int

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> feature = Return(horizon=5)
    >>> feature.name, feature.lookback
    ('return_5', 6)
    >>> feature(prices).iloc[-1].round(3).tolist()
    [-0.013, -0.029, 0.022]
    """

    horizon: int = 1

    def __post_init__(self) -> None:
        at_least(1, horizon=self.horizon)

    @property
    def name(self) -> str:
        """``return_<horizon>``."""
        return f"return_{self.horizon}"

    @property
    def lookback(self) -> int:
        """The horizon and the bar itself."""
        return self.horizon + 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`."""
        return log_returns(prices, self.horizon)


@dataclass(frozen=True)
class ScaledReturn:
    """Log return over `horizon` bars in units of its own expected size.

    The return divided by recent one-bar volatility times the square root of the horizon.

    Parameters
    ----------
    horizon : int
    volatility_window : int
        Bars of the volatility estimate.

    References
    ----------
    Lim, B., Zohren, S. and Roberts, S. (2019). Enhancing Time Series Momentum Strategies Using
    Deep Neural Networks. Journal of Financial Data Science, 1(4), 19-38.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> feature = ScaledReturn(horizon=5)
    >>> feature.name, feature.lookback
    ('scaled_return_5', 61)
    >>> feature(prices).iloc[-1].round(3).tolist()
    [-0.673, -1.386, 0.873]
    """

    horizon: int = 1
    volatility_window: int = 60

    def __post_init__(self) -> None:
        at_least(1, horizon=self.horizon)
        at_least(2, volatility_window=self.volatility_window)

    @property
    def name(self) -> str:
        """``scaled_return_<horizon>``."""
        return f"scaled_return_{self.horizon}"

    @property
    def lookback(self) -> int:
        """The longer of the two windows, and the bar itself."""
        return max(self.horizon, self.volatility_window) + 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`."""
        volatility = rolling_volatility(prices, self.volatility_window).to_numpy()
        returns = log_returns(prices, self.horizon)
        with np.errstate(all="ignore"):
            scaled = returns.to_numpy() / (volatility * np.sqrt(self.horizon))
        return pd.DataFrame(scaled, index=returns.index, columns=returns.columns)


@dataclass(frozen=True)
class MacdMomentum:
    """Difference of two exponential averages, normalised twice.

    First by the standard deviation of the price over `price_window` bars, then by that of the
    result over `signal_window` bars.

    Parameters
    ----------
    short, long : int
        Spans of the averages.
    price_window, signal_window : int

    References
    ----------
    Baz, J., Granger, N., Harvey, C. R., Le Roux, N. and Rattray, S. (2015). Dissecting
    Investment Strategies in the Cross Section and Time Series. SSRN 2695101.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=300, seed=1).fetch()
    >>> feature = MacdMomentum(short=4, long=12)
    >>> feature.name, feature.lookback
    ('macd_4_12', 210)
    >>> feature(prices).iloc[-1].round(3).tolist()
    [0.768, -0.456, -0.861]
    """

    short: int = 8
    long: int = 24
    price_window: int = 63
    signal_window: int = 126

    def __post_init__(self) -> None:
        at_least(1, short=self.short)
        at_least(self.short + 1, long=self.long)
        at_least(2, price_window=self.price_window, signal_window=self.signal_window)

    @property
    def name(self) -> str:
        """``macd_<short>_<long>``."""
        return f"macd_{self.short}_{self.long}"

    @property
    def lookback(self) -> int:
        """Warm-up of the averages, then the window of the second normalisation."""
        return max(_SPANS_TO_FORGET * self.long, self.price_window) + self.signal_window

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`."""
        close = prices.close
        gap = vbt.exponential_mean(close, self.short) - vbt.exponential_mean(close, self.long)
        signal = gap / vbt.rolling_std(close, self.price_window)
        return signal / vbt.rolling_std(signal, self.signal_window)


@dataclass(frozen=True)
class RealisedVolatility:
    """Log of the standard deviation of the last `window` one-bar log returns.

    Parameters
    ----------
    window : int

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> feature = RealisedVolatility(window=20)
    >>> feature.name, feature.lookback
    ('volatility_20', 21)
    >>> feature(prices).iloc[-1].round(3).tolist()
    [-4.824, -4.569, -4.47]
    """

    window: int = 21

    def __post_init__(self) -> None:
        at_least(2, window=self.window)

    @property
    def name(self) -> str:
        """``volatility_<window>``."""
        return f"volatility_{self.window}"

    @property
    def lookback(self) -> int:
        """The window and the bar before it."""
        return self.window + 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`; NaN where the price did not move at all."""
        volatility = rolling_volatility(prices, self.window)
        values = volatility.to_numpy()
        with np.errstate(invalid="ignore"):
            known = np.log(np.where(values > 0, values, np.nan))
        return pd.DataFrame(known, index=volatility.index, columns=volatility.columns)


@dataclass(frozen=True)
class AbsoluteReturn:
    """Log of the root mean square of the last `window` one-bar log returns.

    Parameters
    ----------
    window : int
        1 gives the size of the latest move alone.
    floor : float
        Added to the square, so that a bar without a move has a logarithm.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> feature = AbsoluteReturn(window=5)
    >>> feature.name, feature.lookback
    ('absolute_return_5', 6)
    >>> feature(prices).iloc[-1].round(3).tolist()
    [-4.826, -4.186, -4.351]
    """

    window: int = 1
    floor: float = 1e-8

    def __post_init__(self) -> None:
        at_least(1, window=self.window)

    @property
    def name(self) -> str:
        """``absolute_return_<window>``."""
        return f"absolute_return_{self.window}"

    @property
    def lookback(self) -> int:
        """The window and the bar before it."""
        return self.window + 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`."""
        squares = log_returns(prices) ** 2
        mean = squares if self.window == 1 else squares.rolling(self.window).mean()
        known = 0.5 * np.log(mean.to_numpy() + self.floor)
        return pd.DataFrame(known, index=squares.index, columns=squares.columns)


@dataclass(frozen=True)
class RelativeStrength:
    """Relative strength index, moved from 0 … 100 to -1 … 1.

    Parameters
    ----------
    window : int

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> feature = RelativeStrength(window=14)
    >>> feature.name, feature.lookback
    ('rsi_14', 15)
    >>> feature(prices).iloc[-1].round(3).tolist()
    [-0.027, -0.348, 0.397]
    """

    window: int = 14

    def __post_init__(self) -> None:
        at_least(2, window=self.window)

    @property
    def name(self) -> str:
        """``rsi_<window>``."""
        return f"rsi_{self.window}"

    @property
    def lookback(self) -> int:
        """The window and the bar before it."""
        return self.window + 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`; NaN where the price did not move at all."""
        return vbt.rsi(prices.close, self.window) / 50 - 1
