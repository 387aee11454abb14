"""Figures of merit over the bars before each bar."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd


def rolling_sharpe(returns: pd.Series, periods_per_year: int, window: int) -> pd.Series:
    """Annualised Sharpe ratio of the last `window` bars at each bar; NaN before and where flat.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
    periods_per_year, window : int
    """
    rolling = returns.rolling(window)
    mean, deviation = rolling.mean(), rolling.std()
    # What a running sum leaves of a flat stretch is rounding.
    flat = deviation <= 1e-12
    return (mean / deviation.where(~flat) * math.sqrt(periods_per_year)).rename("sharpe")


def rolling_beta(returns: pd.Series, benchmark: pd.Series, window: int) -> pd.Series:
    """Slope of returns on the benchmark's over the last `window` bars; NaN before.

    Parameters
    ----------
    returns, benchmark : Series of shape (n_bars,)
    window : int
    """
    other = benchmark.reindex(returns.index)
    variance = other.rolling(window).var()
    slope = returns.rolling(window).cov(other) / variance.where(variance > 1e-20)
    return slope.replace([np.inf, -np.inf], np.nan).rename("beta")
