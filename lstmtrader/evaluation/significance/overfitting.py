"""How often the best trial of one half of the bars is a bad one in the other half."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.significance.libraries import splitting
from lstmtrader.evaluation.significance.sharpe import NO_DISPERSION

MIN_BLOCK = 5
"""Bars of the shortest block."""

# Sharpe ratios per bar that are no further apart are equal: identical trials are so but for
# rounding.
_TIE = 1e-10

# Splits x trials that are worked on at once.
_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class Overfitting:
    """What became of the best trial of each in-sample half.

    Parameters
    ----------
    pbo : float
        Probability of backtest overfitting: the share of splits whose best trial in sample is
        below the median out of sample. Splits in which it is exactly the median count half, so
        that 0.5 is what to expect of noise for odd numbers of trials and identical ones, too.
    logits : array of shape (n_splits,)
        log(ω / (1 - ω)) of the relative rank ω = rank / (n_trials + 1) that the best trial in
        sample has out of sample; negative below the median.
    sharpes : array of shape (n_splits, 2)
        Sharpe ratio per bar of the best trial in sample, in sample and out of it.
    """

    pbo: float
    logits: np.ndarray
    sharpes: np.ndarray

    @property
    def slope(self) -> float:
        """Performance degradation: slope of the regression of `sharpes`, out of sample on in it.

        Negative where the best trials in sample do worst out of it; NaN where none differ.
        """
        if not len(self.sharpes):
            return math.nan
        inside, outside = (self.sharpes - self.sharpes.mean(axis=0)).T
        spread = float(inside @ inside)
        return float(inside @ outside) / spread if spread > 0 else math.nan

    @property
    def probability_of_loss(self) -> float:
        """Share of splits in which the best trial in sample loses out of it."""
        return float((self.sharpes[:, 1] < 0).mean()) if len(self.sharpes) else math.nan


def probability_of_backtest_overfitting(returns: np.ndarray, n_blocks: int = 16) -> Overfitting:
    """Judge the choice among trials by combinatorially symmetric cross-validation (CSCV).

    The bars are cut into blocks in time; every half of the blocks is once the sample that the
    trial with the best Sharpe ratio is chosen in, and once the one that it is judged in. The
    blocks are those of skfolio's `CombinatorialPurgedCV` with half of them for testing and
    nothing purged: the trials are accounts, none is fitted to either half.

    Parameters
    ----------
    returns : array of shape (n_bars, n_trials)
        Simple returns. A trial that lost everything has returns of 0 from then on. Other bars on
        which a trial has no return (NaN) are left out for all.
    n_blocks : int
        Even, at least 4; fewer are taken where they would be shorter than `MIN_BLOCK`.

    Returns
    -------
    Overfitting
        Without splits and with a `pbo` of NaN below two trials, or 4 blocks of `MIN_BLOCK` bars.

    Notes
    -----
    A trial that does not move in a half has a Sharpe ratio of 0 there: doing nothing is better
    than losing. Of trials that are equally good in sample, the first is chosen; out of sample,
    equals share the mean of their ranks.

    References
    ----------
    Bailey, D. H., Borwein, J., López de Prado, M. and Zhu, Q. J. (2017). The Probability of
    Backtest Overfitting. Journal of Computational Finance, 20(4), 39-69.
    """
    if n_blocks < 4 or n_blocks % 2:
        raise ConfigError(f"n_blocks: expected an even number from 4 on; got {n_blocks}")
    values = _complete(np.asarray(returns, dtype=np.float64))
    n_bars, n_trials = values.shape
    n_blocks = min(n_blocks, n_bars // MIN_BLOCK // 2 * 2)
    if n_trials < 2 or n_blocks < 4:
        return Overfitting(math.nan, np.empty(0), np.empty((0, 2)))
    blocks = _Blocks.of(values, n_blocks)
    cv = splitting().CombinatorialPurgedCV(n_blocks, n_blocks // 2)
    outside = cv.binary_train_test_sets.T.astype(np.float64)
    size = max(1, _CELLS // n_trials)
    parts = [_split(blocks, outside[at : at + size]) for at in range(0, len(outside), size)]
    ranks = np.concatenate([rank for rank, _ in parts])
    odds = ranks / (n_trials + 1 - ranks)
    return Overfitting(
        pbo=float((odds < 1).mean() + (odds == 1).mean() / 2),
        logits=np.log(odds),
        sharpes=np.concatenate([sharpes for _, sharpes in parts]),
    )


def _complete(returns: np.ndarray) -> np.ndarray:
    """Give ended accounts returns of zero, and drop bars that not all have."""
    ended = np.maximum.accumulate(returns <= -1, axis=0)
    after = np.zeros_like(ended)
    after[1:] = ended[:-1]
    values = np.where(after, 0.0, returns)
    complete: np.ndarray = values[~np.isnan(values).any(axis=1)]
    return complete


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Sums over the bars of each block: all that the Sharpe ratio of any union of them needs."""

    counts: np.ndarray  # (n_blocks,)
    sums: np.ndarray  # (n_blocks, n_trials), of returns less their mean
    squares: np.ndarray
    mean: np.ndarray  # (n_trials,)
    rounding: np.ndarray  # (n_trials,): variances up to here are none

    @staticmethod
    def of(values: np.ndarray, n_blocks: int) -> _Blocks:
        mean = values.mean(axis=0)
        centred = values - mean
        # As skfolio cuts them: the last block takes the bars that are left.
        length = len(values) // n_blocks
        starts = np.arange(n_blocks) * length
        return _Blocks(
            counts=np.diff(starts, append=len(values)).astype(np.float64),
            sums=np.add.reduceat(centred, starts, axis=0),
            squares=np.add.reduceat(centred**2, starts, axis=0),
            mean=mean,
            rounding=(NO_DISPERSION * np.maximum(1.0, np.abs(values).max(axis=0))) ** 2,
        )

    def sharpes(self, chosen: np.ndarray) -> np.ndarray:
        """Sharpe ratios of unions of blocks: (n_splits, n_blocks) to (n_splits, n_trials)."""
        n = (chosen @ self.counts)[:, None]
        mean: np.ndarray = chosen @ self.sums
        mean /= n
        variance = chosen @ self.squares
        # Rounding leaves some of the squares behind where nothing moves.
        noise = np.maximum(self.rounding, 1e-12 * variance / n)
        variance -= n * mean**2
        variance /= n - 1
        still = variance <= noise
        variance[still] = 1.0
        mean += self.mean
        mean /= np.sqrt(variance)
        mean[still] = 0.0
        return mean


def _split(blocks: _Blocks, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rank out of sample, from 1 for the worst, and Sharpe ratios of the best in sample."""
    inside = blocks.sharpes(1 - outside)
    row = np.arange(len(inside))
    best = (inside >= inside.max(axis=1, keepdims=True) - _TIE).argmax(axis=1)
    judged = blocks.sharpes(outside)
    reached = judged[row, best]
    ahead = judged - reached[:, None]
    below = (ahead < -_TIE).sum(axis=1)
    equal = (np.abs(ahead) <= _TIE).sum(axis=1)
    return below + (equal + 1) / 2, np.column_stack([inside[row, best], reached])
