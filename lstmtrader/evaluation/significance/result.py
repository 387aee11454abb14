"""Significance: the reasons to doubt an account, as figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Significance:
    """How much of an account could be luck. Undefined numbers are NaN.

    Parameters
    ----------
    figures : mapping of str to float
        ``level`` of the intervals, ``replications``, ``block`` (mean length of the blocks in
        bars, of the difference to the benchmark); ``psr`` (probability that the true Sharpe ratio
        is above zero),
        ``min_track_record`` (years for a `psr` of `level`); ``n_trials``, ``effective_trials``
        (families of trials that earn alike), ``deflated_by`` (as many independent trials would
        have a best one as lucky), ``trials_elsewhere`` (on other prices, not counted),
        ``expected_max_sharpe`` (annualised, of `deflated_by` trials without skill), ``dsr``
        (deflated Sharpe ratio), ``pbo`` (probability of backtest overfitting among the trials of
        the same name) and ``pbo_trials`` (how many those are), all NaN where nobody has counted;
        ``spa_p`` (Hansen's consistent p-value that neither the strategy nor any
        baseline is better than buy & hold, at the same volatility).
    intervals : DataFrame
        Indexed by ``sharpe``, ``cagr``, ``max_drawdown``; columns ``strategy``, ``benchmark`` and
        ``difference``, each also with ``_low`` and ``_high``.
    contenders : DataFrame
        Indexed by ``strategy``, the names of the baselines and ``buy_and_hold``; columns
        ``sharpe``, ``superior`` (StepM: True where better than buy & hold), ``mcs_p`` and
        ``in_mcs`` (in the model confidence set), all on the bars that every account has.
    members : DataFrame
        Indexed by member of the ensemble from 0, and ``"ensemble"`` last; columns ``sharpe``,
        ``cagr``, ``volatility`` and ``max_drawdown`` of each traded alone.
    """

    figures: Mapping[str, float]
    intervals: pd.DataFrame
    contenders: pd.DataFrame
    members: pd.DataFrame
