"""What trading costs, and how much may be held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True)
class Costs:
    """Proportional costs of every fill.

    Parameters
    ----------
    fees : float
        Fraction of the traded value, 0.0002 for 2 basis points.
    slippage : float
        Fraction of the price by which buys fill higher and sells lower.
    """

    fees: float = 0.0002
    slippage: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("fees", self.fees), ("slippage", self.slippage)):
            if not 0 <= value < 0.1:
                raise ConfigError(
                    f"{name}: expected a fraction from 0 to 0.1 (2 basis points are 0.0002); "
                    f"got {value}"
                )

    @property
    def per_trade(self) -> float:
        """Cost of a buy as a fraction of its value at the reference price."""
        return (1 + self.slippage) * (1 + self.fees) - 1


@dataclass(frozen=True)
class Limits:
    """How much the account may hold.

    Parameters
    ----------
    gross : float
        Upper limit of Σ|w| at each decision. Weights beyond it are scaled pro rata, never cut
        one by one, so that the order of the symbols cannot matter.
    """

    gross: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.gross <= 10:
            raise ConfigError(f"gross: expected a limit above 0 and up to 10; got {self.gross}")


@dataclass(frozen=True, eq=False)
class LimitedWeights:
    """Target weights inside the limits, and by what factor each decision was scaled.

    Parameters
    ----------
    weights : TargetWeights
    to_gross, to_cash : Series of shape (n_decisions,)
        Factors up to 1. `to_gross` keeps Σ|w| at the limit; `to_cash` keeps Σw so far below 1
        that the costs of getting there can be paid.
    """

    weights: TargetWeights
    to_gross: pd.Series
    to_cash: pd.Series


def limit_exposure(weights: TargetWeights, limits: Limits, costs: Costs) -> LimitedWeights:
    """Scale each decision, pro rata, into the gross limit and the cash of the account.

    Weights that a decision leaves as they are (NaN) count with their latest target. The reserve
    for costs is that of turning the whole account over, gross limit out and gross limit in.
    """
    stated = weights.frame
    alone = _factor(limits.gross, weights.gross)
    carried = stated.mul(alone, axis=0).ffill().where(stated.isna(), 0.0).fillna(0.0)
    to_gross = _factor((limits.gross - carried.abs().sum(axis=1)).clip(lower=0.0), weights.gross)
    reserve = 2 * costs.per_trade * max(1.0, limits.gross)
    to_cash = _factor(
        (1 / (1 + reserve) - carried.sum(axis=1)).clip(lower=0.0), weights.net * to_gross
    )
    scale = np.asarray(to_gross * to_cash)[:, None]
    return LimitedWeights(
        TargetWeights(stated * scale), to_gross.rename("to_gross"), to_cash.rename("to_cash")
    )


def _factor(limit: pd.Series | float, wanted: pd.Series) -> pd.Series:
    """Return limit / wanted where more is wanted, and a 1 that keeps every bit elsewhere."""
    excessive = wanted > limit
    return (limit / wanted.where(excessive)).where(excessive, 1.0)
