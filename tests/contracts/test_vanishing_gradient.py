"""A number 100 steps back: gates learn to bring it along, a plain recurrent network does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from benchmarks.vanishing_gradient import (
    DIRECT,
    LAG,
    LEARNING_RATES,
    build,
    gradient_by_lag,
    learn,
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_gates_learn_it_on_the_full_window(name: str) -> None:
    """In three eighths of the updates that the others are given."""
    ((lag, updates),) = DIRECT
    assert learn(name, LEARNING_RATES[0], 0, [(lag, updates * 3 // 8)], chrono=True).r2 > 0.8


@pytest.mark.parametrize("rate", LEARNING_RATES)
def test_the_plain_network_does_not(rate: float) -> None:
    assert learn("rnn", rate, 0, DIRECT, chrono=True).r2 < 0.1


def test_nor_does_an_lstm_that_starts_by_forgetting() -> None:
    """What the chrono start is for."""
    assert learn("lstm", LEARNING_RATES[0], 0, DIRECT).r2 < 0.1


def test_the_plain_network_learns_the_same_task_nearby() -> None:
    """So it is the distance that it fails at."""
    assert learn("rnn", LEARNING_RATES[0], 0, [(2, 300)]).r2 > 0.6


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_chrono_start_keeps_the_gradient(name: str) -> None:
    """Share of the gradient at a lag of 1 that is left at 100, averaged over starts."""

    def left(name: str, chrono: bool) -> float:
        starts = [gradient_by_lag(build(name, seed, chrono), (1, LAG)) for seed in range(3)]
        return sum(far / near for near, far in starts) / len(starts)

    assert left("rnn", False) < 1e-6
    assert left(name, False) < 1e-2
    assert left(name, True) > 3e-2
