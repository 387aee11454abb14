"""Features, targets and strategies with planted faults, in a module that is quick to import."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.features.target import forward_log_return
from lstmtrader.features.technical import Return
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

_SEEN: dict[str, float] = {}
_CALLS = itertools.count()
_PER_PROCESS = np.random.default_rng().normal()


@dataclass(frozen=True)
class Tomorrow:
    """The return that follows."""

    name: str = "tomorrow"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close.shift(-2) / prices.close.shift(-1))


@dataclass(frozen=True)
class LogPrice:
    name: str = "log_price"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close)


@dataclass(frozen=True)
class Average:
    """An exponential average of returns, which says that it needs `lookback` bars."""

    span: int = 10
    lookback: int = 11
    name: str = "average"

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return Return(1)(prices).ewm(span=self.span, adjust=False).mean()


@dataclass(frozen=True)
class Slow:
    """A rolling mean over `window` returns, which says that it needs `lookback` bars."""

    window: int = 20
    lookback: int = 5
    name: str = "slow"

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return Return(1)(prices).rolling(self.window).mean()


@dataclass(frozen=True)
class Expanding:
    """The mean of all returns so far."""

    name: str = "expanding"
    lookback: int = 10

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return Return(1)(prices).expanding(2).mean()


@dataclass(frozen=True)
class Whisper:
    """A return with noise of 1e-9 that nothing seeds."""

    name: str = "whisper"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        noise = np.random.default_rng().normal(0, 1e-9, prices.close.shape)
        return Return(1)(prices) + noise


@dataclass(frozen=True)
class Counting:
    """A return plus how often it was asked."""

    name: str = "counting"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return Return(1)(prices) + next(_CALLS)


@dataclass(frozen=True)
class OfTheProcess:
    """A return plus a number drawn when its module was imported."""

    name: str = "of_the_process"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return Return(1)(prices) + _PER_PROCESS


@dataclass(frozen=True)
class OfTheHash:
    """A return plus something in the order of a set of texts."""

    name: str = "of_the_hash"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return Return(1)(prices) + hash("a text") % 1000


@dataclass(frozen=True)
class Remembers:
    """Scaled by the largest return of the prices it saw first, and of no others."""

    name: str = "remembers"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        values = Return(1)(prices)
        largest = _SEEN.setdefault("largest", float(np.nanmax(np.abs(values.to_numpy()))))
        return values / largest


@dataclass(frozen=True)
class Raises:
    name: str = "raises"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        raise ValueError("no luck today")


@dataclass(frozen=True)
class Gain:
    """The return in money."""

    horizon: int = 1
    kind: ForecastKind = ForecastKind.RETURN

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        return forward_log_return(prices, execution, self.horizon) * prices.close


@dataclass(frozen=True)
class BackToAverage:
    """Whether the next price lies above the average so far: the past tells much of it."""

    horizon: int = 1
    kind: ForecastKind = ForecastKind.RETURN

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        ahead = forward_log_return(prices, execution, self.horizon)
        return ahead + np.log(prices.close / prices.close.rolling(5).mean())


@dataclass(frozen=True)
class Restless:
    """A strategy with another opinion at each call."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        share = np.random.default_rng().uniform(0, 0.1, forecast.mean.shape)
        return TargetWeights(forecast.frame(share))


@dataclass(frozen=True)
class ByPrice:
    """A strategy that holds less of what costs more."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights((1 / prices.close.loc[forecast.index]).fillna(0.0))
