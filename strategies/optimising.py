"""Optimisers on a rolling past, and on what they may look. Itself no strategy."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.forecast import Forecast
from lstmtrader.isolation import untouched
from lstmtrader.prices import PriceFrame

_DUST = 1e-6  # a solver's zero

Allocate = Callable[[np.ndarray, np.ndarray], np.ndarray]


@cache
def skfolio() -> Any:
    """Return skfolio, imported late: it takes a second, and changes warnings and environment."""
    with untouched():
        import skfolio.exceptions
        import skfolio.moments
        import skfolio.optimization
        import skfolio.prior
    return skfolio


def optimise(
    forecast: Forecast, prices: PriceFrame, window: int, every: int, allocate: Allocate
) -> pd.DataFrame:
    """Allocate at most every `every` bars and hold between.

    A symbol takes part where it has a forecast and was listed before the `window` returns up to
    that bar, which are not all the same. In them, a bar without a price is one without a move.
    Where no symbol can take part, nothing is held and the next bar is tried.

    Parameters
    ----------
    allocate : callable
        Given the past one-bar returns, of shape (window, n_symbols), and the forecasts, of shape
        (n_symbols,), it returns the weights; NaN for all of them holds what is held.
    """
    close = prices.close.ffill()
    returns = (close / close.shift(1) - 1).to_numpy()
    said = forecast.mean.to_numpy()
    weights = np.full(said.shape, np.nan)
    due = 0
    for row, bar in enumerate(prices.index.get_indexer(forecast.index)):
        if row < due:
            continue
        past = returns[max(bar + 1 - window, 0) : bar + 1]
        lively = np.ptp(past, axis=0) > 0  # a NaN is not
        usable = np.flatnonzero(~np.isnan(said[row]) & lively & (len(past) == window))
        if len(usable):
            part = allocate(np.ascontiguousarray(past[:, usable]), said[row, usable])
            due = row + every
            if np.isnan(part).any():
                continue
            weights[row, usable] = part
        weights[row] = np.nan_to_num(weights[row])
    return forecast.frame(weights)


def solved(model: Any, returns: np.ndarray) -> np.ndarray:
    """Weights of a fitted skfolio optimiser, without dust, of gross 1 at most; NaN if it fails."""
    with untouched():
        warnings.filterwarnings("error", "Solution may be inaccurate")
        try:
            weights = np.asarray(model.fit(returns).weights_, dtype=np.float64)
        except (skfolio().exceptions.OptimizationError, UserWarning):
            return np.full(returns.shape[1], np.nan)
    weights = np.where(np.abs(weights) < _DUST, 0.0, weights)
    return np.asarray(weights / max(1.0, np.abs(weights).sum()))
