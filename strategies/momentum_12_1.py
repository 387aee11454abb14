"""Buy last year's winners, sell its losers, the latest month left out."""

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
class Momentum12Minus1:
    """Rank by the return from `lookback` to `skip` bars ago; half the money on each side.

    The numbers of the forecast are ignored. A symbol is ranked where it has a price on the bar
    and was listed `lookback` bars ago; a hole in its prices repeats the last one.

    Parameters
    ----------
    lookback, skip : int
        Bars: 252 and 21 are twelve months and one, of daily bars of stocks. The month is left
        out because it tends to reverse.
    top : float
        Fraction of the symbols on each side; at least one symbol.
    weighting : {"equal", "rank"}
        As in `RankLongShort`.
    every : int
        Bars from one decision to the next; positions drift between.

    References
    ----------
    Jegadeesh, N. and Titman, S. (1993). Returns to Buying Winners and Selling Losers:
    Implications for Stock Market Efficiency. Journal of Finance, 48(1), 65-91.
    """

    trades: ClassVar = frozenset(ForecastKind)

    lookback: int = 252
    skip: int = 21
    top: float = 0.1
    weighting: Literal["equal", "rank"] = "equal"
    every: int = 21

    def __post_init__(self) -> None:
        RankLongShort(self.top, weighting=self.weighting)  # checks its part
        if not 0 <= self.skip < self.lookback:
            raise ConfigError(
                f"skip: expected 0 up to less than lookback={self.lookback}; got {self.skip}"
            )
        if self.every < 1:
            raise ConfigError(f"every: expected at least 1 bar; got {self.every}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        close = prices.close.ffill()
        momentum = close.shift(self.skip) / close.shift(self.lookback)
        score = momentum.loc[forecast.index].where(tradable(prices, forecast.index))
        sides = RankLongShort(self.top, weighting=self.weighting).sides(score)
        return TargetWeights(each_nth(sides, self.every))
