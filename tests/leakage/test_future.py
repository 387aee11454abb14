"""Law 1: whatever happens after bar t, nothing decided at or before t moves."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.leakage.pipelines import EXPERIMENTS, largest_move, telling_bars, unchanged

SAME_SHAPE = ["mild", "jump", "crash", "shuffle", "missing"]


@pytest.mark.parametrize("how", SAME_SHAPE)
@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_past_is_bit_identical(name: str, place: int, how: str) -> None:
    experiment = EXPERIMENTS[name]
    assert largest_move(experiment, telling_bars(experiment)[place], how) == 0.0


@pytest.mark.parametrize("place", range(1, 5))
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_shorter_history_gives_the_same_past(name: str, place: int) -> None:
    experiment = EXPERIMENTS[name]
    assert largest_move(experiment, telling_bars(experiment)[place], "truncate") <= 1e-6


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_is_compared_here_is_what_a_run_decides(name: str) -> None:
    decided, run = unchanged(EXPERIMENTS[name]), EXPERIMENTS[name].run()
    assert decided.forecast.members.tobytes() == run.forecast.members.tobytes()
    pd.testing.assert_frame_equal(decided.weights, run.weights, check_exact=True)
    assert list(decided.test_starts) == list(run.folds["test_start"])
    assert decided.outcome.tobytes() == run.outcome.to_numpy().tobytes()
    pd.testing.assert_series_equal(decided.returns, run.result.returns, check_exact=True)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_first_test_bars_are_not_dead(name: str) -> None:
    """Every fold forecasts from its first bar on, and the forecasts are not constant."""
    decided = unchanged(EXPERIMENTS[name])
    mean = decided.forecast.mean
    for start in decided.test_starts:
        assert mean.loc[start].notna().any()
    assert mean.std().max() > 0
