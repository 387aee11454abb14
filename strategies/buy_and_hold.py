"""Buy everything once and wait: what any strategy has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.market import tradable
from strategies.rebalancing import each_nth


@dataclass(frozen=True)
class BuyAndHold:
    """Buy in equal parts what has a price on the first bar, and never trade again.

    The numbers of the forecast are ignored; its first bar is where buying starts. All money is
    spent then, so that a later listing is never bought. What leaves the universe is sold and its
    money stays in cash.
    """

    trades: ClassVar = frozenset(ForecastKind)

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        there = tradable(prices, forecast.index).astype(float)
        equal = there.div(there.sum(axis=1).clip(lower=1), axis=0)
        return TargetWeights(each_nth(equal, len(equal)))
