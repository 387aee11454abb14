"""Buy last week's losers, sell its winners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.market import tradable
from strategies.rank_long_short import RankLongShort
from strategies.rebalancing import each_nth


@dataclass(frozen=True)
class ShortTermReversal:
    """Rank by the return of the last bars, the worst first; half the money on each side.

    The numbers of the forecast are ignored. A symbol is ranked where it has a price on the bar
    and was listed `lookback` bars ago; a hole in its prices repeats the last one. This trades
    much: look at it after costs.

    Parameters
    ----------
    lookback : int
        Bars of the return: 5 are a week of daily bars of stocks, 21 a month.
    top : float
        Fraction of the symbols on each side; at least one symbol.
    weighting : {"equal", "rank"}
        As in `RankLongShort`.
    every : int
        Bars from one decision to the next; positions drift between.

    References
    ----------
    Lehmann, B. N. (1990). Fads, Martingales, and Market Efficiency. Quarterly Journal of
    Economics, 105(1), 1-28. Jegadeesh, N. (1990). Evidence of Predictable Behavior of Security
    Returns. Journal of Finance, 45(3), 881-898.
    """

    trades: ClassVar = frozenset(ForecastKind)

    lookback: int = 5
    top: float = 0.1
    weighting: Literal["equal", "rank"] = "equal"
    every: int = 5

    def __post_init__(self) -> None:
        RankLongShort(self.top, weighting=self.weighting)  # checks its part
        for name in ("lookback", "every"):
            if (value := getattr(self, name)) < 1:
                raise ConfigError(f"{name}: expected at least 1 bar; got {value}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        close = prices.close.ffill()
        fallen = (close.shift(self.lookback) / close).loc[forecast.index]
        score = fallen.where(tradable(prices, forecast.index))
        sides = RankLongShort(self.top, weighting=self.weighting).sides(score)
        return TargetWeights(each_nth(sides, self.every))
