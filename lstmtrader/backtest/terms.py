"""Everything an account is told besides prices and weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.clock import Execution
from lstmtrader.errors import ConfigError


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
        object.__setattr__(self, "execution", Execution(self.execution))
        if not 0 < self.capital < math.inf:
            raise ConfigError(f"capital: expected a finite sum above 0; got {self.capital}")

    @property
    def lag(self) -> int:
        """Bars between a decision and its fill."""
        return self.execution.lag + self.rebalancing.delay
