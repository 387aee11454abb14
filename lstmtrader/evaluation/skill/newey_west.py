"""The mean of a series whose neighbours are related, and how far it may be off by chance."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

Kernel = Literal["bartlett", "truncated"]


def lags_for(span: int) -> int:
    """Lags for a series of targets whose label span is `span` bars: twice the bars they share.

    Targets overlap on up to ``span - 1`` bars. With just as many lags, Bartlett's weights would
    see two thirds of the variance that overlapping sums have, and flatter a t-statistic by up to a
    fifth; with twice as many they see five sixths. Yearly returns, measured every month, are
    given 18 lags rather than 11 for the same reason.

    References
    ----------
    Cochrane, J. H. and Piazzesi, M. (2005). Bond Risk Premia. American Economic Review, 95(1),
    138-160.
    """
    return 2 * (span - 1)


def newey_west_variance(series: np.ndarray, lags: int, kernel: Kernel = "bartlett") -> float:
    """Variance of the mean of a serially correlated series.

    Parameters
    ----------
    series : array of shape (n_bars,)
        In time order. NaNs are dropped and the rest is taken as one series: what was next to a
        hole becomes neighbours («equal spacing» in Datta and Du).
    lags : int
        Up to how many bars apart two values may be related; see `lags_for`.
    kernel : {"bartlett", "truncated"}
        Weights of the autocovariances: ``1 - lag / (lags + 1)``, which cannot give a negative
        variance, or 1.

    Returns
    -------
    float
        NaN for fewer than two values or without dispersion.

    References
    ----------
    Newey, W. K. and West, K. D. (1987). A Simple, Positive Semi-definite, Heteroskedasticity and
    Autocorrelation Consistent Covariance Matrix. Econometrica, 55(3), 703-708.

    Datta, D. D. and Du, W. (2012). Nonparametric HAC Estimation for Time Series Data with Missing
    Observations. International Finance Discussion Papers 1060, Federal Reserve Board.
    """
    values = np.asarray(series, dtype=np.float64)
    values = values[~np.isnan(values)]
    n = len(values)
    # Equal values may differ from their mean by rounding: that is no dispersion.
    if n < 2 or np.ptp(values) == 0:
        return math.nan
    away = values - values.mean()
    total = float(away @ away)
    for lag in range(1, min(lags, n - 1) + 1):
        weight = 1 - lag / (lags + 1) if kernel == "bartlett" else 1.0
        total += 2 * weight * float(away[lag:] @ away[:-lag])
    if kernel == "bartlett" and total <= 0:
        return math.nan  # what is left of it is rounding
    return total / n**2


def newey_west_t(series: np.ndarray, lags: int) -> float:
    """t-statistic of the mean of a serially correlated series; NaN where undefined.

    The one of a regression on a constant with a Bartlett kernel and without a correction for
    small samples. See `newey_west_variance`.
    """
    values = np.asarray(series, dtype=np.float64)
    values = values[~np.isnan(values)]
    variance = newey_west_variance(values, lags)
    return float(values.mean()) / math.sqrt(variance) if variance > 0 else math.nan
