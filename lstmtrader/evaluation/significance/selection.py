"""What is left of the best of many variants once it is said that it was picked."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.evaluation.independence import effective_trials
from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.evaluation.significance.deflation import deflate
from lstmtrader.evaluation.significance.overfitting import probability_of_backtest_overfitting


def judge_selection(returns: pd.DataFrame) -> dict[str, float]:
    """Judge the choice of the variant with the highest Sharpe ratio.

    Parameters
    ----------
    returns : DataFrame of shape (n_bars, n_variants)
        Simple returns of bars, or of blocks of bars; NaN where a variant has none.

    Returns
    -------
    dict
        ``effective_variants`` (see `effective_trials`), ``dsr_of_best`` (deflated Sharpe ratio
        of the best one) and ``pbo`` (see `probability_of_backtest_overfitting`). NaN where there
        is no choice, or no Sharpe ratio.
    """
    found = {
        "effective_variants": effective_trials(returns),
        "dsr_of_best": math.nan,
        "pbo": math.nan,
    }
    sharpes = np.array([sharpe_ratio(returns[name], 1) for name in returns.columns])
    if len(sharpes) < 2 or np.isnan(sharpes).all():
        return found
    best = returns.iloc[:, int(np.nanargmax(sharpes))]
    deflated = deflate(best, sharpes, found["effective_variants"])
    return found | {
        "dsr_of_best": deflated.dsr,
        "pbo": probability_of_backtest_overfitting(returns.to_numpy(np.float64)).pbo,
    }
