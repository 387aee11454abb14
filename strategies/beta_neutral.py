"""Buy the best and sell the worst forecasts, with no bet on the market itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.market import market_return, one_bar_returns
from strategies.rank_long_short import RankLongShort


@dataclass(frozen=True)
class BetaNeutral:
    """Long the top and short the bottom, the two sides scaled to the same beta.

    Equal money on both sides still bets on the market where the bought symbols move more with it
    than the sold ones. Here the side with the lower beta gets more money, as in the reference;
    Σ|w| stays 1. A symbol without a beta (fewer than `window` returns, or a hole in them) is
    not ranked. A bar on which a side has no positive beta is left out.

    Parameters
    ----------
    top : float
        Fraction of the symbols on each side; at least one symbol.
    count : int, optional
        Number of symbols on each side, instead of a fraction.
    weighting : {"equal", "rank"}
        Inside a side, as in `RankLongShort`.
    window : int
        Bars of the betas to the equal-weight market.

    References
    ----------
    Frazzini, A. and Pedersen, L. H. (2014). Betting against beta. Journal of Financial
    Economics, 111(1), 1-25.
    """

    trades: ClassVar = RankLongShort.trades

    top: float = 0.1
    count: int | None = None
    weighting: Literal["equal", "rank"] = "equal"
    window: int = 120

    def __post_init__(self) -> None:
        RankLongShort(self.top, self.count, self.weighting)  # checks its part
        if self.window < 3:
            raise ConfigError(f"window: expected at least 3 bars; got {self.window}")

    def betas(self, prices: PriceFrame) -> pd.DataFrame:
        """Slope of each symbol's returns on the market's, over the last `window` bars."""
        market = market_return(prices)
        variance = market.rolling(self.window).var()
        together = one_bar_returns(prices).rolling(self.window).cov(market)
        return together.div(variance.where(variance > 0), axis=0)

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        beta = self.betas(prices).loc[forecast.index]
        ranked = RankLongShort(self.top, self.count, self.weighting)
        equal = ranked.sides(forecast.mean.where(beta.notna()))
        long, short = equal.clip(lower=0.0), -equal.clip(upper=0.0)
        above, below = (long * beta).sum(axis=1), (short * beta).sum(axis=1)
        total = (above + below).where((above > 0) & (below > 0))
        weights = 2 * (long.mul(below / total, axis=0) - short.mul(above / total, axis=0))
        return TargetWeights(weights.fillna(0.0))
