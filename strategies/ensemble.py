"""Hold a mixture of several strategies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True)
class Ensemble:
    """Weighted mean of the weights of several strategies.

    A strategy that leaves a position as it is counts with its latest decision; where all do, so
    does the ensemble.

    Parameters
    ----------
    strategies : tuple of Strategy
    shares : tuple of float, optional
        What each counts, above 0; they are divided by their sum. None counts all alike.

    References
    ----------
    Timmermann, A. (2006). Forecast Combinations. Handbook of Economic Forecasting, 1, 135-196.
    """

    strategies: tuple[Strategy, ...]
    shares: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "strategies", tuple(self.strategies))
        if not self.strategies:
            raise ConfigError("strategies: expected at least one")
        if self.shares is not None:
            object.__setattr__(self, "shares", tuple(self.shares))
            if len(self.shares) != len(self.strategies):
                raise ConfigError(
                    f"shares: expected one for each of the {len(self.strategies)} strategies; "
                    f"got {len(self.shares)}"
                )
            if not all(0 < share < math.inf for share in self.shares):
                raise ConfigError(f"shares: expected finite numbers above 0; got {self.shares}")
        if not self.trades:
            raise ConfigError("strategies: there is no forecast that all of them trade")

    @property
    def trades(self) -> frozenset[ForecastKind]:
        """What all of them trade."""
        each = (frozenset(getattr(one, "trades", ForecastKind)) for one in self.strategies)
        return reduce(frozenset.intersection, each)

    @property
    def needs(self) -> frozenset[str]:
        """What any of them needs."""
        return frozenset[str]().union(*(getattr(one, "needs", ()) for one in self.strategies))

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        shares = self.shares or (1.0,) * len(self.strategies)
        each = [decide(one, forecast, prices).frame for one in self.strategies]
        parts = [
            weights.ffill().fillna(0.0) * (share / math.fsum(shares))
            for share, weights in zip(shares, each, strict=True)
        ]
        decided = np.any([weights.notna() for weights in each], axis=0)
        return TargetWeights(reduce(add, parts).where(decided))
