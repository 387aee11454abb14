"""Whether the best of several accounts is better than buy & hold, and which may be the best.

Returns are compared at the same volatility: each account's are divided by their own standard
deviation, so that means are Sharpe ratios. A strategy that is invested to a fifth would lose
against buy & hold on raw returns by construction, and one with borrowed money win; neither says
anything of skill. The standard deviations are those of the sample and taken as known: per bar,
their error is small against that of the means.

A loss is minus a scaled return. Differences to the benchmark are divided by their own standard
deviation in turn, as Hansen (2005) and Romano and Wolf (2005) advise (arch compares them as they
are): an account that is nearly the benchmark is not drowned by the noise of the others.

References
----------
Hansen, P. R. (2005). A Test for Superior Predictive Ability. Journal of Business & Economic
Statistics, 23(4), 365-380. Romano, J. P. and Wolf, M. (2005). Stepwise Multiple Testing as
Formalized Data Snooping. Econometrica, 73(4), 1237-1282. Hansen, P. R., Lunde, A. and Nason,
J. M. (2011). The Model Confidence Set. Econometrica, 79(2), 453-497.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.returns import cleaned
from lstmtrader.evaluation.significance.blocks import MIN_BARS, block_length, disperse, paired
from lstmtrader.evaluation.significance.libraries import resampling

STRATEGY, BENCHMARK = "strategy", "buy_and_hold"

# Scaled series no further apart are one series: rounding, not a difference.
_SAME = 1e-10


def compare_contenders(
    strategy: pd.Series,
    rivals: Mapping[str, pd.Series],
    benchmark: pd.Series,
    periods_per_year: int,
    *,
    size: float = 0.05,
    replications: int = 1000,
    seed: int = 0,
) -> tuple[pd.DataFrame, float]:
    """Compare the strategy, its baselines and buy & hold on the bars that all of them have.

    Parameters
    ----------
    strategy : Series
        Simple returns per bar.
    rivals : mapping of str to Series
        Those of the baselines, by name.
    benchmark : Series
        Those of buy & hold.
    periods_per_year : int
        From the calendar.
    size : float
        Of the stepwise test and the model confidence set.
    replications : int
        Of the stationary bootstrap, with blocks of `block_length`.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    contenders : DataFrame
        Indexed by ``strategy``, the names of the baselines and ``buy_and_hold``; columns
        ``sharpe`` (annualised), ``superior`` (True where StepM finds it better than buy & hold,
        with a probability of `size` that it is wrong on any), ``mcs_p`` and ``in_mcs`` (not
        excluded from the set that holds the best with a probability of 1 - `size`).
        An account that was ruined, or does not move, takes no part: it is neither superior nor
        in the set, and its numbers are NaN.
    spa_p : float
        Hansen's consistent p-value that neither the strategy nor any baseline is better than buy
        & hold. NaN where the strategy or buy & hold takes no part, or below `MIN_BARS` bars; 1
        where all are the benchmark itself.
    """
    if not 0 < size < 1:
        raise ConfigError(f"size: expected above 0 and below 1; got {size}")
    for name in (STRATEGY, BENCHMARK):
        if name in rivals:
            raise ConfigError(f"{name!r} is no name for a baseline; call it something else")
    everyone = {STRATEGY: strategy, **rivals, BENCHMARK: benchmark}
    table = pd.DataFrame(
        {"sharpe": math.nan, "superior": False, "mcs_p": math.nan, "in_mcs": False},
        index=pd.Index(list(everyone), name="contender"),
    )
    names = [name for name, returns in everyone.items() if _lasting(returns)]
    values = paired([everyone[name] for name in names]) if names else np.empty((0, 0))
    moving = disperse(values)
    names = [name for name, moves in zip(names, moving, strict=True) if moves]
    values = values[:, moving]
    if not names:
        return table, math.nan
    scaled = values / values.std(axis=0, ddof=1)
    table.loc[names, "sharpe"] = scaled.mean(axis=0) * math.sqrt(periods_per_year)
    if len(scaled) < MIN_BARS:
        return table, math.nan
    p = mcs_p_values(scaled, size, replications, seed)
    table.loc[names, "mcs_p"] = p
    table.loc[names, "in_mcs"] = p > size
    if names[-1] != BENCHMARK:
        return table, math.nan
    spa_p, better = superior(scaled[:, :-1] - scaled[:, -1:], size, replications, seed)
    table.loc[names[:-1], "superior"] = better
    return table, spa_p if STRATEGY in names else math.nan


def superior(
    differences: np.ndarray, size: float, replications: int, seed: int
) -> tuple[float, np.ndarray]:
    """Test which accounts beat the benchmark, stepping down from the best.

    Parameters
    ----------
    differences : array of shape (n_bars, n_accounts)
        Returns less those of the benchmark, at the same volatility.
    size : float
        Probability of finding any account superior that is not.

    Returns
    -------
    p : float
        Hansen's consistent p-value that no account is superior; NaN without accounts, 1 where
        none differs from the benchmark.
    superior : bool array of shape (n_accounts,)
        By StepM of Romano and Wolf.
    """
    n_bars, n_accounts = differences.shape
    found = np.zeros(n_accounts, dtype=bool)
    if not n_accounts:
        return math.nan, found
    other = np.flatnonzero(differences.std(axis=0) > _SAME)
    if not len(other):
        return 1.0, found
    block = block_length(differences[:, other])
    scaled = differences[:, other] / differences[:, other].std(axis=0)
    # arch takes losses and tests benchmark less model: the models are minus the differences.
    spa = resampling().SPA(np.zeros(n_bars), -scaled, block, replications, seed=seed)
    spa.compute()
    p = float(spa.pvalues["consistent"])
    # The steps of arch's own StepM, which fails when a later step finds the last account.
    left = np.ones(len(other), dtype=bool)
    while left.any():
        spa.subset(left)
        spa.compute()
        better = spa.better_models(size)
        if not len(better):
            break
        left[better] = False
    found[other] = ~left
    return p, found


def mcs_p_values(scaled: np.ndarray, size: float, replications: int, seed: int) -> np.ndarray:
    """P-values of the model confidence set of Hansen, Lunde and Nason (2011), range statistic.

    Parameters
    ----------
    scaled : array of shape (n_bars, n_accounts)
        Returns at the same volatility, each of which moves.

    Returns
    -------
    float64 array of shape (n_accounts,)
        The smallest size at which the account is not in the set. Identical accounts share one;
        an account that has none beside it is in every set: 1.
    """
    first = _first_of_its_kind(scaled)
    kinds, back = np.unique(first, return_inverse=True)
    if len(kinds) == 1:
        return np.ones(len(first))
    losses = -scaled[:, kinds]
    # arch cannot eliminate one of two that are exactly equal: then the first is the worse.
    losses = losses - 1e-12 * np.arange(len(kinds)) ** 2
    mcs = resampling().MCS(losses, size, replications, block_length(losses), seed=seed)
    mcs.compute()
    p: np.ndarray = mcs.pvalues["Pvalue"].reindex(range(len(kinds))).to_numpy(dtype=np.float64)
    return p[back]


def _lasting(returns: pd.Series) -> bool:
    values = cleaned(returns)
    return len(values) > 0 and bool(values[-1] > -1)


def _first_of_its_kind(scaled: np.ndarray) -> np.ndarray:
    """Number of the first column that each column equals, shape (n_accounts,)."""
    apart = [np.abs(scaled - column[:, None]).max(axis=0) for column in scaled.T]
    first: np.ndarray = (np.array(apart) <= _SAME).argmax(axis=1)
    return first
