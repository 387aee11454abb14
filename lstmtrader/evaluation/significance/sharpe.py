"""How sure a Sharpe ratio is: its sampling error, and the ratios that account for it.

Everything here is per bar, never annualised: a Sharpe ratio a year is that of a bar times the
root of the bars a year. Skewness and kurtosis are moments of the sample (divided by n, not by
n - 1), the kurtosis is not in excess (3 for a normal distribution), and the deviation of the
Sharpe ratio has ddof 1.

References
----------
Lo, A. W. (2002). The Statistics of Sharpe Ratios. Financial Analysts Journal, 58(4), 36-52.
Mertens, E. (2002). Comments on Variance of the IID Estimator in Lo (2002). University of Basel.
Bailey, D. H. and López de Prado, M. (2012). The Sharpe Ratio Efficient Frontier. Journal of Risk,
15(2), 3-44.
Bailey, D. H. and López de Prado, M. (2014). The Deflated Sharpe Ratio: Correcting for Selection
Bias, Backtest Overfitting, and Non-Normality. Journal of Portfolio Management, 40(5), 94-107.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.returns import cleaned

# Below this a standard deviation is rounding, not dispersion.
NO_DISPERSION = 1e-14

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Moments:
    """What a Sharpe ratio and its sampling error are worked out from, per bar.

    Parameters
    ----------
    sharpe : float
        Mean over standard deviation (ddof 1), against a rate of zero.
    n : int
        Bars.
    skew, kurtosis : float
        Of the sample (biased); the kurtosis is 3 for a normal distribution.
    """

    sharpe: float
    n: int
    skew: float = 0.0
    kurtosis: float = 3.0


def moments(returns: pd.Series) -> Moments:
    """Return the moments of a series of simple returns per bar.

    NaN rows are dropped. The moments are NaN without dispersion, below three bars, and for an
    account that was ruined: no distribution describes one that ended.
    """
    values = cleaned(returns)
    n = len(values)
    if n < 3 or values[-1] <= -1:
        return Moments(math.nan, n, math.nan, math.nan)
    centred = values - values.mean()
    variance = float(np.mean(centred**2))
    if math.sqrt(variance) <= NO_DISPERSION * max(1.0, float(np.abs(values).max())):
        return Moments(math.nan, n, math.nan, math.nan)
    scaled = centred / math.sqrt(variance)
    deviation = math.sqrt(variance * n / (n - 1))
    return Moments(
        sharpe=float(values.mean()) / deviation,
        n=n,
        skew=float(np.mean(scaled**3)),
        kurtosis=float(np.mean(scaled**4)),
    )


def sharpe_standard_error(of: Moments) -> float:
    """Standard error of a Sharpe ratio per bar of independent returns of any distribution.

    sqrt((1 - skew·SR + (kurtosis - 1)/4·SR²) / (n - 1)), by Mertens (2002), with the n - 1 of
    Bailey and López de Prado (2012); for a normal distribution that of Lo (2002). NaN below two
    bars, or where the moments of no distribution are given.
    """
    variance = 1 - of.skew * of.sharpe + (of.kurtosis - 1) / 4 * of.sharpe**2
    return math.sqrt(variance / (of.n - 1)) if of.n > 1 and variance > 0 else math.nan


def probabilistic_sharpe_ratio(of: Moments | pd.Series, reference: float = 0.0) -> float:
    """Probability that the true Sharpe ratio is above a reference.

    Φ((SR - reference) / standard error), by Bailey and López de Prado (2012).

    Parameters
    ----------
    of : Moments or Series of shape (n_bars,)
        Moments per bar, or the simple returns to take them of.
    reference : float
        A Sharpe ratio per bar.

    Returns
    -------
    float
        NaN where `moments` or the standard error is.
    """
    of = moments(of) if isinstance(of, pd.Series) else of
    return _NORMAL.cdf((of.sharpe - reference) / sharpe_standard_error(of))


def min_track_record_length(
    of: Moments | pd.Series, reference: float = 0.0, level: float = 0.95
) -> float:
    """Bars after which a Sharpe ratio like this one would be above the reference, at a level.

    1 + (1 - skew·SR + (kurtosis - 1)/4·SR²)·(z / (SR - reference))², the MinTRL of Bailey and
    López de Prado (2012): the number of bars, not rounded, at which
    `probabilistic_sharpe_ratio` of the same moments is `level`. It needs the true moments, and
    is told those of the sample.

    Returns
    -------
    float
        In bars. NaN where the Sharpe ratio is not above the reference: no length is enough.
    """
    if not 0.5 < level < 1:
        raise ConfigError(f"level: expected above 0.5 and below 1; got {level}")
    of = moments(of) if isinstance(of, pd.Series) else of
    if not of.sharpe > reference:
        return math.nan
    error_of_two_bars = sharpe_standard_error(Moments(of.sharpe, 2, of.skew, of.kurtosis))
    return 1 + (error_of_two_bars * _NORMAL.inv_cdf(level) / (of.sharpe - reference)) ** 2


def expected_max_sharpe(n_trials: float, variance: float) -> float:
    """Sharpe ratio per bar to expect of the best of some trials without skill.

    The False Strategy theorem of Bailey and López de Prado (2014): with γ of Euler and
    Mascheroni, sd·((1 - γ)·z(1 - 1/N) + γ·z(1 - 1/(N·e))). It is an approximation for many
    trials; where it falls below zero (N below 1.3), it is zero, the truth for one trial.

    Parameters
    ----------
    n_trials : float
        N, independent trials; not a whole number where it is an effective one. At least 1.
    variance : float
        Of the Sharpe ratios per bar of trials without skill; NaN gives NaN.
    """
    if not 1 <= n_trials < math.inf:
        raise ConfigError(f"n_trials: expected a finite number from 1 on; got {n_trials}")
    if variance < 0:
        raise ConfigError(f"variance: expected a number from 0 on; got {variance}")
    if n_trials == 1:
        return 0.0
    gamma = float(np.euler_gamma)
    ends = [_NORMAL.inv_cdf(1 - 1 / many) for many in (n_trials, n_trials * math.e)]
    return math.sqrt(variance) * max((1 - gamma) * ends[0] + gamma * ends[1], 0.0)


def deflated_sharpe_ratio(of: Moments | pd.Series, n_trials: float, variance: float) -> float:
    """Probability that the true Sharpe ratio is above zero, though it is the best of many trials.

    The probabilistic Sharpe ratio against `expected_max_sharpe`, by Bailey and López de Prado
    (2014). `lstmtrader.evaluation.significance.deflation` takes both numbers from trials.

    Parameters
    ----------
    of : Moments or Series of shape (n_bars,)
        Of the account that was chosen.
    n_trials, variance : float
        See `expected_max_sharpe`.
    """
    return probabilistic_sharpe_ratio(of, expected_max_sharpe(n_trials, variance))
