"""Law: the best of many variants is judged as what it is, a choice."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lstmtrader.evaluation.significance.deflation import deflate
from lstmtrader.evaluation.significance.selection import judge_selection

N_BARS = 1500


def noise(n_variants: int, seed: int, mean: float = 0.0) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(0, 0.01, (N_BARS, n_variants))
    values[:, 0] += mean
    return pd.DataFrame(values)


def test_the_best_of_noise_is_noise() -> None:
    """A Sharpe ratio that would pass alone does not pass as the best of forty."""
    found = [judge_selection(noise(40, seed)) for seed in range(20)]
    assert all(one["effective_variants"] == 40 for one in found)
    assert sum(one["dsr_of_best"] > 0.95 for one in found) <= 2
    assert 0.35 < np.mean([one["pbo"] for one in found]) < 0.65


def test_a_variant_with_skill_stands_out() -> None:
    found = judge_selection(noise(10, 3, mean=0.002))
    assert found["dsr_of_best"] > 0.99
    assert found["pbo"] < 0.01


def test_it_is_the_best_one_that_is_deflated() -> None:
    returns = noise(5, 8)
    sharpes = (returns.mean() / returns.std()).to_numpy()
    best = returns[int(np.argmax(sharpes))]
    assert judge_selection(returns)["dsr_of_best"] == pytest.approx(
        deflate(best, sharpes, 5.0).dsr, rel=1e-9
    )


def test_variants_of_one_idea_count_once() -> None:
    one = noise(1, 4, mean=0.0005)
    twins = pd.concat([one[0] * scale for scale in (1.0, 1.1, 1.3)], axis=1, keys=range(3))
    found = judge_selection(twins)
    assert (found["effective_variants"], found["deflated_by"]) == (1, pytest.approx(1.0))


def test_the_choice_inside_one_family_is_deflated_for() -> None:
    """Eight columns of one idea, ρ about 0.8: one family, and N̂ = ρ̄ + (1 - ρ̄)·8."""
    returns = math.sqrt(0.8) * noise(1, 5).to_numpy() + math.sqrt(0.2) * noise(8, 6)
    correlations = np.corrcoef(returns.to_numpy().T)
    rho = (correlations.sum() - 8) / 56
    worth = rho + (1 - rho) * 8
    found = judge_selection(returns)
    assert found["effective_variants"] == 1
    assert found["deflated_by"] == pytest.approx(worth, rel=1e-5)
    sharpes = (returns.mean() / returns.std()).to_numpy()
    expected = deflate(returns[int(np.argmax(sharpes))], sharpes, worth).dsr
    assert found["dsr_of_best"] == pytest.approx(expected, rel=1e-5)
    assert found["dsr_of_best"] < deflate(returns[int(np.argmax(sharpes))], sharpes, 1.0).dsr


@pytest.mark.parametrize("returns", [noise(1, 1), noise(3, 1) * 0.0, pd.DataFrame({0: [], 1: []})])
def test_without_a_choice_there_is_nothing_to_judge(returns: pd.DataFrame) -> None:
    found = judge_selection(returns)
    assert math.isnan(found["dsr_of_best"])
    assert math.isnan(found["pbo"])
