"""Be long where the forecast is high enough, else out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True)
class LongFlat:
    """Hold every symbol whose forecast exceeds a threshold, each with the same weight.

    The weight is one over the number of symbols that have a forecast, so that money stays in
    cash for those below the threshold.

    Parameters
    ----------
    threshold : float
        In units of the forecast: a return, a position, a direction, or a probability (then 0.5
        is neutral). A score has no neutral value and is not traded.
    """

    trades: ClassVar = frozenset(
        {
            ForecastKind.RETURN,
            ForecastKind.SCALED_RETURN,
            ForecastKind.POSITION,
            ForecastKind.PROBABILITY,
            ForecastKind.RANK,
            ForecastKind.DIRECTION,
        }
    )

    threshold: float = 0.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.threshold):
            raise ConfigError(f"threshold: expected a finite number; got {self.threshold}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        del prices
        mean = forecast.mean
        held = (mean > self.threshold).astype(float)
        count = mean.notna().sum(axis=1).clip(lower=1)
        return TargetWeights(held.div(count, axis=0))
