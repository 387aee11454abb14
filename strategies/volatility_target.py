"""Hold everything, in sizes that make each symbol equally risky by forecast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True)
class VolatilityTarget:
    """Weight each symbol by target volatility over forecast volatility, long only.

    Parameters
    ----------
    target_volatility : float
        Annualised, of each symbol's position times the number of symbols; 0.15 for 15 %.
    cap : float
        Largest multiple of the equal weight that a quiet symbol may get.
    """

    trades: ClassVar = frozenset({ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY})

    target_volatility: float = 0.15
    cap: float = 2.0

    def __post_init__(self) -> None:
        for name in ("target_volatility", "cap"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(
                    f"{name}: expected a finite number above 0; got {getattr(self, name)}"
                )

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        mean = forecast.mean
        per_bar = np.exp(mean) if forecast.kind is ForecastKind.LOG_VOLATILITY else mean
        annual = per_bar.where(per_bar > 0) * np.sqrt(prices.periods_per_year)
        multiple = (self.target_volatility / annual).clip(upper=self.cap)
        count = mean.notna().sum(axis=1).clip(lower=1)
        return TargetWeights(multiple.div(count, axis=0).fillna(0.0))
