"""Which bars go into which batch, as index arithmetic: no window is ever copied out in advance.

A *run* is an unbroken stretch of valid bars of one symbol. Every window lies inside one run, so
no hole and no filled bar can be part of it. Dense training reads a run in *chunks* of
``lookback - 1 + steps`` bars and scores the last ``steps`` of them; each has at least its full
lookback of real bars behind it inside the chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmtrader.panel import Mask

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Runs:
    """Unbroken stretches of valid bars that are at least one window long.

    Parameters
    ----------
    start : int64 array of shape (n_runs,)
        Position of the first bar in the flattened (n_symbols * n_bars) panel.
    length : int64 array of shape (n_runs,)
        Number of bars.
    """

    start: Int64
    length: Int64

    @staticmethod
    def find(valid: Mask, lookback: int) -> Runs:
        """Find the runs of a mask of shape (n_symbols, n_bars)."""
        n_symbols, n_bars = valid.shape
        padded = np.zeros((n_symbols, n_bars + 2), dtype=np.int8)
        padded[:, 1:-1] = valid
        edges = np.diff(padded, axis=1)
        symbol, first = np.nonzero(edges == 1)
        _, last = np.nonzero(edges == -1)
        length = last - first
        kept = length >= lookback
        return Runs((symbol * n_bars + first)[kept], length[kept])

    def __len__(self) -> int:
        return len(self.start)


class Batch(NamedTuple):
    """Index tensors into the flattened panel.

    Parameters
    ----------
    bars : int64 tensor of shape (n_chunks, lookback - 1 + steps)
        Bars the network reads. Beyond the end of a run its last bar is repeated; a causal
        network cannot let that reach a scored step.
    scored : bool tensor of shape (n_chunks, steps)
        Which of the last `steps` bars have a label.
    """

    bars: Tensor
    scored: Tensor


class DenseBatches:
    """Batches of chunks that together score every labelled bar exactly once an epoch.

    Iterating once is one epoch. Where the chunks begin and their order are drawn anew each time
    from this object's own generator.

    Parameters
    ----------
    valid, labelled : bool array of shape (n_symbols, n_bars)
    lookback : int
    steps : int
        Scored bars per chunk.
    batch_size : int
        Chunks per batch.
    seed : int
    """

    def __init__(
        self, valid: Mask, labelled: Mask, lookback: int, steps: int, batch_size: int, seed: int
    ) -> None:
        self.runs = Runs.find(valid, lookback)
        self.labelled = labelled.reshape(-1)
        self.lookback, self.steps, self.batch_size = lookback, steps, batch_size
        self._rng = np.random.default_rng(seed)
        self.n_samples = int(self.labelled[_targets(self.runs, lookback)].sum())

    def __iter__(self) -> Iterator[Batch]:
        bars, scored = self._chunks()
        order = self._rng.permutation(len(bars))
        for at in range(0, len(order), self.batch_size):
            chosen = order[at : at + self.batch_size]
            yield Batch(torch.from_numpy(bars[chosen]), torch.from_numpy(scored[chosen]))

    def _chunks(self) -> tuple[Int64, Mask]:
        """Lay chunks over every run, the first one of each at a random phase."""
        context, steps = self.lookback - 1, self.steps
        phase = self._rng.integers(0, steps, size=len(self.runs))
        n_targets = self.runs.length - context
        # A phase of p leaves the first chunk with p targets (none when p is 0).
        n_chunks = (phase > 0) + np.maximum(-((phase - n_targets) // steps), 0)
        run = np.repeat(np.arange(len(self.runs)), n_chunks)
        number = np.arange(len(run)) - np.repeat(np.cumsum(n_chunks) - n_chunks, n_chunks)
        shift = np.where(phase > 0, phase - steps, 0)[run]
        first_target = shift + number * steps
        begin = first_target.clip(min=0)
        stop = (first_target + steps).clip(max=n_targets[run])
        offset = begin[:, None] + np.arange(context + steps)
        bars = self.runs.start[run][:, None] + offset.clip(max=(self.runs.length[run] - 1)[:, None])
        target = begin[:, None] + np.arange(steps)
        scored = (target < stop[:, None]) & self.labelled[bars[:, context:]]
        kept = scored.any(axis=1)
        return bars[kept], scored[kept]


class WholeSlice:
    """All labelled bars of a slice in one batch, each run read in a single pass.

    Parameters
    ----------
    valid, labelled : bool array of shape (n_symbols, n_bars)
    lookback : int
    """

    def __init__(self, valid: Mask, labelled: Mask, lookback: int) -> None:
        bars, answered = streams(Runs.find(valid, lookback), lookback)
        scored = answered & labelled.reshape(-1)[bars]
        self.n_samples = int(scored.sum())
        self._batch = Batch(torch.from_numpy(bars), torch.from_numpy(scored))

    def __iter__(self) -> Iterator[Batch]:
        if self.n_samples:
            yield self._batch


def _targets(runs: Runs, lookback: int) -> Int64:
    """Positions of every bar that ends a full window."""
    if not len(runs):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate(
        [
            np.arange(start + lookback - 1, start + length)
            for start, length in zip(runs.start, runs.length, strict=True)
        ]
    )


def streams(runs: Runs, lookback: int) -> tuple[Int64, Mask]:
    """Lay each run out as one row, for a single pass over all of it.

    Returns
    -------
    bars : int64 array of shape (n_runs, longest)
        Positions in the flattened panel; the last bar is repeated beyond the end.
    answered : bool array of the same shape
        True where a full window ends.
    """
    longest = int(runs.length.max(initial=0))
    offset = np.arange(longest)
    bars = runs.start[:, None] + np.minimum(offset, runs.length[:, None] - 1)
    answered = (offset >= lookback - 1) & (offset < runs.length[:, None])
    return bars, answered
