"""Law: PBO is a coin toss for noise, zero for skill, and what the definition says in between."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import linregress, rankdata
from skfolio.model_selection import CombinatorialPurgedCV

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.significance.overfitting import (
    MIN_BLOCK,
    probability_of_backtest_overfitting,
)

NAN = float("nan")
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
CENTS = st.integers(-50, 50).map(lambda cents: cents / 100)


def plain_sharpes(returns: np.ndarray) -> list[float]:
    """Equal but for rounding is equal here."""
    still = np.ptp(returns, axis=0) == 0
    return [
        0.0 if flat else round(float(column.mean() / column.std(ddof=1)), 9)
        for flat, column in zip(still, returns.T, strict=True)
    ]


def plain_logits(returns: np.ndarray, n_blocks: int) -> list[float]:
    """CSCV as its authors describe it, one split after the other."""
    n_bars, n_trials = returns.shape
    length = n_bars // n_blocks
    ends = [*(length * block for block in range(n_blocks)), n_bars]
    blocks = [returns[start:stop] for start, stop in itertools.pairwise(ends)]
    logits = []
    for chosen in itertools.combinations(range(n_blocks), n_blocks // 2):
        judged = [block for number, block in enumerate(blocks) if number in chosen]
        sample = [block for number, block in enumerate(blocks) if number not in chosen]
        best = int(np.argmax(plain_sharpes(np.concatenate(sample))))
        rank = rankdata(plain_sharpes(np.concatenate(judged)))[best]
        omega = rank / (n_trials + 1)
        logits.append(math.log(omega / (1 - omega)))
    return logits


@LAWS
@given(arrays(np.float64, st.tuples(st.integers(30, 50), st.integers(2, 5)), elements=CENTS))
def test_the_logits_are_those_of_a_plain_loop(returns: np.ndarray) -> None:
    found = probability_of_backtest_overfitting(returns, 6)
    expected = np.array(plain_logits(returns, 6))
    assert found.logits == pytest.approx(expected, abs=1e-12)
    share = np.mean(expected < -1e-12) + np.mean(np.abs(expected) <= 1e-12) / 2
    assert found.pbo == pytest.approx(share)


def test_the_splits_are_those_of_skfolio() -> None:
    """Sharpe ratios of the best trial over the very bars that skfolio yields."""
    returns = np.random.default_rng(0).normal(0, 0.01, (67, 4))
    found = probability_of_backtest_overfitting(returns, 8)
    splits = list(CombinatorialPurgedCV(8, 4).split(returns))
    assert len(splits) == len(found.sharpes) == math.comb(8, 4)
    for (train, tests), (inside, outside) in zip(splits, found.sharpes, strict=True):
        sample = plain_sharpes(returns[train])
        judged = plain_sharpes(returns[np.concatenate(tests)])
        assert inside == pytest.approx(max(sample), abs=1e-8)
        assert outside == pytest.approx(judged[int(np.argmax(sample))], abs=1e-8)


@pytest.mark.parametrize("n_trials", [2, 3, 10, 41])
def test_the_best_of_noise_is_above_the_median_half_of_the_time(n_trials: int) -> None:
    """On average over draws; a single draw may say anything."""
    rng = np.random.default_rng(n_trials)
    draws = [
        probability_of_backtest_overfitting(rng.standard_t(4, (240, n_trials)), 8).pbo
        for _ in range(400)
    ]
    assert np.mean(draws) == pytest.approx(0.5, abs=0.04)
    assert np.std(draws) > 0.1


def test_one_good_trial_among_noise_is_no_overfitting() -> None:
    returns = np.random.default_rng(1).normal(0, 0.01, (2000, 20))
    returns[:, 7] += 0.002
    found = probability_of_backtest_overfitting(returns)
    assert found.pbo < 0.01
    assert found.probability_of_loss < 0.01


def test_what_reverses_is_overfitting() -> None:
    """Each trial earns in one half of the bars what it loses in the other."""
    rng = np.random.default_rng(2)
    returns = rng.normal(0, 0.01, (1600, 10))
    returns -= returns.mean(axis=0)
    found = probability_of_backtest_overfitting(returns)
    assert found.pbo > 0.9
    assert found.slope < 0
    assert found.probability_of_loss > 0.9


def test_the_slope_is_that_of_the_regression() -> None:
    found = probability_of_backtest_overfitting(
        np.random.default_rng(3).normal(0.001, 0.01, (500, 6)), 8
    )
    assert found.slope == pytest.approx(linregress(*found.sharpes.T).slope)


@LAWS
@given(
    arrays(np.float64, (40, 4), elements=CENTS),
    st.permutations(range(4)),
    st.integers(1, 100),
)
def test_neither_scale_nor_order_of_the_trials_matters(
    returns: np.ndarray, order: list[int], scale: int
) -> None:
    rng = np.random.default_rng(0)
    returns = (returns + rng.normal(0, 1e-3, returns.shape)) / 10  # no two are equal
    expected = probability_of_backtest_overfitting(returns, 4)
    found = probability_of_backtest_overfitting(returns[:, order] / scale, 4)
    assert found.pbo == expected.pbo
    assert found.sharpes == pytest.approx(expected.sharpes)


@pytest.mark.parametrize("copies", [2, 3, 7])
def test_identical_trials_are_a_coin_toss(copies: int) -> None:
    one = np.random.default_rng(4).normal(0, 0.01, (200, 1))
    found = probability_of_backtest_overfitting(np.repeat(one, copies, axis=1))
    assert found.pbo == 0.5
    assert (found.logits == 0).all()


def test_doing_nothing_is_better_than_losing() -> None:
    """A trial that stays out is chosen over one that loses, and does better, too."""
    losing = np.random.default_rng(5).normal(-0.01, 0.01, 200)
    found = probability_of_backtest_overfitting(np.column_stack([losing, np.zeros(200)]))
    assert found.pbo == 0
    assert (found.sharpes == 0).all()
    assert math.isnan(found.slope)


def test_a_steady_trial_has_a_sharpe_ratio_of_zero() -> None:
    """Interest on cash has no dispersion to divide by; only losing is worse than none."""
    losing = np.random.default_rng(5).normal(-0.01, 0.01, 200)
    found = probability_of_backtest_overfitting(np.column_stack([losing, np.full(200, 0.001)]))
    assert (found.sharpes == 0).all()


def test_an_ended_trial_stays_in_the_comparison() -> None:
    """Its missing returns are zeros; a hole in any other is left out for all."""
    returns = np.random.default_rng(6).normal(0, 0.01, (200, 5))
    returns[90, 2] = -1.0
    returns[91:, 2] = NAN
    filled = np.where(np.isnan(returns), 0.0, returns)
    returns[30, 4] = NAN
    found = probability_of_backtest_overfitting(returns)
    expected = probability_of_backtest_overfitting(np.delete(filled, 30, axis=0))
    assert (found.logits == expected.logits).all()


@pytest.mark.parametrize("shape", [(500, 0), (500, 1), (4 * MIN_BLOCK - 1, 3), (0, 3)])
def test_without_a_choice_or_bars_there_is_no_answer(shape: tuple[int, int]) -> None:
    found = probability_of_backtest_overfitting(np.random.default_rng(7).normal(0, 1, shape))
    assert math.isnan(found.pbo)
    assert math.isnan(found.slope)
    assert math.isnan(found.probability_of_loss)
    assert len(found.logits) == 0


@pytest.mark.parametrize(("n_bars", "n_blocks"), [(20, 4), (39, 6), (80, 16), (6000, 16)])
def test_short_samples_have_fewer_blocks(n_bars: int, n_blocks: int) -> None:
    returns = np.random.default_rng(8).normal(0, 1, (n_bars, 3))
    found = probability_of_backtest_overfitting(returns)
    assert len(found.logits) == math.comb(n_blocks, n_blocks // 2)


@pytest.mark.parametrize("n_blocks", [0, 2, 7, -4])
def test_an_odd_number_of_blocks_is_refused(n_blocks: int) -> None:
    with pytest.raises(ConfigError, match="n_blocks"):
        probability_of_backtest_overfitting(np.zeros((100, 3)), n_blocks)
