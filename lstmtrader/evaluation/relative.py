"""A series of returns beside that of a benchmark, on the bars that both have.

All take simple returns per bar. NaN rows of either are dropped, and the pairs end with the first
of the two that loses everything. NaN below two pairs, and where there is nothing to divide by.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.evaluation.returns import deviation, paired


def beta(returns: pd.Series, benchmark: pd.Series, risk_free: pd.Series | None = None) -> float:
    """Slope of the regression on the benchmark, cov(r, b) / var(b), of excess returns.

    Parameters
    ----------
    returns, benchmark : Series
    risk_free : Series, optional
        Simple returns per bar; bars without one are dropped.

    Returns
    -------
    float
        NaN for a constant benchmark.

    References
    ----------
    Jensen, M. C. (1968). The Performance of Mutual Funds in the Period 1945-1964. Journal of
    Finance, 23(2), 389-416.
    """
    return _line(*paired(returns, benchmark, risk_free))[0]


def alpha(
    returns: pd.Series,
    benchmark: pd.Series,
    periods_per_year: int,
    risk_free: pd.Series | None = None,
) -> float:
    """Jensen's alpha a year, arithmetic: (mean(r) - beta mean(b)) x bars a year.

    Parameters
    ----------
    returns, benchmark : Series
    periods_per_year : int
    risk_free : Series, optional
        As in `beta`.

    Returns
    -------
    float
        The intercept of the same regression, not compounded; NaN for a constant benchmark.

    References
    ----------
    Jensen, M. C. (1968). The Performance of Mutual Funds in the Period 1945-1964. Journal of
    Finance, 23(2), 389-416.
    """
    return _line(*paired(returns, benchmark, risk_free))[1] * periods_per_year


def correlation(returns: pd.Series, benchmark: pd.Series) -> float:
    """Pearson correlation of two series of returns; NaN if either is constant."""
    one, other = paired(returns, benchmark)
    if not (deviation(one) > 0 and deviation(other) > 0):
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def tracking_error(returns: pd.Series, benchmark: pd.Series, periods_per_year: int) -> float:
    """Annualised standard deviation of the differences from the benchmark, ddof 1."""
    one, other = paired(returns, benchmark)
    return deviation(one - other) * math.sqrt(periods_per_year)


def information_ratio(returns: pd.Series, benchmark: pd.Series, periods_per_year: int) -> float:
    """Annualised mean over deviation of the differences from the benchmark.

    NaN for a series that differs from it by a constant.

    References
    ----------
    Goodwin, T. H. (1998). The Information Ratio. Financial Analysts Journal, 54(4), 34-43.
    """
    one, other = paired(returns, benchmark)
    ahead = one - other
    spread = deviation(ahead)
    return float(ahead.mean()) / spread * math.sqrt(periods_per_year) if spread > 0 else math.nan


def _line(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of `one` on `other`."""
    if not deviation(other) > 0:
        return math.nan, math.nan
    centred = other - other.mean()
    slope = float(centred @ (one - one.mean())) / float(centred @ centred)
    return slope, float(one.mean() - slope * other.mean())
