"""Tails and shape of the distribution of bar returns.

All take simple returns per bar; NaN rows are dropped and a return of -100 % ends the series.
Losses are positive here: a value at risk of 0.02 is a loss of 2 % on a bar, a negative one a gain.
Nothing is annualised.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.returns import cleaned, deviation


def value_at_risk(returns: pd.Series, level: float = 0.95) -> float:
    """Historical value at risk: the quantile of the losses, a positive number for a loss.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
    level : float
        Fraction of bars that are not worse, above 0 and below 1.

    Returns
    -------
    float
        Linear between the ordered losses; NaN if empty.

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996). Sample Quantiles in Statistical Packages. American
    Statistician, 50(4), 361-365. Definition 7.
    """
    losses = -cleaned(returns)
    _check(level)
    return float(np.quantile(losses, level)) if len(losses) else math.nan


def conditional_value_at_risk(returns: pd.Series, level: float = 0.95) -> float:
    """Mean of the worst losses, a positive number for a loss; never below the value at risk.

    The least value over c of ``c + mean(max(loss - c, 0)) / (1 - level)``: the mean of the worst
    ``(1 - level) n`` losses, the last of them with the fraction that is left.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
    level : float
        Above 0 and below 1.

    Returns
    -------
    float
        NaN if empty.

    References
    ----------
    Rockafellar, R. T. and Uryasev, S. (2000). Optimization of Conditional Value-at-Risk. Journal
    of Risk, 2(3), 21-41.
    """
    losses = np.sort(-cleaned(returns))
    _check(level)
    if not len(losses):
        return math.nan
    # The function of c is convex with its kinks at the losses: least at the quantile.
    at = losses[max(math.ceil(level * len(losses)) - 1, 0)]
    return float(at + np.maximum(losses - at, 0).mean() / (1 - level))


def skewness(returns: pd.Series) -> float:
    """Skewness, corrected for bias: G1; NaN below 3 bars and without dispersion.

    References
    ----------
    Joanes, D. N. and Gill, C. A. (1998). Comparing measures of sample skewness and kurtosis.
    The Statistician, 47(1), 183-189.
    """
    values = cleaned(returns)
    n = len(values)
    if n < 3 or not deviation(values):
        return math.nan
    return float(_moment(values, 3) * math.sqrt(n * (n - 1)) / (n - 2))


def excess_kurtosis(returns: pd.Series) -> float:
    """Kurtosis over that of a normal distribution, corrected for bias: G2, as of `skewness`.

    NaN below 4 bars and without dispersion.
    """
    values = cleaned(returns)
    n = len(values)
    if n < 4 or not deviation(values):
        return math.nan
    biased = _moment(values, 4) - 3
    return ((n + 1) * biased + 6) * (n - 1) / ((n - 2) * (n - 3))


def _moment(values: np.ndarray, order: int) -> float:
    """Return the moment about the mean over that power of the deviation; not corrected for bias."""
    apart = values - values.mean()
    return float((apart**order).mean() / (apart**2).mean() ** (order / 2))


def _check(level: float) -> None:
    if not 0 < level < 1:
        raise ConfigError(f"level: expected a fraction above 0 and below 1; got {level}")
