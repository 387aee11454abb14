"""Trade as another strategy does, but only what the forecast is sure of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind, quantile_name
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from lstmtrader.weights import TargetWeights
from strategies.rank_long_short import RankLongShort
from strategies.rebalancing import gated

_WITH_A_SIGN = RankLongShort.trades - {ForecastKind.SCORE}


@dataclass(frozen=True)
class ConfidenceFiltered:
    """Keep the weights of a strategy where the forecast is surely above or below neutral.

    Neutral is 0, for a probability 0.5. All else is out, its money in cash; what becomes sure
    again gets the latest weight the strategy wanted. Neutrality of the strategy is lost.

    Parameters
    ----------
    strategy : Strategy
    rule : {"interval", "members"}
        Sure is a symbol whose interval between the quantiles `level` and 1 - `level` leaves
        neutral out; or for which the fraction `agreement` of the members say the same side.
    level : float
        Above 0 and below 0.5; the model must forecast both quantiles.
    agreement : float
        Above 0.5 and up to 1; a single member always agrees with itself.
    """

    strategy: Strategy
    rule: Literal["interval", "members"] = "interval"
    level: float = 0.1
    agreement: float = 0.8

    def __post_init__(self) -> None:
        if self.rule not in ("interval", "members"):
            raise ConfigError(f"rule: expected interval or members; got {self.rule!r}")
        if not 0 < self.level < 0.5:
            raise ConfigError(f"level: expected a number above 0 and below 0.5; got {self.level}")
        if not 0.5 < self.agreement <= 1:
            raise ConfigError(f"agreement: expected above 0.5 and up to 1; got {self.agreement}")
        if not self.trades:
            raise ConfigError("strategy: expected one that trades forecasts with a neutral value")

    @property
    def trades(self) -> frozenset[ForecastKind]:
        """What the strategy trades, as far as it has a neutral value."""
        return _WITH_A_SIGN & frozenset(getattr(self.strategy, "trades", ForecastKind))

    @property
    def needs(self) -> frozenset[str]:
        """The quantiles, and what the strategy needs."""
        ends = (quantile_name(self.level), quantile_name(1 - self.level))
        own = ends if self.rule == "interval" else ()
        return frozenset(own).union(getattr(self.strategy, "needs", ()))

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        weights = decide(self.strategy, forecast, prices).frame
        return TargetWeights(gated(weights, self._sure(forecast)))

    def _sure(self, forecast: Forecast) -> pd.DataFrame:
        neutral = 0.5 if forecast.kind is ForecastKind.PROBABILITY else 0.0
        if self.rule == "interval":
            low, high = forecast.quantile(self.level), forecast.quantile(1 - self.level)
            return (low > neutral) | (high < neutral)
        above, below = forecast.members > neutral, forecast.members < neutral
        return forecast.frame(np.maximum(above.mean(0), below.mean(0)) >= self.agreement - 1e-9)
