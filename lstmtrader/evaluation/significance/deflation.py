"""What is left of a Sharpe ratio once it is known how many trials it was picked from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.significance.sharpe import (
    deflated_sharpe_ratio,
    expected_max_sharpe,
    moments,
)

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Deflation:
    """A Sharpe ratio among the trials it was picked from.

    Parameters
    ----------
    n_trials : int
        Trials that were looked at, this one included.
    deflated_by : float
        As many independent trials would have a best one as lucky: N̂ of
        `lstmtrader.evaluation.independence.Families`. Not the number of families: the best of one
        was chosen, too.
    expected_max_sharpe : float
        Per bar, of the best of `deflated_by` without skill.
    dsr : float
        Deflated Sharpe ratio.
    """

    n_trials: int
    deflated_by: float
    expected_max_sharpe: float
    dsr: float


def deflate(returns: pd.Series, sharpes: np.ndarray, deflated_by: float) -> Deflation:
    """Deflate the Sharpe ratio of an account by the trials it is one of.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
        Simple returns of the account.
    sharpes : array of shape (n_trials,)
        Sharpe ratios per bar of all trials, this one included; NaN where a trial has none, which
        was tried all the same.
    deflated_by : float
        From 1 to the number of trials. With 1, the deflated Sharpe ratio is the probabilistic.

    Returns
    -------
    Deflation
        The ratios are NaN where the account has no Sharpe ratio.

    Notes
    -----
    The variance of the Sharpe ratios is `variance_without_skill`.

    Raises
    ------
    ConfigError
        If there is no trial, or not so many as are to be deflated by.
    """
    n_trials = len(sharpes)
    # What comes out of eigenvalues misses a whole number by rounding.
    if not n_trials or not 1 - _ROUNDING <= deflated_by <= n_trials * (1 + _ROUNDING):
        raise ConfigError(
            f"deflated_by: expected a number from 1 to the {n_trials} trials there are; "
            f"got {deflated_by}"
        )
    deflated_by = min(max(deflated_by, 1.0), float(n_trials))
    of = moments(returns)
    if math.isnan(of.sharpe):
        return Deflation(n_trials, deflated_by, math.nan, math.nan)
    variance = variance_without_skill(of.sharpe, of.n, sharpes)
    return Deflation(
        n_trials,
        deflated_by,
        expected_max_sharpe(deflated_by, variance),
        deflated_sharpe_ratio(of, deflated_by, variance),
    )


def variance_without_skill(sharpe: float, n_bars: int, sharpes: np.ndarray) -> float:
    """Variance of the Sharpe ratios per bar that trials without skill would have.

    The greater of two: the variance (ddof 1) over the *other* trials, and 1 / (n - 1), that of
    a Sharpe ratio which is truly zero. Bailey and López de Prado (2014) take the variance over
    all trials. It fails on both sides: one trial with skill makes it large, and is then hidden
    by its own success (the winner is left out for that); variants of one idea, all nearly the
    same account, make it small, as if there were no luck in the one idea (the sampling variance
    is the floor for that).

    Parameters
    ----------
    sharpe : float
        Of the trial that is judged; the one in `sharpes` that is nearest to it is left out.
    n_bars : int
    sharpes : array of shape (n_trials,)
        All trials; NaN is left out.
    """
    known = sharpes[~np.isnan(sharpes)]
    if len(known):
        known = np.delete(known, np.argmin(np.abs(known - sharpe)))
    sampling = 1 / (n_bars - 1)
    return max(float(known.var(ddof=1)), sampling) if len(known) > 1 else sampling
