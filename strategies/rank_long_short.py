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

    trades: ClassVar = frozenset({
        ForecastKind.RETURN, ForecastKind.SCALED_RETURN, ForecastKind.POSITION,
        ForecastKind.PROBABILITY, ForecastKind.RANK, ForecastKind.DIRECTION, ForecastKind.SCORE,
    })  # fmt: skip

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
        values = score.to_numpy(dtype=np.float64)
        there = ~np.isnan(values)
        # Sorting twice gives ranks from 1 on; whoever has no score is sorted last.
        order = np.argsort(values, axis=1, kind="stable")
        rank = np.where(there, np.argsort(order, axis=1) + 1.0, np.nan)
        known = there.sum(axis=1, keepdims=True)
        if self.count is None:
            each = np.where(known >= 2, np.maximum(np.floor(self.top * known), 1), 0)
        else:
            each = np.minimum(known // 2, self.count)
        long, short = rank > known - each, rank <= each
        weights = long.astype(np.float64) - short
        if self.weighting == "equal":
            weights /= 2 * np.maximum(each, 1)
        else:
            inner = np.where(long, rank - (known - each), each + 1 - rank)
            weights *= np.where(long | short, inner, 0.0)
            weights /= np.maximum(each * (each + 1), 1)
        return pd.DataFrame(weights, index=score.index, columns=score.columns)
