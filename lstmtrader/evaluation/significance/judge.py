"""Judge an account: every reason to doubt it, from its returns and those beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping

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
from lstmtrader.evaluation.trial_set import TrialSet


def judge_significance(
    strategy: pd.Series,
    rivals: Mapping[str, pd.Series],
    benchmark: pd.Series,
    periods_per_year: int,
    *,
    tried: TrialSet | None,
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
    tried : TrialSet, optional
        All that was tried on these prices, this account included; None if nobody has counted:
        then every figure of trials is NaN, for nobody knows what there is to deflate by.
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
        **_of_trials(strategy, tried, periods_per_year),
        "spa_p": spa_p,
    }
    intervals = bootstrap_intervals(
        strategy, benchmark, periods_per_year, level=level, replications=replications, seed=seed
    )
    return Significance(figures, intervals, contenders, members)


def _of_trials(
    strategy: pd.Series, tried: TrialSet | None, periods_per_year: int
) -> dict[str, float]:
    names = (
        "n_trials", "effective_trials", "deflated_by", "trials_elsewhere", "expected_max_sharpe",
        "dsr", "pbo", "pbo_trials",
    )  # fmt: skip
    if tried is None:
        return dict.fromkeys(names, math.nan)
    deflation = deflate(strategy, tried.sharpes_per_bar, tried.deflating)
    rivals = tried.rivals.to_numpy()
    pbo = probability_of_backtest_overfitting(rivals).pbo
    values = (
        float(deflation.n_trials),
        tried.effective,
        deflation.deflated_by,
        float(tried.elsewhere),
        deflation.expected_max_sharpe * math.sqrt(periods_per_year),
        deflation.dsr,
        pbo,
        math.nan if math.isnan(pbo) else float(rivals.shape[1]),
    )
    return dict(zip(names, values, strict=True))
