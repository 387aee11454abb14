"""Be long while the fast moving average is above the slow one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.market import tradable


@dataclass(frozen=True)
class MovingAverageCrossover:
    """Hold every symbol whose mean close over `fast` bars exceeds that over `slow` bars.

    Each weighs one over the number of symbols that have a price and a slow average; money stays
    in cash for the others. The numbers of the forecast are ignored. A hole in the prices repeats
    the last one in the averages; nothing is held of a symbol on the hole itself.

    Parameters
    ----------
    fast, slow : int
        Bars of the averages.
    short : bool
        Sell short what is below its slow average, instead of leaving it out.

    References
    ----------
    Brock, W., Lakonishok, J. and LeBaron, B. (1992). Simple Technical Trading Rules and the
    Stochastic Properties of Stock Returns. Journal of Finance, 47(5), 1731-1764.
    """

    trades: ClassVar = frozenset(ForecastKind)

    fast: int = 50
    slow: int = 200
    short: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.fast < self.slow:
            raise ConfigError(f"fast: expected 1 up to less than slow={self.slow}; got {self.fast}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        close = prices.close.ffill()
        gap = close.rolling(self.fast).mean() - close.rolling(self.slow).mean()
        known = gap.loc[forecast.index].where(tradable(prices, forecast.index))
        side = np.sign(known).clip(lower=-1.0 if self.short else 0.0).fillna(0.0)
        return TargetWeights(side.div(known.notna().sum(axis=1).clip(lower=1), axis=0))
