"""Judge an account: every reason to doubt it, from its returns and those beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lstmtrader.evaluation.significance.blocks import MIN_BARS, block_length, paired
from lstmtrader.evaluation.significance.bootstrap import bootstrap_intervals
from lstmtrader.evaluation.significance.deflation import deflate
from lstmtrader.evaluation.significance.overfitting import probability_of_backtest_overfitting
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.significance.sharpe import (
    min_track_record_length,
    moments,
    probabilistic_sharpe_ratio,
)
from lstmtrader.evaluation.significance.superiority import compare_contenders


def judge_significance(
    strategy: pd.Series,
    rivals: Mapping[str, pd.Series],
    benchmark: pd.Series,
    periods_per_year: int,
    *,
    trial_sharpes: np.ndarray,
    effective_trials: float,
    trial_returns: np.ndarray | None,
    members: pd.DataFrame,
    level: float = 0.95,
    replications: int = 1000,
    seed: int = 0,
) -> Significance:
    """Work out how much of an account could be luck.

    Parameters
    ----------
    strategy : Series
        Simple returns per bar of the account.
    rivals : mapping of str to Series
        Those of the baselines that were traded, by name.
    benchmark : Series
        Those of buy & hold.
    periods_per_year : int
        From the calendar.
    trial_sharpes : array of shape (n_trials,)
        Sharpe ratios *per bar* of all trials in the ledger, this account's included; NaN where a
        trial has none.
    effective_trials : float
        From 1 to n_trials; see `deflate`.
    trial_returns : array of shape (n_bars, n_variants), optional
        Simple returns of the variants of the experiment, for the probability of overfitting;
        None where there is one variant or their returns are not known.
    members : DataFrame
        See `lstmtrader.evaluation.significance.members.judge_members`.
    level : float
        Of the intervals and the minimum track record; 1 - `level` is the size of the tests.
    replications, seed : int
        Of every bootstrap.

    Returns
    -------
    Significance
    """
    of = moments(strategy)
    deflation = deflate(strategy, trial_sharpes, effective_trials)
    pbo = math.nan
    if trial_returns is not None:
        pbo = probability_of_backtest_overfitting(trial_returns).pbo
    both = paired([strategy, benchmark])
    contenders, spa_p = compare_contenders(
        strategy,
        rivals,
        benchmark,
        periods_per_year,
        size=round(1 - level, 12),
        replications=replications,
        seed=seed,
    )
    figures = {
        "level": level,
        "replications": float(replications),
        "block": float(block_length(both)) if len(both) >= MIN_BARS else math.nan,
        "psr": probabilistic_sharpe_ratio(of),
        "min_track_record": min_track_record_length(of, level=level) / periods_per_year,
        "n_trials": float(deflation.n_trials),
        "effective_trials": deflation.effective_trials,
        "expected_max_sharpe": deflation.expected_max_sharpe * math.sqrt(periods_per_year),
        "dsr": deflation.dsr,
        "pbo": pbo,
        "spa_p": spa_p,
    }
    intervals = bootstrap_intervals(
        strategy, benchmark, periods_per_year, level=level, replications=replications, seed=seed
    )
    return Significance(figures, intervals, contenders, members)
