"""Law: luck is not found superior, skill is, and the tests are arch's where arch has no trap."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import MCS, SPA, StepM
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.evaluation.significance.blocks import MIN_BARS, block_length
from lstmtrader.evaluation.significance.superiority import (
    compare_contenders,
    mcs_p_values,
    superior,
)

NAN = float("nan")
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
CENTS = st.integers(-3, 3).map(lambda cents: cents / 100)
BARS = pd.bdate_range("2000-01-03", periods=3000)


def series(values: np.ndarray) -> pd.Series:
    return pd.Series(np.asarray(values, dtype=float), index=BARS[: len(values)])


def draw(seed: int, n_bars: int, *sharpes: float) -> list[pd.Series]:
    """Accounts with true daily Sharpe ratios, half of whose variance they share."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal(n_bars)
    own = rng.standard_normal((len(sharpes), n_bars))
    return [
        series(0.01 * (math.sqrt(0.5) * (shared + one) + sharpe))
        for one, sharpe in zip(own, sharpes, strict=True)
    ]


def compare(
    strategy: pd.Series, benchmark: pd.Series, *rivals: pd.Series, **settings: float
) -> tuple[pd.DataFrame, float]:
    named = {f"rival {number}": one for number, one in enumerate(rivals)}
    return compare_contenders(strategy, named, benchmark, 252, **settings)


class TestSimulated:
    def test_luck_is_found_superior_in_one_case_of_twenty_at_most(self) -> None:
        """300 strategies without skill, each beside two baselines without."""
        p, found = [], []
        for seed in range(300):
            accounts = [one.to_numpy() for one in draw(seed, 250, 0, 0, 0, 0)]
            scaled = np.column_stack([one / one.std() for one in accounts])
            one_p, better = superior(scaled[:, 1:] - scaled[:, :1], 0.05, 200, seed)
            p.append(one_p)
            found.append(better.any())
        assert np.mean(np.array(p) < 0.05) <= 0.08
        assert np.mean(found) <= 0.08
        assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.1)

    def test_the_best_of_200_strategies_without_skill_is_not_found(self) -> None:
        """All at once, in 20 draws: 4 would be more than chance (1.6 %) allows at 5 %."""
        p = []
        for seed in range(20):
            noise = np.random.default_rng(seed).standard_normal((250, 200))
            p.append(superior(noise, 0.05, 100, seed)[0])
        assert np.sum(np.array(p) < 0.05) < 4

    def test_skill_is_found(self) -> None:
        found = []
        for seed in range(40):
            strategy, benchmark, *rivals = draw(seed, 1000, 0.15, 0, 0, 0)
            table, p = compare(strategy, benchmark, *rivals, replications=200)
            found.append(p < 0.05 and table.loc["strategy", "superior"])
        assert np.mean(found) > 0.9

    def test_the_best_is_in_the_confidence_set(self) -> None:
        """In 95 of 100 draws, and the bad one hardly ever."""
        best, bad = [], []
        for seed in range(100):
            strategy, benchmark, *rivals = draw(seed, 500, 0.1, 0.05, 0.0, -0.2)
            table, _ = compare(strategy, benchmark, *rivals, replications=200)
            best.append(table.loc["strategy", "in_mcs"])
            bad.append(table.loc["rival 1", "in_mcs"])
        assert np.mean(best) >= 0.95
        assert np.mean(bad) < 0.1


def test_the_table_says_it_all() -> None:
    accounts = draw(0, 1000, 0.3, 0.0, -0.3, 0.3)
    table, p = compare(*accounts)
    assert list(table.index) == ["strategy", "rival 0", "rival 1", "buy_and_hold"]
    assert list(table.columns) == ["sharpe", "superior", "mcs_p", "in_mcs"]
    assert table["superior"].tolist() == [True, False, True, False]
    assert table["in_mcs"].tolist() == [True, False, True, False]
    assert table.dtypes.astype(str).tolist() == ["float64", "bool", "float64", "bool"]
    assert p == 0
    strategy, benchmark, *rivals = accounts
    expected = [sharpe_ratio(one, 252) for one in (strategy, *rivals, benchmark)]
    assert table["sharpe"].to_numpy() == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_the_stepwise_test_is_archs(seed: int) -> None:
    returns = np.column_stack(draw(seed, 400, 0.2, 0.12, 0.08, 0.0, -0.3))
    p, found = superior(returns, 0.05, 200, seed)
    losses = -returns / returns.std(axis=0)
    block = block_length(returns)
    spa = SPA(np.zeros(400), losses, block, 200, seed=seed)
    spa.compute()
    steps = StepM(np.zeros(400), losses, 0.05, block, 200, seed=seed)
    steps.compute()
    assert p == spa.pvalues["consistent"]
    assert np.flatnonzero(found).tolist() == steps.superior_models


@pytest.mark.parametrize("seed", range(4))
def test_the_confidence_set_is_archs(seed: int) -> None:
    returns = np.column_stack(draw(seed, 400, 0.2, 0.12, 0.08, 0.0, -0.3))
    mcs = MCS(-returns, 0.05, 200, block_length(returns), seed=seed)
    mcs.compute()
    expected = mcs.pvalues["Pvalue"].sort_index().to_numpy()
    assert mcs_p_values(returns, 0.05, 200, seed) == pytest.approx(expected)


def test_two_accounts_may_be_exactly_as_good() -> None:
    """Mirror images with means of exactly zero: arch alone cannot eliminate one of them."""
    one = np.tile([1.0, -1.0], 30)
    p = mcs_p_values(np.column_stack([one, -one]), 0.05, 50, 0)
    assert p[1] == 1
    assert 0.05 < p[0] <= 1


def test_the_last_account_may_be_found_in_a_later_step() -> None:
    """Where arch's own StepM fails: found one after the other until none is left."""
    seed, returns = late_finding()
    with pytest.raises(ValueError, match="zero-size"):
        StepM(np.zeros(400), -returns / returns.std(axis=0), 0.05, 1, 200, seed=seed).compute()
    assert superior(returns, 0.05, 200, seed)[1].tolist() == [True, True]


def late_finding() -> tuple[int, np.ndarray]:
    """Two accounts of which the second is superior only once the first is out of the way."""
    for seed in range(2000):
        rng = np.random.default_rng(seed)
        returns = rng.standard_normal((400, 2)) + np.array([0.3, 0.09])
        if block_length(returns) > 1:
            continue
        spa = SPA(np.zeros(400), -returns / returns.std(axis=0), 1, 200, seed=seed)
        spa.compute()
        if spa.better_models(0.05).tolist() != [0]:
            continue
        spa.subset(np.array([False, True]))
        spa.compute()
        if spa.better_models(0.05).tolist() == [1]:
            return seed, returns
    raise AssertionError("no such seed")


@LAWS
@given(arrays(np.float64, (MIN_BARS + 6, 4), elements=CENTS), st.integers(0, 3))
def test_no_table_of_returns_breaks_it(returns: np.ndarray, seed: int) -> None:
    """Ties, constants, copies and mirror images: no warning, and numbers that make sense."""
    table, p = compare(*(series(one) for one in returns.T), replications=30, seed=seed)
    moving = np.ptp(returns, axis=0)[[0, 2, 3, 1]] > 0
    assert (table["mcs_p"].notna() == moving).all()
    assert (table["sharpe"].notna() == moving).all()
    assert table["mcs_p"].max() == 1 or not moving.any()
    assert (table["in_mcs"] == (table["mcs_p"] > 0.05)).all()
    assert not table.loc["buy_and_hold", "superior"]
    assert math.isnan(p) if not (moving[0] and moving[3]) else 0 <= p <= 1
    assert not table["superior"].any() or moving[3]


@LAWS
@given(st.sampled_from([0.01, 0.2, 3.0]), st.integers(0, 5))
def test_exposure_is_no_skill(exposure: float, seed: int) -> None:
    """A part of an account, or a multiple of it, is as good as the account."""
    strategy, benchmark, rival = draw(seed, 200, 0.1, 0.05, 0)
    whole = compare(strategy, benchmark, rival, replications=50)
    part = compare(exposure * strategy, benchmark, rival, replications=50)
    pd.testing.assert_frame_equal(whole[0], part[0])
    assert whole[1] == part[1]


def test_a_part_of_buy_and_hold_is_buy_and_hold() -> None:
    (benchmark,) = draw(0, 300, 0.1)
    table, p = compare(0.2 * benchmark, benchmark)
    assert p == 1
    assert not table["superior"].any()
    assert (table["mcs_p"] == 1).all()
    assert table["in_mcs"].all()


def test_a_copy_shares_the_verdict_of_what_it_copies() -> None:
    strategy, benchmark, rival = draw(1, 800, 0.3, 0.0, 0.0)
    table, p = compare(strategy, benchmark, rival, 0.5 * strategy)
    assert table.loc["strategy"].equals(table.loc["rival 1"])
    assert table.loc["strategy", "superior"]
    assert p < 0.05


@pytest.mark.parametrize("kind", ["still", "ruined", "empty"])
def test_a_baseline_without_an_account_to_compare_changes_nothing(kind: str) -> None:
    strategy, benchmark, rival = draw(2, 300, 0.1, 0.0, 0.05)
    odd = rival.copy()
    if kind == "still":
        odd[:] = 0.0
    elif kind == "ruined":
        odd.iloc[4] = -1.0
    else:
        odd = odd.iloc[:0]
    expected, expected_p = compare(strategy, benchmark, rival, replications=50)
    table, p = compare(strategy, benchmark, rival, odd, replications=50)
    pd.testing.assert_frame_equal(table.drop("rival 1"), expected)
    assert p == expected_p
    assert table.loc["rival 1"].isna().tolist() == [True, False, True, False]
    assert not table.loc["rival 1", ["superior", "in_mcs"]].any()


@pytest.mark.parametrize("name", ["strategy", "buy_and_hold"])
def test_without_the_strategy_or_the_benchmark_there_is_no_test(name: str) -> None:
    accounts = dict(zip(("strategy", "buy_and_hold"), draw(3, 300, 0.5, 0.0), strict=True))
    accounts[name] = 0 * accounts[name]
    (rival,) = draw(4, 300, 0.1)
    table, p = compare(accounts["strategy"], accounts["buy_and_hold"], rival, replications=50)
    assert math.isnan(p)
    assert not table.loc[name, "superior"]
    assert table["mcs_p"].notna().sum() == 2


def test_only_bars_of_all_accounts_count() -> None:
    strategy, benchmark, rival = draw(5, 300, 0.1, 0.0, 0.05)
    late = rival.iloc[100:].copy()
    late.iloc[30] = NAN
    kept = late.dropna().index
    expected, expected_p = compare(strategy[kept], benchmark[kept], rival[kept], replications=50)
    table, p = compare(strategy, benchmark, late, replications=50)
    pd.testing.assert_frame_equal(table, expected)
    assert p == expected_p


@pytest.mark.parametrize("n_bars", [0, 1, 2, MIN_BARS - 1])
def test_too_few_bars_are_not_tested(n_bars: int) -> None:
    strategy, benchmark, rival = draw(6, n_bars, 0.1, 0.0, 0.05)
    table, p = compare(strategy, benchmark, rival)
    assert math.isnan(p)
    assert table["mcs_p"].isna().all()
    assert not table[["superior", "in_mcs"]].any(axis=None)
    assert table["sharpe"].isna().all() == (n_bars < 2)


def test_the_same_seed_gives_the_same_table() -> None:
    accounts = draw(7, 300, 0.08, 0.0, 0.05)
    one, other = (compare(*accounts, replications=100, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(one[0], other[0], check_exact=True)
    assert one[1] == other[1]


@pytest.mark.parametrize("name", ["strategy", "buy_and_hold"])
def test_a_baseline_may_not_take_the_name_of_another_row(name: str) -> None:
    one, other = draw(8, 50, 0.1, 0.0)
    with pytest.raises(ConfigError, match=name):
        compare_contenders(one, {name: one}, other, 252)


@pytest.mark.parametrize("size", [0.0, 1.0, 5.0])
def test_a_size_that_is_no_probability_is_refused(size: float) -> None:
    one, other = draw(8, 50, 0.1, 0.0)
    with pytest.raises(ConfigError, match="size"):
        compare(one, other, size=size)
