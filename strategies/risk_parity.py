"""Give every position the same share of the risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.optimising import optimise, skfolio, solved
from strategies.rank_long_short import RankLongShort

_VOLATILITIES = frozenset({ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY})


@dataclass(frozen=True)
class RiskParity:
    """Invest fully, each position with the same contribution to variance, by skfolio.

    Of a forecast of volatility, every symbol is held long: volatilities are the forecasts,
    correlations those of the last `window` bars. Of any other, the forecast gives the side, long
    above neutral and short below (neutral is 0, for a probability 0.5), and the last `window`
    bars give the covariance. Decided at most every `every` bars and held between, also where the
    solver finds no answer. A single symbol gets everything; who takes part is said in
    `strategies.optimising.optimise`.

    Parameters
    ----------
    long_only : bool
        Leave out what is forecast to fall, instead of selling it.
    window : int
        Bars of the covariance.
    every : int

    References
    ----------
    Maillard, S., Roncalli, T. and Teïletche, J. (2010). The Properties of Equally Weighted Risk
    Contribution Portfolios. Journal of Portfolio Management, 36(4), 60-70.
    """

    trades: ClassVar = _VOLATILITIES | (RankLongShort.trades - {ForecastKind.SCORE})

    long_only: bool = False
    window: int = 252
    every: int = 21

    def __post_init__(self) -> None:
        for name, least in (("window", 3), ("every", 1)):
            if (value := getattr(self, name)) < least:
                raise ConfigError(f"{name}: expected at least {least}; got {value}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        kind = forecast.kind

        def allocate(past: np.ndarray, said: np.ndarray) -> np.ndarray:
            if kind not in _VOLATILITIES:
                side = np.sign(said - (0.5 if kind is ForecastKind.PROBABILITY else 0.0))
                return self._solve(past, side.clip(0 if self.long_only else -1))
            ahead = np.exp(said) if kind is ForecastKind.LOG_VOLATILITY else said.clip(0)
            return self._solve(past / past.std(axis=0) * ahead, np.sign(ahead))

        return TargetWeights(optimise(forecast, prices, self.window, self.every, allocate))

    def _solve(self, returns: np.ndarray, side: np.ndarray) -> np.ndarray:
        held = np.flatnonzero(side)
        if len(held) < 2:
            return side
        bets = np.ascontiguousarray(returns[:, held] * side[held])
        weights = np.zeros(len(side))
        weights[held] = (
            solved(skfolio().optimization.RiskBudgeting(), bets / bets.std()) * side[held]
        )
        return weights
