"""Trade the positions that a network trained on the Sharpe loss puts out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.features.returns import rolling_volatility
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True)
class DirectPositions:
    """Hold each symbol in proportion to its position, scaled to equal risk.

    A forecast of direction is taken as a position: P(up) - P(down) is a bet of that size.

    The weight of a symbol is position x target volatility / its own recent volatility / number
    of symbols with a forecast. A full position in every symbol would have the target volatility
    if the symbols moved as one, and less as they do not.

    Parameters
    ----------
    target_volatility : float
        Annualised, 0.15 for 15 %.
    window : int
        Bars of the volatility estimate.
    cap : float
        Largest multiple of the equal weight that a full position in a quiet symbol may get: a
        price that hardly moves must not take the whole account. One that does not move at all is
        left out.
    """

    trades: ClassVar = frozenset({ForecastKind.POSITION, ForecastKind.DIRECTION})

    target_volatility: float = 0.15
    window: int = 60
    cap: float = 4.0

    def __post_init__(self) -> None:
        for name in ("target_volatility", "cap"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(
                    f"{name}: expected a finite number above 0; got {getattr(self, name)}"
                )
        if self.window < 2:
            raise ConfigError(f"window: expected at least 2 bars; got {self.window}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        position = forecast.mean
        volatility = rolling_volatility(prices, self.window).loc[position.index]
        annual = volatility.where(volatility > 0) * np.sqrt(prices.periods_per_year)
        share = (self.target_volatility / annual).clip(upper=self.cap)
        count = position.notna().sum(axis=1).clip(lower=1)
        return TargetWeights((position * share).div(count, axis=0).fillna(0.0))
