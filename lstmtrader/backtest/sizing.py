"""From wanted weights to sizes: volatility of the whole portfolio, lots, a no-trade band."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lstmtrader.bounds import whole
from lstmtrader.errors import ConfigError, DataError


@dataclass(frozen=True)
class Sizing:
    """How weights become orders.

    Parameters
    ----------
    lot : float
        Orders are whole multiples of so many shares, rounded towards zero; 1 for whole shares, 0
        for fractions of a share. Prices adjusted for later splits make a lot of today.
    band : float
        A symbol whose held weight is within so much of its target is left alone, exits aside.
    volatility : float, optional
        Annual volatility of the portfolio: each decision is scaled by this over the volatility
        that its weights had over the latest `volatility_window` bars, then limited.
    volatility_window : int
        Bars of that estimate.

    Examples
    --------
    >>> Sizing(lot=100).lot, Sizing(volatility=0.1).volatility
    (100, 0.1)
    """

    lot: float = 0.0
    band: float = 0.0
    volatility: float | None = None
    volatility_window: int = 60

    def __post_init__(self) -> None:
        if not 0 <= self.lot < math.inf:
            raise ConfigError(f"lot: expected a number of shares from 0; got {self.lot}")
        if not 0 <= self.band < 1:
            raise ConfigError(f"band: expected a weight from 0 and below 1; got {self.band}")
        if self.volatility is not None and not 0 < self.volatility < 10:
            raise ConfigError(
                f"volatility: expected a fraction a year, 0.1 for 10 %; got {self.volatility}"
            )
        whole(2, volatility_window=self.volatility_window)


def to_volatility(
    weights: np.ndarray,
    bars: np.ndarray,
    close: np.ndarray,
    sizing: Sizing,
    periods_per_year: int,
) -> np.ndarray:
    """Scale each decision to the target volatility of the portfolio.

    The volatility is what the row's weights would have had over the bars up to its own: no
    forecast, no fitted model.

    Parameters
    ----------
    weights : float64 array of shape (n_decisions, n_symbols)
        NaN holds; a held symbol counts with its latest target.
    bars : int array of shape (n_decisions,)
        The bar of each decision in `close`.
    close : float64 array of shape (n_bars, n_symbols)
        NaN where there is none: no return there.
    sizing : Sizing
    periods_per_year : int

    Raises
    ------
    DataError
        If there are fewer bars before the first decision than the window has.
    """
    target, window = sizing.volatility, sizing.volatility_window
    if target is None:
        return weights
    if bars[0] < window:
        raise DataError(
            f"volatility: its window of {window} bars needs as many returns before the first "
            f"decision; there are {bars[0]}"
        )
    with np.errstate(invalid="ignore"):
        returns = np.nan_to_num(close[1:] / close[:-1] - 1)
    scaled = np.empty_like(weights)
    latest = np.zeros(weights.shape[1])
    for row, bar in enumerate(bars):
        latest = np.where(np.isnan(weights[row]), latest, weights[row])
        past = (returns[bar - window : bar] * latest).sum(axis=1)
        risk = past.std(ddof=1) * math.sqrt(periods_per_year)
        scaled[row] = weights[row] * (target / risk if risk > 0 else 1.0)
    return scaled
