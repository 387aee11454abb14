"""What is left of the best of many variants once it is said that it was picked."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.evaluation.independence import Families
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
        ``effective_variants`` (families of variants) and ``deflated_by`` (as many independent ones
        would have a best one as lucky; see `Families`), ``dsr_of_best`` (deflated Sharpe ratio of
        the best one, by the second of these) and ``pbo`` (see
        `probability_of_backtest_overfitting`). NaN where there is no choice, or no Sharpe ratio.
    """
    families = Families.of(returns)
    found = {
        "effective_variants": families.count,
        "deflated_by": families.independent,
        "dsr_of_best": math.nan,
        "pbo": math.nan,
    }
    sharpes = np.array([sharpe_ratio(returns[name], 1) for name in returns.columns])
    if len(sharpes) < 2 or np.isnan(sharpes).all():
        return found
    best = returns.iloc[:, int(np.nanargmax(sharpes))]
    deflated = deflate(best, sharpes, families.independent)
    return found | {
        "dsr_of_best": deflated.dsr,
        "pbo": probability_of_backtest_overfitting(returns.to_numpy(np.float64)).pbo,
    }
