"""Buy the best and sell the worst forecasts of every sector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.rank_long_short import RankLongShort


@dataclass(frozen=True)
class SectorNeutral:
    """Long the top and short the bottom inside each sector, as much long as short in each.

    The bet is on companies against their own kind: no sector is bought or sold as a whole. A
    sector gets money in proportion to its symbols with a forecast; one with fewer than two such
    symbols is left out, and its share goes to the others.

    Parameters
    ----------
    sectors : mapping of str to str
        The sector of every symbol; symbols that are not traded may be in it, too.
    top : float
        Fraction of a sector's symbols on each side; at least one symbol.
    count : int, optional
        Number of a sector's symbols on each side, instead of a fraction.
    weighting : {"equal", "rank"}
        As in `RankLongShort`.
    """

    trades: ClassVar = RankLongShort.trades

    sectors: Mapping[str, str] = field(hash=False)
    top: float = 0.1
    count: int | None = None
    weighting: Literal["equal", "rank"] = "equal"

    def __post_init__(self) -> None:
        if not self.sectors:
            raise ConfigError("sectors: expected the sector of every symbol; got none")
        RankLongShort(self.top, self.count, self.weighting)  # checks the rest

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        del prices
        nowhere = [symbol for symbol in forecast.symbols if symbol not in self.sectors]
        if nowhere:
            raise ConfigError(f"sectors: {', '.join(nowhere)} has none; name one for each symbol")
        mean = forecast.mean
        inside = RankLongShort(self.top, self.count, self.weighting)
        parts, counts = [], []
        for sector in dict.fromkeys(self.sectors[symbol] for symbol in forecast.symbols):
            own = mean[[symbol for symbol in mean if self.sectors[symbol] == sector]]
            known = own.notna().sum(axis=1)
            counts.append(known.where(known >= 2, 0))
            parts.append(inside.sides(own).mul(counts[-1], axis=0))
        total = sum(counts[1:], counts[0]).clip(lower=1)
        weights = pd.concat(parts, axis=1)[list(mean.columns)]
        return TargetWeights(weights.div(total, axis=0))
