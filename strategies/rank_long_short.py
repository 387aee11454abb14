"""Buy the best forecasts of each bar, sell the worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True)
class RankLongShort:
    """Long the top and short the bottom of the symbols, half the money on each side.

    Ties are broken by the order of the columns. A bar with fewer than two forecasts is left out.

    Parameters
    ----------
    top : float
        Fraction of the symbols on each side, above 0 and up to 0.5; at least one symbol.
    count : int, optional
        Number of symbols on each side, instead of a fraction; on a bar with fewer than twice as
        many forecasts, half of them.
    """

    trades: ClassVar = frozenset(
        {
            ForecastKind.RETURN,
            ForecastKind.SCALED_RETURN,
            ForecastKind.POSITION,
            ForecastKind.PROBABILITY,
            ForecastKind.RANK,
            ForecastKind.DIRECTION,
            ForecastKind.SCORE,
        }
    )

    top: float = 0.1
    count: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.top <= 0.5:
            raise ConfigError(f"top: expected a fraction above 0 and up to 0.5; got {self.top}")
        if self.count is not None and self.count < 1:
            raise ConfigError(f"count: expected at least 1 symbol; got {self.count}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        del prices
        mean = forecast.mean
        rank = mean.rank(axis=1, method="first")
        known = mean.notna().sum(axis=1)
        if self.count is None:
            each = np.floor(self.top * known).clip(lower=1).where(known >= 2, 0)
        else:
            each = (known // 2).clip(upper=self.count)
        long = rank.gt(known - each, axis=0)
        short = rank.le(each, axis=0)
        side = long.astype(float) - short.astype(float)
        return TargetWeights(side.div(2 * each.clip(lower=1), axis=0))
