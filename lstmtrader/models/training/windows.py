"""Which bars go into which batch, as index arithmetic: no window is ever copied out in advance.

A *run* is an unbroken stretch of valid bars of one symbol. Every window lies inside one run, so
no hole and no filled bar can be part of it. Dense training reads a run in *chunks* of
``lookback - 1 + steps`` bars and scores the last ``steps`` of them; each has at least its full
lookback of real bars behind it inside the chunk. With ``steps = 1`` a chunk is a window.
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

_BARS_PER_PASS = 32_768
_WINDOWS_PER_PASS = 2048


@dataclass(frozen=True, eq=False)
class Runs:
    """Unbroken stretches of valid bars that are at least one window long.

    Parameters
    ----------
    start : int64 array of shape (n_runs,)
        Position of the first bar in the flattened (n_symbols * n_bars) panel.
    length : int64 array of shape (n_runs,)
        Number of bars.
    n_symbols : int
        Symbols that have any.
    """

    start: Int64
    length: Int64
    n_symbols: int

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
        return Runs((symbol * n_bars + first)[kept], length[kept], len(np.unique(symbol[kept])))

    def __len__(self) -> int:
        return len(self.start)


class Batch(NamedTuple):
    """Index tensors into the flattened panel.

    Parameters
    ----------
    bars : int64 tensor of shape (n_chunks, n_bars)
        Bars the network reads. Beyond the end of a run its last bar is repeated; a causal
        network cannot let that reach a scored step.
    scored : bool tensor of shape (n_chunks, steps)
        Which of the last `steps` bars are asked for.
    """

    bars: Tensor
    scored: Tensor


class TrainingBatches:
    """Batches of chunks that together score every labelled bar exactly once an epoch.

    Iterating once is one epoch. Where the chunks begin and their order are drawn anew each time
    from this object's own generator.

    Parameters
    ----------
    valid, labelled : bool array of shape (n_symbols, n_bars)
    lookback : int
    steps : int
        Scored bars per chunk; 1 makes windows.
    batch_size : int
        Chunks per batch; with `across_symbols`, blocks of `steps` bars per batch.
    seed : int
    across_symbols : bool
        Let the chunks of all symbols begin together and keep those of a block in one batch.

    Attributes
    ----------
    n_batches : int
        Batches of the epoch that was begun last; it differs a little with where chunks begin.
    """

    def __init__(
        self,
        valid: Mask,
        labelled: Mask,
        lookback: int,
        steps: int,
        batch_size: int,
        seed: int,
        *,
        across_symbols: bool = False,
    ) -> None:
        self.runs = Runs.find(valid, lookback)
        self.n_bars = valid.shape[1]
        self.labelled = labelled.reshape(-1)
        self.lookback, self.steps, self.batch_size = lookback, steps, batch_size
        self.across_symbols = across_symbols
        self.n_batches = 1
        self._rng = np.random.default_rng(seed)
        # How many labels there are before each bar: counts any stretch in two look-ups.
        self._before = np.concatenate([[0], np.cumsum(self.labelled, dtype=np.int64)])
        first, end = self.runs.start + lookback - 1, self.runs.start + self.runs.length
        self.n_samples = int((self._before[end] - self._before[first]).sum())

    def __iter__(self) -> Iterator[Batch]:
        border = int(self._rng.integers(0, self.steps)) if self.across_symbols else None
        first, stop, last = self._chunks(border)
        offset = np.arange(-(self.lookback - 1), self.steps)
        for chosen in self._batches(first, border):
            bars = first[chosen, None] + offset
            scored = bars[:, -self.steps :] < stop[chosen, None]
            bars = np.minimum(bars, last[chosen, None])
            scored &= self.labelled[bars[:, -self.steps :]]
            yield Batch(torch.from_numpy(bars), torch.from_numpy(scored))

    def _chunks(self, border: int | None) -> tuple[Int64, Int64, Int64]:
        """Lay chunks over every run, the first one of each up to a common or a random border.

        Returns
        -------
        first, stop, last : int64 array of shape (n_chunks,)
            Flat positions: the first scored bar, the one after the last scored bar, and the last
            bar of the run.
        """
        steps, runs = self.steps, self.runs
        first_of_run = runs.start + self.lookback - 1
        if border is None:
            phase = self._rng.integers(0, steps, size=len(runs))
        else:
            phase = (border - first_of_run % self.n_bars) % steps
        n_targets = runs.length - (self.lookback - 1)
        # A phase of p leaves the first chunk with p targets (none when p is 0).
        n_chunks = (phase > 0) + np.maximum(-((phase - n_targets) // steps), 0)
        run = np.repeat(np.arange(len(runs)), n_chunks)
        number = np.arange(len(run)) - np.repeat(np.cumsum(n_chunks) - n_chunks, n_chunks)
        begin = np.where(phase > 0, phase - steps, 0)[run] + number * steps
        first = first_of_run[run] + begin.clip(min=0)
        stop = first_of_run[run] + np.minimum(begin + steps, n_targets[run])
        kept = self._before[stop] > self._before[first]
        return first[kept], stop[kept], (runs.start + runs.length - 1)[run][kept]

    def _batches(self, first: Int64, border: int | None) -> Iterator[Int64]:
        """Draw which chunks go together: any, or all those between the same two borders."""
        group = np.arange(len(first))
        if border is not None:
            group = (first % self.n_bars - border) // self.steps
        order = self._rng.permutation(np.unique(group))
        self.n_batches = max(-(-len(order) // self.batch_size), 1)
        for at in range(0, len(order), self.batch_size):
            drawn = order[at : at + self.batch_size]
            yield drawn if border is None else np.flatnonzero(np.isin(group, drawn))


def passes(valid: Mask, lookback: int, *, dense: bool) -> Iterator[tuple[Int64, Mask]]:
    """Read every full window once: as streams, or each window by itself.

    Parameters
    ----------
    valid : bool array of shape (n_symbols, n_bars)
    lookback : int
    dense : bool
        Read each run in a single pass instead of window by window.

    Yields
    ------
    bars : int64 array of shape (n_rows, n_bars)
        Flat positions a network reads; the last bar of a run is repeated beyond its end.
    answered : bool array of shape (n_rows, steps)
        Which of the last `steps` bars end a full window.
    """
    runs = Runs.find(valid, lookback)
    if dense:
        longest = int(runs.length.max(initial=0))
        offset = np.arange(longest)
        rows = max(_BARS_PER_PASS // max(longest, 1), 1)
        for at in range(0, len(runs), rows):
            start = runs.start[at : at + rows, None]
            length = runs.length[at : at + rows, None]
            yield start + np.minimum(offset, length - 1), offset[lookback - 1 :] < length
        return
    ends = [
        np.arange(start + lookback - 1, start + length)
        for start, length in zip(runs.start, runs.length, strict=True)
    ]
    last = np.concatenate(ends) if ends else np.zeros(0, dtype=np.int64)
    offset = np.arange(-(lookback - 1), 1)
    for at in range(0, len(last), _WINDOWS_PER_PASS):
        bars = last[at : at + _WINDOWS_PER_PASS, None] + offset
        yield bars, np.ones((len(bars), 1), dtype=bool)


class ScoringBatches:
    """All labelled bars of a slice, read as `passes` does.

    Parameters
    ----------
    valid, labelled : bool array of shape (n_symbols, n_bars)
    lookback : int
    dense : bool
    """

    def __init__(self, valid: Mask, labelled: Mask, lookback: int, *, dense: bool) -> None:
        self.valid, self.labelled = valid, labelled.reshape(-1)
        self.lookback, self.dense = lookback, dense
        self.n_samples = sum(int(batch.scored.sum()) for batch in self)

    def __iter__(self) -> Iterator[Batch]:
        for bars, answered in passes(self.valid, self.lookback, dense=self.dense):
            scored = answered & self.labelled[bars[:, -answered.shape[1] :]]
            yield Batch(torch.from_numpy(bars), torch.from_numpy(scored))
