"""Everything an account is told besides prices and weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.bounds import one_of
from lstmtrader.clock import Execution
from lstmtrader.errors import ConfigError, DataError
from lstmtrader.prices import PriceFrame

_NEEDED = {"range": ("high", "low"), "volatility": (), "volume": ("volume",)}


@dataclass(frozen=True)
class Terms:
    """The terms on which target weights are traded.

    Parameters
    ----------
    execution : Execution
        When orders are filled.
    costs : Costs
    limits : Limits
    sizing : Sizing
    rebalancing : Rebalancing
    capital : float
        Money at the start.
    """

    execution: Execution = Execution.NEXT_OPEN
    costs: Costs = field(default_factory=Costs)
    limits: Limits = field(default_factory=Limits)
    sizing: Sizing = field(default_factory=Sizing)
    rebalancing: Rebalancing = field(default_factory=Rebalancing)
    capital: float = 1_000_000.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "execution", one_of(Execution, execution=self.execution))
        if not 0 < self.capital < math.inf:
            raise ConfigError(f"capital: expected a finite sum above 0; got {self.capital}")

    def check(self, prices: PriceFrame) -> None:
        """Raise where the prices do not allow these terms, before anything is worked out.

        Raises
        ------
        DataError
            If opens, highs and lows or volumes are needed and missing, or a borrowing fee names a
            symbol that is not in the prices.
        ConfigError
            If weeks or months are asked for of bars shorter than a session.
        """
        prices.fill_price(self.execution)
        needed = {name for one in self.costs.estimates for name in _NEEDED[one]}
        if self.limits.participation is not None:
            needed.add("volume")
        for name in sorted(needed):
            if getattr(prices, name) is None:
                raise DataError(
                    f"the prices have no {name}, which these costs or limits are worked out from"
                )
        strange = sorted(set(self.costs.borrow_by_symbol) - set(prices.symbols))
        if strange:
            raise DataError(f"borrow_by_symbol: {strange[0]} is not in the prices")
        if isinstance(self.rebalancing.every, str):
            prices.calendar.ends_of(prices.index[:1], self.rebalancing.every)

    @property
    def lag(self) -> int:
        """Bars between a decision and its fill."""
        return self.execution.lag + self.rebalancing.delay
