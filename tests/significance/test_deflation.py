"""Law: what was picked by luck is not significant, and what has skill is still found."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.significance.deflation import (
    Deflation,
    deflate,
    variance_without_skill,
)
from lstmtrader.evaluation.significance.sharpe import (
    expected_max_sharpe,
    moments,
    probabilistic_sharpe_ratio,
)
from lstmtrader.evaluation.trial_returns import Blocks
from lstmtrader.evaluation.trial_set import TrialSet
from lstmtrader.evaluation.trials import Trial

LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
A_YEAR = 252
YEARS = 20


def accounts(rng: np.random.Generator, n_accounts: int, n_bars: int, sharpe: float) -> np.ndarray:
    """Daily returns with a true annual Sharpe ratio, shape (n_accounts, n_bars)."""
    return 0.01 * (rng.standard_normal((n_accounts, n_bars)) + sharpe / math.sqrt(A_YEAR))


def sharpes_of(returns: np.ndarray) -> np.ndarray:
    mean: np.ndarray = returns.mean(axis=-1)
    return mean / returns.std(axis=-1, ddof=1)


def best_of(family: np.ndarray) -> Deflation:
    """Deflate the best account by what a ledger of all of them, (n_accounts, n_bars), says."""
    sharpes = sharpes_of(family)
    blocks = Blocks(pd.bdate_range("2000-01-03", periods=family.shape[1]))
    names = [str(number) for number in range(len(family))]
    trials = tuple(
        Trial("d", name, "n", "run", sharpe * math.sqrt(A_YEAR), "next_open", None, A_YEAR)
        for name, sharpe in zip(names, sharpes.tolist(), strict=True)
    )
    starts = np.arange(blocks.count) * blocks.bars_a_block
    kept = (np.multiply.reduceat(1 + family, starts, axis=1) - 1).astype(np.float32)
    found = TrialSet(trials, pd.DataFrame(kept.T, columns=names))
    chosen = pd.Series(family[sharpes.argmax()])
    return deflate(chosen, found.sharpes_per_bar, found.deflating)


class TestWithoutSkill:
    def test_psr_finds_one_account_in_twenty(self) -> None:
        rng = np.random.default_rng(0)
        found = [
            probabilistic_sharpe_ratio(pd.Series(one)) > 0.95
            for one in accounts(rng, 4000, 500, 0.0)
        ]
        assert 0.04 < np.mean(found) < 0.06

    @pytest.mark.parametrize("tails", ["normal", "fat"])
    def test_hardly_any_of_200_trials_is_found_by_dsr(self, tails: str) -> None:
        """Neither a trial in general, nor the best one of the 200."""
        rng = np.random.default_rng(1)
        shares, best = [], []
        for number in range(150):
            draw = rng.standard_normal if tails == "normal" else lambda n: rng.standard_t(4, n)
            family = 0.01 * draw((200, 250))
            sharpes = sharpes_of(family)
            chosen = pd.Series(family[sharpes.argmax()])
            best.append(deflate(chosen, sharpes, 200).dsr > 0.95)
            if number < 8:
                dsr = [deflate(pd.Series(one), sharpes, 200).dsr for one in family]
                shares.append(np.mean(np.array(dsr) > 0.95))
        assert np.mean(shares) <= 0.08
        assert np.mean(best) <= 0.08

    @pytest.mark.parametrize("rho", [0.0, 0.5, 0.75, 0.9, 0.97])
    @pytest.mark.parametrize(("n_trials", "draws"), [(20, 300), (100, 200), (200, 100)])
    def test_the_best_of_variants_of_one_idea_is_not_found(
        self, n_trials: int, draws: int, rho: float
    ) -> None:
        """Each pair correlated by rho, all without skill: from the ledger's returns to the dsr."""
        rng = np.random.default_rng([2, n_trials, round(100 * rho)])
        own = accounts(rng, draws * n_trials, 250, 0.0).reshape(draws, n_trials, 250)
        idea = accounts(rng, draws, 250, 0.0)[:, None]
        families = math.sqrt(rho) * idea + math.sqrt(1 - rho) * own
        found = [best_of(family).dsr > 0.95 for family in families]
        assert np.mean(found) <= 0.08


class TestWithSkill:
    def test_psr_finds_a_sharpe_ratio_of_one(self) -> None:
        rng = np.random.default_rng(3)
        found = [
            probabilistic_sharpe_ratio(pd.Series(one)) > 0.95
            for one in accounts(rng, 400, YEARS * A_YEAR, 1.0)
        ]
        assert np.mean(found) >= 0.95

    def test_dsr_finds_it_as_the_best_of_20_trials(self) -> None:
        """The Sharpe ratio of n normal returns is t with n - 1 degrees of freedom / sqrt(n)."""
        rng = np.random.default_rng(4)
        n_bars, found = YEARS * A_YEAR, []
        for one in accounts(rng, 2000, n_bars, 1.0):
            others = rng.standard_t(n_bars - 1, 19) / math.sqrt(n_bars)
            own = float(sharpes_of(one))
            verdict = deflate(pd.Series(one), np.append(others, own), 20)
            found.append(own > others.max() and verdict.dsr > 0.95)
        assert np.mean(found) >= 0.75

    def test_it_is_found_in_the_returns_of_a_ledger_too(self) -> None:
        rng = np.random.default_rng(8)
        found = []
        for _ in range(60):
            family = accounts(rng, 20, YEARS * A_YEAR, 0.0)
            family[0] += 0.01 / math.sqrt(A_YEAR)
            found.append(sharpes_of(family).argmax() == 0 and best_of(family).dsr > 0.95)
        assert np.mean(found) >= 0.75


def test_one_trial_is_judged_by_psr() -> None:
    returns = pd.Series(accounts(np.random.default_rng(5), 1, 300, 1.0)[0])
    verdict = deflate(returns, np.array([moments(returns).sharpe]), 1.0)
    assert verdict.dsr == probabilistic_sharpe_ratio(returns)
    assert verdict.expected_max_sharpe == 0
    assert (verdict.n_trials, verdict.deflated_by) == (1, 1.0)


def test_the_variance_by_hand() -> None:
    """Of 0.1, 0.3 and 0.5 without the winner, 0.5: (0.1² + 0.1²) / 1 = 0.02; floor 1/100."""
    sharpes = np.array([0.1, 0.5, 0.3, math.nan])
    assert variance_without_skill(0.5, 101, sharpes) == pytest.approx(0.02)
    assert variance_without_skill(0.5, 11, sharpes) == 0.1


def test_one_other_trial_has_no_variance() -> None:
    assert variance_without_skill(0.5, 101, np.array([0.5, -0.5])) == 0.01


def test_a_trial_without_a_sharpe_ratio_was_tried_all_the_same() -> None:
    returns = pd.Series(accounts(np.random.default_rng(6), 1, 300, 1.0)[0])
    own = moments(returns).sharpe
    alone = deflate(returns, np.array([own]), 1.0)
    beside = deflate(returns, np.array([own, math.nan, math.nan]), 3.0)
    assert beside.n_trials == 3
    assert beside.expected_max_sharpe == expected_max_sharpe(3, 1 / 299)
    assert beside.dsr < alone.dsr


@LAWS
@given(st.floats(1, 50), st.floats(1, 50), st.integers(0, 10))
def test_more_trials_never_help(one: float, other: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = pd.Series(accounts(rng, 1, 250, 1.0)[0])
    sharpes = np.append(rng.normal(0, 0.06, 49), moments(returns).sharpe)
    few, many = (deflate(returns, sharpes, n) for n in sorted((one, other)))
    assert few.dsr >= many.dsr
    assert few.dsr <= probabilistic_sharpe_ratio(returns)


@LAWS
@given(st.permutations(range(6)))
def test_the_order_of_the_trials_does_not_matter(order: list[int]) -> None:
    returns = pd.Series(accounts(np.random.default_rng(7), 1, 250, 1.0)[0])
    sharpes = np.array([moments(returns).sharpe, 0.1, -0.1, 0.0, math.nan, 0.05])
    assert deflate(returns, sharpes[order], 5.0).dsr == pytest.approx(
        deflate(returns, sharpes, 5.0).dsr, rel=1e-12
    )


@pytest.mark.parametrize("values", [[], [0.1], [0.0] * 9, [0.1, 0.2, -0.1, -1.0]])
def test_an_account_without_a_sharpe_ratio_has_no_dsr(values: list[float]) -> None:
    verdict = deflate(pd.Series(values, dtype=float), np.array([0.1, 0.2]), 2.0)
    assert math.isnan(verdict.dsr)
    assert math.isnan(verdict.expected_max_sharpe)
    assert verdict.n_trials == 2


@pytest.mark.parametrize("effective", [0.0, 0.99, 3.1, math.nan])
def test_an_impossible_number_of_trials_is_refused(effective: float) -> None:
    with pytest.raises(ConfigError, match="deflated_by"):
        deflate(pd.Series([0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3]), effective)


def test_rounding_is_no_impossible_number() -> None:
    returns, sharpes = pd.Series([0.1, -0.2, 0.3]), np.array([0.2, 0.1, 0.3])
    assert deflate(returns, sharpes, 3 + 1e-12) == deflate(returns, sharpes, 3.0)
    assert deflate(returns, sharpes, 1 - 1e-12) == deflate(returns, sharpes, 1.0)


def test_no_trial_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match="deflated_by"):
        deflate(pd.Series([0.1, 0.2, 0.3]), np.array([]), 1.0)
