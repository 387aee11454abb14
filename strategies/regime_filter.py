"""Trade as another strategy does, but be out while the market is in a bad regime."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from lstmtrader.weights import TargetWeights
from strategies.market import market_return
from strategies.rebalancing import gated


@dataclass(frozen=True)
class RegimeFilter:
    """Hold what a strategy wants while the market rises and is calm, else nothing.

    The market is the equal-weight mean of all members. Until its history is long enough to tell,
    nothing is held. When the regime turns good, the latest weights the strategy wanted are taken.

    Parameters
    ----------
    strategy : Strategy
    trend_window : int, optional
        The market rises while its log index is above its mean over so many bars; None: no matter.
    max_volatility : float, optional
        The market is calm up to this annualised volatility, 0.2 for 20 %; None: no matter.
    volatility_window : int
        Bars of the volatility.

    References
    ----------
    Faber, M. T. (2007). A Quantitative Approach to Tactical Asset Allocation. Journal of Wealth
    Management, 9(4), 69-79.
    """

    strategy: Strategy
    trend_window: int | None = 200
    max_volatility: float | None = None
    volatility_window: int = 21

    def __post_init__(self) -> None:
        if self.trend_window is None and self.max_volatility is None:
            raise ConfigError("expected trend_window, max_volatility or both; got neither")
        for name in ("trend_window", "volatility_window"):
            if (value := getattr(self, name)) is not None and value < 2:
                raise ConfigError(f"{name}: expected at least 2 bars; got {value}")
        if self.max_volatility is not None and not 0 < self.max_volatility < math.inf:
            raise ConfigError(f"max_volatility: expected above 0; got {self.max_volatility}")

    @property
    def trades(self) -> frozenset[ForecastKind]:
        """What the strategy trades."""
        return frozenset(getattr(self.strategy, "trades", ForecastKind))

    @property
    def needs(self) -> frozenset[str]:
        """What the strategy needs."""
        return frozenset(getattr(self.strategy, "needs", ()))

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        market = market_return(prices)
        market = market.loc[market.first_valid_index() :].fillna(0.0)
        good = pd.Series(True, index=market.index)
        if self.trend_window is not None:
            level = np.log1p(market).cumsum()
            good &= level > level.rolling(self.trend_window).mean()
        if self.max_volatility is not None:
            volatility = market.rolling(self.volatility_window).std()
            good &= volatility * math.sqrt(prices.periods_per_year) <= self.max_volatility
        now = good.reindex(forecast.index, fill_value=False)
        return TargetWeights(gated(decide(self.strategy, forecast, prices).frame, now))
