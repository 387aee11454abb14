"""How many independent trials there were: trials that rise and fall together are a family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

ALIKE = 0.7
"""Mean correlation from which trials are a family: half of their variance is shared."""

FEWEST_BLOCKS = 30
MOST_AT_ONCE = 5000
"""Trials clustered at once, in seconds and 0.3 GB; more than these are clustered in parts first."""

_PART = 2000
_SLAB = 256
# Relative to the returns themselves, and to their own variance: below it is rounding.
_NO_DISPERSION = 1e-6


@dataclass(frozen=True)
class Families:
    """Trials sorted into families, and what the choice among them is worth.

    Parameters
    ----------
    count : float
        Families; see `effective_trials`.
    independent : float
        As many independent trials would have a best one as lucky, N̂. From `count` to the number
        of distinct trials.

    Notes
    -----
    A family is no single trial: whoever takes the best of a hundred variants that share three
    quarters of their variance has picked the luckiest of the quarters they do not share. So a
    family of n trials with a mean pairwise correlation of ρ counts ρ + (1 - ρ)·n, from 1 where
    they are the same to n where they have nothing in common: the implied number of Bailey and
    López de Prado (2014, appendix A.3), family by family. Over all trials at once, the mean
    correlation would be that of strangers and hide the families. The number is rather too high:
    for the best of 200 nulls at ρ = 0.75 it is 51, and luck is overrated.

    References
    ----------
    Bailey, D. H. and López de Prado, M. (2014). The Deflated Sharpe Ratio: Correcting for
    Selection Bias, Backtest Overfitting, and Non-Normality. Journal of Portfolio Management,
    40(5), 94-107.
    """

    count: float
    independent: float

    @staticmethod
    def of(returns: pd.DataFrame) -> Families:
        """Sort trials into families by their returns.

        Columns that are the same to the byte are one trial. Of more than 5000 columns every 2000
        are sorted by themselves, and `independent` is the sum over these parts: a family that
        lies in several counts in each, which is rather too high.

        Parameters
        ----------
        returns : DataFrame of shape (n_blocks, n_trials)
            Simple returns, NaN where a trial has none. A column without any is a family.
        """
        values = returns.to_numpy(np.float32).T
        known = ~np.isnan(values).all(axis=1)
        alone = int((~known).sum())
        distinct = {values[number].tobytes(): number for number in np.flatnonzero(known)}
        values = values[list(distinct.values())]
        if len(values) <= MOST_AT_ONCE:
            count, independent, _ = _sorted(values)
            return Families(alone + count, alone + independent)
        parts = [_sorted(values[at : at + _PART]) for at in range(0, len(values), _PART)]
        central = np.concatenate([one for *_, one in parts])
        count = len(central)
        if count <= MOST_AT_ONCE:
            count, *_ = _sorted(central)
        return Families(float(alone + count), alone + sum(worth for _, worth, _ in parts))


def effective_trials(returns: pd.DataFrame) -> float:
    """Return the number of families of trials, whose returns go together.

    It says how many ideas were tried, not by how much to deflate: see `Families`.

    Average linkage on (1 - ρ) / 2, the square of the usual correlation distance √((1 - ρ) / 2):
    two clusters are one if the *mean correlation* between their members is at least 0.7, when half
    of the variance is shared. A lower bar would call trials one that are better told apart, and
    with fewer trials less luck is expected of the best of them: it would flatter. Against the same
    end, what is not known counts in full: two trials with fewer than 30 blocks in common, or one
    of which never moved, are independent.

    Columns that are the same to the byte count once. Of more than 5000 columns every 2000 are
    clustered by themselves, then the most central trial of each cluster among those of all others;
    if those are still more than 5000, their number is the answer, which is rather too high.

    Parameters
    ----------
    returns : DataFrame of shape (n_blocks, n_trials)
        Simple returns, NaN where a trial has none. A column without any is a family.

    Returns
    -------
    float
        From 1 to `n_trials`; 0 without columns.

    References
    ----------
    López de Prado, M. and Lewis, M. J. (2019). Detection of false investment strategies using
    unsupervised learning methods. Quantitative Finance, 19(9), 1555-1565.
    Sokal, R. R. and Michener, C. D. (1958). A statistical method for evaluating systematic
    relationships. University of Kansas Science Bulletin, 38, 1409-1438.
    """
    return Families.of(returns).count


def _sorted(values: np.ndarray) -> tuple[int, float, np.ndarray]:
    """Return the families, their worth, and of each the trial that is nearest to the others."""
    if not len(values):
        return 0, 0.0, values
    distances = _distances(values)
    labels = _clusters(distances)
    members = labels[:, None] == np.unique(labels)
    away = squareform(distances) @ members
    size = members.sum(axis=0)
    pairs = np.maximum(size * (size - 1), 1)
    alike = np.clip(1 - 2 * (away * members).sum(axis=0) / pairs, 0, 1)
    # A float32 twin at another scale is the same but for rounding.
    alike[alike > 1 - _NO_DISPERSION] = 1.0
    worth = float((alike + (1 - alike) * size).sum())
    nearest = np.where(members, away, np.inf).argmin(axis=0)
    return len(size), worth, np.asarray(np.take(values, nearest, axis=0))


def _clusters(distances: np.ndarray) -> np.ndarray:
    """Label each trial by its cluster; `distances` as from `scipy.spatial.distance.pdist`."""
    if not len(distances):
        return np.array([1])
    tree = linkage(distances, method="average")
    return np.asarray(fcluster(tree, (1 - ALIKE) / 2 + 1e-12, criterion="distance"))


def _distances(values: np.ndarray) -> np.ndarray:
    """Return (1 - ρ) / 2 of every pair of rows over the blocks they share, pair after pair."""
    known = ~np.isnan(values)
    mean = np.nanmean(values, axis=1, dtype=np.float64, keepdims=True)
    moves = np.where(known, values - mean, 0.0)
    scale = np.sqrt((moves**2).sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True))
    flat = scale <= _NO_DISPERSION * np.nanmax(np.abs(values), axis=1, keepdims=True)
    moves = np.divide(moves, scale, out=np.zeros_like(moves), where=~flat)
    same = bool((known == known[0]).all())
    correlate = _correlate_on_all if same else _correlate_on_shared
    parts = []
    for start in range(0, len(values), _SLAB):
        stop = min(start + _SLAB, len(values))
        rows = correlate(moves[start:stop], moves[start:], known[start:stop], known[start:])
        parts.append(rows[np.arange(stop - start)[:, None] < np.arange(len(values) - start)])
    return np.clip((1 - np.concatenate(parts)) / 2, 0, 1)


def _correlate_on_all(
    left: np.ndarray, right: np.ndarray, known: np.ndarray, _: np.ndarray
) -> np.ndarray:
    blocks = known[0].sum()
    if blocks < FEWEST_BLOCKS:
        return np.zeros((len(left), len(right)))
    return np.asarray(left @ right.T / blocks)


def _correlate_on_shared(
    left: np.ndarray, right: np.ndarray, known_left: np.ndarray, known_right: np.ndarray
) -> np.ndarray:
    mine, others = known_left.astype(np.float64), known_right.astype(np.float64)
    blocks = mine @ others.T
    some = np.maximum(blocks, 1)
    sums, sums_right = left @ others.T, mine @ right.T
    variance = left**2 @ others.T / some - (sums / some) ** 2
    variance_right = mine @ (right**2).T / some - (sums_right / some) ** 2
    shared = left @ right.T / some - sums * sums_right / some**2
    judged = (blocks >= FEWEST_BLOCKS) & (np.minimum(variance, variance_right) > _NO_DISPERSION)
    both = np.sqrt(np.where(judged, variance * variance_right, 1.0))
    return np.where(judged, shared / both, 0.0)
