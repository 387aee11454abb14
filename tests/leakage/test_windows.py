"""Windows: every label once an epoch, every window whole, nothing from outside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.models.recurrent import LSTM
from lstmtrader.models.training.windows import ScoringBatches, TrainingBatches, passes


def _naive_targets(valid: np.ndarray, labelled: np.ndarray, lookback: int) -> set[int]:
    """Flat positions of labelled bars with `lookback` unbroken valid bars, one by one."""
    found = set()
    n_symbols, n_bars = valid.shape
    for symbol in range(n_symbols):
        for bar in range(lookback - 1, n_bars):
            if valid[symbol, bar - lookback + 1 : bar + 1].all() and labelled[symbol, bar]:
                found.add(symbol * n_bars + bar)
    return found


class Mask(NamedTuple):
    """Which bars are there: a few are missing, and some of the rest have no label."""

    n_symbols: int
    n_bars: int
    seed: int
    share: float

    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        """Valid and labelled bars, bool arrays of shape (n_symbols, n_bars)."""
        rng = np.random.default_rng(self.seed)
        valid = rng.random((self.n_symbols, self.n_bars)) < self.share
        return valid, rng.random((self.n_symbols, self.n_bars)) < 0.9


MASKS = st.builds(
    Mask, st.integers(1, 4), st.integers(1, 60), st.integers(0, 10_000), st.floats(0.6, 1.0)
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(mask=MASKS, lookback=st.integers(1, 8), steps=st.integers(1, 9), size=st.integers(1, 5))
def test_each_labelled_bar_is_scored_exactly_once_an_epoch(
    mask: Mask, lookback: int, steps: int, size: int
) -> None:
    n_bars, seed = mask.n_bars, mask.seed
    valid, labelled = mask.drawn()
    expected = _naive_targets(valid, labelled, lookback)
    batches = TrainingBatches(valid, labelled, lookback, steps, size, seed)
    assert batches.n_samples == len(expected)
    for _ in range(3):
        scored: list[int] = []
        for batch in batches:
            bars = batch.bars.numpy()
            assert len(bars) <= size
            assert valid.reshape(-1)[bars].all(), "a chunk reads valid bars only"
            for row, marks in zip(bars, batch.scored.numpy(), strict=True):
                assert len({bar // n_bars for bar in row}) == 1, "of one symbol only"
                for step in np.flatnonzero(marks):
                    window = row[step : step + lookback]
                    assert (np.diff(window) == 1).all(), "a whole window precedes the label"
                    scored.append(int(window[-1]))
        assert sorted(scored) == sorted(expected)
    for dense in (True, False):
        slice_ = ScoringBatches(valid, labelled, lookback, dense=dense)
        assert slice_.n_samples == len(expected)
        found = [
            bar
            for batch in slice_
            for bar in batch.bars.numpy()[:, -batch.scored.shape[1] :][batch.scored.numpy()]
        ]
        assert sorted(found) == sorted(expected)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(mask=MASKS, lookback=st.integers(1, 8), steps=st.integers(1, 9), size=st.integers(1, 5))
def test_a_batch_across_symbols_holds_every_symbol_of_its_bars(
    mask: Mask, lookback: int, steps: int, size: int
) -> None:
    n_bars, seed = mask.n_bars, mask.seed
    valid, labelled = mask.drawn()
    expected = _naive_targets(valid, labelled, lookback)
    batches = TrainingBatches(valid, labelled, lookback, steps, size, seed, across_symbols=True)
    for _ in range(3):
        moments: list[set[int]] = []
        scored: list[int] = []
        for batch in batches:
            bars, marks = batch.bars.numpy()[:, -steps:], batch.scored.numpy()
            moments.append({int(bar) % n_bars for bar in bars[marks]})
            assert len(moments[-1]) <= size * steps
            scored += bars[marks].tolist()
        assert sorted(scored) == sorted(expected)
        assert sum(map(len, moments)) == len(set().union(*moments)), "a bar is in one batch only"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(mask=MASKS, lookback=st.integers(1, 8), dense=st.booleans())
def test_reading_answers_each_full_window_once(mask: Mask, lookback: int, dense: bool) -> None:
    valid, _ = mask.drawn()
    got: list[int] = []
    for bars, answered in passes(valid, lookback, dense=dense):
        steps = answered.shape[1]
        for row, marks in zip(bars, answered, strict=True):
            for step in np.flatnonzero(marks):
                end = len(row) - steps + step
                window = row[end - lookback + 1 : end + 1]
                assert (np.diff(window) == 1).all(), "the whole window was read before"
                got.append(int(window[-1]))
    assert sorted(got) == sorted(_naive_targets(valid, np.ones_like(valid), lookback))


def test_epochs_differ_but_a_seed_repeats_them() -> None:
    valid = np.ones((3, 100), dtype=bool)

    def epochs(seed: int) -> list[bytes]:
        batches = TrainingBatches(valid, valid, 10, 7, 4, seed)
        return [b"".join(batch.bars.numpy().tobytes() for batch in batches) for _ in range(2)]

    assert epochs(1) == epochs(1)
    assert epochs(1)[0] != epochs(1)[1]
    assert epochs(1) != epochs(2)


def test_dense_output_equals_the_output_of_each_prefix() -> None:
    """One pass over a stream answers as if each window had been presented alone."""
    torch.manual_seed(0)
    network = LSTM(3, 1, lookback=5, hidden=8, layers=2, dropout=0.2).eval()
    stream = torch.randn(2, 40, 3)
    with torch.inference_mode():
        dense = network(stream)
        for steps in range(1, 41):
            alone = network(stream[:, :steps])[:, -1]
            torch.testing.assert_close(dense[:, steps - 1], alone, rtol=0, atol=1e-6)


def test_later_steps_do_not_reach_back() -> None:
    network = LSTM(3, 1, lookback=5, hidden=8).eval()
    one = torch.randn(2, 40, 3)
    other = one.clone()
    other[:, 25:] = 1e6
    with torch.inference_mode():
        assert torch.equal(network(one)[:, :25], network(other)[:, :25])


def test_the_network_starts_as_documented() -> None:
    network = LSTM(3, 1, lookback=5, hidden=8, layers=2)
    for layer in range(2):
        recurrent = getattr(network.body.recurrent, f"weight_hh_l{layer}")
        for gate in recurrent.chunk(4):
            torch.testing.assert_close(gate @ gate.T, torch.eye(8), rtol=0, atol=1e-5)
        bias = getattr(network.body.recurrent, f"bias_ih_l{layer}")
        bias = bias + getattr(network.body.recurrent, f"bias_hh_l{layer}")
        expected = torch.zeros(32)
        expected[8:16] = 1.0
        assert torch.equal(bias, expected)
