"""Is the side forecast better than by chance? Pesaran and Timmermann's test, plain and by bar."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from lstmtrader.evaluation.skill.newey_west import newey_west_t


def pesaran_timmermann(
    forecast: np.ndarray, outcome: np.ndarray, threshold: float = 0.0
) -> tuple[float, float]:
    """Test whether the sides of forecast and outcome are independent, for independent pairs.

    The hit rate against the one that two independent coins with the same shares of ups would
    have: a forecast that is always long in a rising market hits often and proves nothing. The
    term of order 1 / n² in the variance of the paper is left out, as elsewhere.

    Parameters
    ----------
    forecast, outcome : array of any one shape
        Pairs with a NaN, or exactly at the threshold on either side, do not count.
    threshold : float
        What parts up from down.

    Returns
    -------
    statistic : float
        Standard normal without skill; above zero with it.
    p : float
        One-sided. Both are NaN where a side never occurs.

    References
    ----------
    Pesaran, M. H. and Timmermann, A. (1992). A Simple Nonparametric Test of Predictive
    Performance. Journal of Business & Economic Statistics, 10(4), 461-465.
    """
    said, came, counts = _sides(forecast, outcome, threshold)
    said, came = said[counts], came[counts]
    if not _both_occur(said) or not _both_occur(came):
        return math.nan, math.nan
    ups, gains = said.mean(), came.mean()
    hits = (said == came).mean()
    expected = ups * gains + (1 - ups) * (1 - gains)
    # The difference of the two variances of the paper, multiplied out.
    variance = 4 * ups * (1 - ups) * gains * (1 - gains) / len(said)
    return _with_p(float((hits - expected) / math.sqrt(variance)))


def pesaran_timmermann_by_bar(
    forecast: np.ndarray, outcome: np.ndarray, lags: int, threshold: float = 0.0
) -> tuple[float, float]:
    """Test as `pesaran_timmermann` does, for a panel whose pairs are not independent.

    The symbols of a bar rise and fall together, and targets of neighbouring bars overlap: twenty
    stocks on a bar are not twenty trials, and the plain test finds skill in luck. Its numerator
    is twice the covariance of the two sides; here that is summed bar by bar, and the sums are
    given a Newey-West variance.

    Parameters
    ----------
    forecast, outcome : array of shape (n_bars, n_symbols)
    lags : int
        See `lags_for`.
    threshold : float

    Returns
    -------
    statistic, p : float
        As of `pesaran_timmermann`; also NaN where no two bars differ.

    References
    ----------
    Pesaran, M. H. and Timmermann, A. (2009). Testing Dependence Among Serially Correlated
    Multicategory Variables. Journal of the American Statistical Association, 104(485), 325-337.
    """
    said, came, counts = _sides(forecast, outcome, threshold)
    if not _both_occur(said[counts]) or not _both_occur(came[counts]):
        return math.nan, math.nan
    product = (said - said[counts].mean()) * (came - came[counts].mean())
    by_bar = np.where(counts, product, 0.0).sum(axis=1)[counts.any(axis=1)]
    return _with_p(newey_west_t(by_bar, lags))


def _sides(
    forecast: np.ndarray, outcome: np.ndarray, threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.asarray(forecast) - threshold, np.asarray(outcome) - threshold
    return x > 0, y > 0, ~(np.isnan(x) | np.isnan(y)) & (x != 0) & (y != 0)


def _both_occur(side: np.ndarray) -> bool:
    return bool(side.any()) and not side.all()


def _with_p(statistic: float) -> tuple[float, float]:
    return statistic, float(ndtr(-statistic))
