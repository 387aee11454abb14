"""Fixed parts of the money, restored every now and then: 60 % stocks, 40 % bonds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.market import tradable
from strategies.rebalancing import each_nth


@dataclass(frozen=True)
class FixedWeights:
    """Bring each symbol back to its part of the money every `every` bars.

    The numbers of the forecast are ignored. What has no price when it is due is left as it is,
    and what is not yet listed waits for its turn; the money for it stays in cash.

    Parameters
    ----------
    weights : mapping of str to float
        Part of the money of each symbol, below 0 to sell it short; Σ|w| up to 1. A symbol that
        is not named is not held.
    every : int
        Bars from one restoring to the next; between, the parts drift.

    Examples
    --------
    ::

        FixedWeights({"SPY": 0.6, "TLT": 0.4})
    """

    trades: ClassVar = frozenset(ForecastKind)

    weights: Mapping[str, float] = field(hash=False)
    every: int = 21

    def __post_init__(self) -> None:
        for symbol, weight in self.weights.items():
            if not math.isfinite(weight):
                raise ConfigError(f"weights: expected a finite number for {symbol}; got {weight}")
        gross = math.fsum(abs(weight) for weight in self.weights.values())
        if not 0 < gross <= 1 + 1e-9:
            raise ConfigError(f"weights: expected Σ|w| above 0 and up to 1; got {gross:g}")
        if self.every < 1:
            raise ConfigError(f"every: expected at least 1 bar; got {self.every}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        strange = [symbol for symbol in self.weights if symbol not in forecast.symbols]
        if strange:
            raise ConfigError(
                f"weights: {', '.join(strange)} is not in the prices; they have "
                f"{', '.join(forecast.symbols)}"
            )
        parts = pd.Series({symbol: self.weights.get(symbol, 0.0) for symbol in forecast.symbols})
        there = tradable(prices, forecast.index)
        fixed = there.astype(float).mul(parts, axis=1).where(there)
        return TargetWeights(each_nth(fixed, self.every))
