"""Bet in proportion to the forecast over its variance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.features.returns import rolling_volatility
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True)
class Kelly:
    """Weight each symbol by `fraction` x forecast return / variance, as if they moved alone.

    That bet makes wealth grow fastest where the forecast is right; people bet a fraction of it
    because it is not. Where Σ|w| would exceed `gross`, all weights are scaled down by one factor.

    Parameters
    ----------
    fraction : float
        1 is the full bet, 0.5 «half Kelly».
    horizon : int
        That of the target, in bars.
    variance : {"realised", "forecast"}
        That of the last `window` returns, or of the forecast's own ``scale``.
    window : int
        Bars of the volatility; for a scaled return, that of its target.
    gross : float
        Upper limit of Σ|w|.
    cap : float
        Upper limit of one |w|, applied last: a price that hardly moves can take no more.

    References
    ----------
    Kelly, J. L. (1956). A New Interpretation of Information Rate. Bell System Technical Journal,
    35(4), 917-926. Thorp, E. O. (2006). The Kelly criterion in blackjack, sports betting, and the
    stock market. Handbook of Asset and Liability Management, 1, 385-428.
    """

    trades: ClassVar = frozenset({ForecastKind.RETURN, ForecastKind.SCALED_RETURN})

    fraction: float = 0.5
    horizon: int = 1
    variance: Literal["realised", "forecast"] = "realised"
    window: int = 60
    gross: float = 1.0
    cap: float = 1.0

    def __post_init__(self) -> None:
        for name in ("fraction", "gross", "cap"):
            if not 0 < (value := getattr(self, name)) < math.inf:
                raise ConfigError(f"{name}: expected a finite number above 0; got {value}")
        for name, least in (("horizon", 1), ("window", 2)):
            if (value := getattr(self, name)) < least:
                raise ConfigError(f"{name}: expected at least {least}; got {value}")
        if self.variance not in ("realised", "forecast"):
            raise ConfigError(f"variance: expected realised or forecast; got {self.variance!r}")

    @property
    def needs(self) -> frozenset[str]:
        """The scale, where the variance is that of the forecast."""
        return frozenset({"scale"} if self.variance == "forecast" else ())

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """See `lstmtrader.strategy.Strategy`."""
        size = rolling_volatility(prices, self.window).loc[forecast.index] * np.sqrt(self.horizon)
        unit = size if forecast.kind is ForecastKind.SCALED_RETURN else 1.0
        deviation = forecast.scale * unit if self.variance == "forecast" else size
        bet = self.fraction * forecast.mean * unit / deviation.where(deviation > 0) ** 2
        scale = (self.gross / bet.abs().sum(axis=1)).clip(upper=1.0)
        return TargetWeights(bet.mul(scale, axis=0).clip(-self.cap, self.cap).fillna(0.0))
