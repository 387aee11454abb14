"""Trade expected return off against risk, with correlations taken into account."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from strategies.optimising import optimise, skfolio, solved


@dataclass(frozen=True)
class MeanVariance:
    """Maximise expected return - `risk_aversion` x variance, by skfolio's `MeanRisk`.

    Expected returns are the forecasts; the covariance is that of the last `window` bars, shrunk
    (Ledoit and Wolf, 2004). Money may stay in cash. Decided at most every `every` bars and held
    between, also where the solver finds no answer. A single symbol is weighed against cash; who
    takes part is said in `strategies.optimising.optimise`.

    Parameters
    ----------
    risk_aversion : float
        The higher, the more stays in cash and the more evenly the rest is spread.
    long_only : bool
        If not, up to half the money is on each side.
    horizon : int
        That of the target, in bars.
    window : int
        Bars of the covariance; a scaled return is taken in units of their volatility.
    every : int

    References
    ----------
    Markowitz, H. (1952). Portfolio Selection. Journal of Finance, 7(1), 77-91. Ledoit, O. and
    Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance matrices.
    Journal of Multivariate Analysis, 88(2), 365-411.
    """

    trades: ClassVar = frozenset({ForecastKind.RETURN, ForecastKind.SCALED_RETURN})

    risk_aversion: float = 5.0
    long_only: bool = True
    horizon: int = 1
    window: int = 252
    every: int = 21

    def __post_init__(self) -> None:
        if not 0 < self.risk_aversion < math.inf:
            raise ConfigError(f"risk_aversion: expected a number above 0; got {self.risk_aversion}")
        for name, least in (("horizon", 1), ("window", 3), ("every", 1)):
            if (value := getattr(self, name)) < least:
                raise ConfigError(f"{name}: expected at least {least}; got {value}")

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""

        def allocate(past: np.ndarray, said: np.ndarray) -> np.ndarray:
            ahead = (past - past.mean(axis=0)) * math.sqrt(self.horizon)
            if forecast.kind is ForecastKind.SCALED_RETURN:
                said = said * ahead.std(axis=0, ddof=1)
            return self._solve(ahead + said)  # whose mean is what is expected

        return TargetWeights(optimise(forecast, prices, self.window, self.every, allocate))

    def _solve(self, returns: np.ndarray) -> np.ndarray:
        known = skfolio()
        free = {"budget": None, "max_budget": 1.0, "risk_aversion": self.risk_aversion}
        if not self.long_only:
            free |= {"min_weights": -0.5, "max_long": 0.5, "max_short": 0.5}
        utility = known.optimization.ObjectiveFunction.MAXIMIZE_UTILITY
        shrunk = known.prior.EmpiricalPrior(covariance_estimator=known.moments.LedoitWolf())
        return solved(known.optimization.MeanRisk(utility, prior_estimator=shrunk, **free), returns)
