"""Buy the best forecasts of each bar, sell the worst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

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
    weighting : {"equal", "rank"}
        Whether the symbols of a side weigh the same, or the n-th from its inner end n times as
        much as the innermost: the most extreme forecast the most.
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
    weighting: Literal["equal", "rank"] = "equal"

    def __post_init__(self) -> None:
        if not 0 < self.top <= 0.5:
            raise ConfigError(f"top: expected a fraction above 0 and up to 0.5; got {self.top}")
        if self.count is not None and self.count < 1:
            raise ConfigError(f"count: expected at least 1 symbol; got {self.count}")
        if self.weighting not in ("equal", "rank"):
            raise ConfigError(f"weighting: expected equal or rank; got {self.weighting!r}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        del prices
        return TargetWeights(self.sides(forecast.mean))

    def sides(self, score: pd.DataFrame) -> pd.DataFrame:
        """Weights by any score of shape (n_bars, n_symbols), NaN where a symbol has none."""
        rank = score.rank(axis=1, method="first")
        known = score.notna().sum(axis=1)
        if self.count is None:
            each = np.floor(self.top * known).clip(lower=1).where(known >= 2, 0)
        else:
            each = (known // 2).clip(upper=self.count)
        long = rank.gt(known - each, axis=0)
        short = rank.le(each, axis=0)
        side = long.astype(float) - short.astype(float)
        if self.weighting == "equal":
            return side.div(2 * each.clip(lower=1), axis=0)
        inner = rank.sub(known - each, axis=0).where(long, rank.rsub(each + 1, axis=0))
        steps = side * inner.where(long | short, 0.0)
        return steps.div((each * (each + 1)).clip(lower=1), axis=0)
