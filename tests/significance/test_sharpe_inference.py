"""Law: the error of a Sharpe ratio is the published one, and skfolio's where it has it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import kurtosis, skew
from skfolio import measures

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.evaluation.significance.sharpe import (
    Moments,
    deflated_sharpe_ratio,
    expected_max_sharpe,
    min_track_record_length,
    moments,
    probabilistic_sharpe_ratio,
    sharpe_standard_error,
)

LAWS = settings(max_examples=150, deadline=None, derandomize=True, database=None)
SHARPES = st.floats(-0.5, 0.5)
BARS = st.integers(2, 10_000)
SKEWS = st.floats(-3, 1)
EXCESS = st.floats(0.1, 10)
RETURNS = st.lists(st.integers(-2000, 2000).map(lambda points: points / 10_000), max_size=40)


def of(sharpe: float, n: int, skewness: float = 0.0, excess: float = 2.0) -> Moments:
    """No distribution has a kurtosis below skew² + 1."""
    return Moments(sharpe, n, skewness, skewness**2 + 1 + excess)


class TestPublished:
    """Bailey and López de Prado, 2012 and 2014."""

    def test_psr_of_two_years_of_a_hedge_fund(self) -> None:
        """Months with a Sharpe ratio of 0.458: 0.458 x sqrt(23) / sqrt(1 + 0.458²/2) = 2.09."""
        assert probabilistic_sharpe_ratio(Moments(0.458, 24)) == pytest.approx(0.982, abs=5e-4)

    def test_psr_of_its_skewed_returns(self) -> None:
        fund = Moments(0.458, 24, skew=-2.448, kurtosis=10.164)
        assert probabilistic_sharpe_ratio(fund) == pytest.approx(0.913, abs=5e-4)

    @pytest.mark.parametrize(("a_year", "years"), [(250, 2.73), (52, 2.83), (12, 3.24)])
    def test_track_record_to_show_2_to_be_above_1(self, a_year: int, years: float) -> None:
        root = math.sqrt(a_year)
        bars = min_track_record_length(Moments(2 / root, 3), 1 / root)
        assert bars / a_year == pytest.approx(years, abs=5e-3)

    def test_track_record_of_a_hedge_fund_index(self) -> None:
        root = math.sqrt(12)
        index = Moments(2 / root, 3, skew=-0.72, kurtosis=5.78)
        assert min_track_record_length(index, 1 / root) / 12 == pytest.approx(4.99, abs=5e-3)

    def test_dsr_of_the_best_of_100_trials(self) -> None:
        """2.5 a year over 1250 days of 250 a year; the trials' variance is 1/2 a year."""
        best = Moments(2.5 / math.sqrt(250), 1250, skew=-3, kurtosis=10)
        assert expected_max_sharpe(100, 1 / 500) == pytest.approx(0.1132, abs=5e-5)
        assert deflated_sharpe_ratio(best, 100, 1 / 500) == pytest.approx(0.9004, abs=5e-5)

    def test_dsr_of_the_best_of_46_trials(self) -> None:
        best = Moments(2.5 / math.sqrt(250), 1250, skew=-3, kurtosis=10)
        assert deflated_sharpe_ratio(best, 46, 1 / 500) == pytest.approx(0.9505, abs=5e-5)

    def test_dsr_of_the_best_of_88_trials_with_normal_returns(self) -> None:
        best = Moments(2.5 / math.sqrt(250), 1250)
        assert deflated_sharpe_ratio(best, 88, 1 / 500) == pytest.approx(0.9505, abs=5e-5)


def test_moments_by_hand() -> None:
    """Mean 1; deviations -1, -1, -1, 3: m2 = 3, m3 = 6, m4 = 21; sd (ddof 1) = 2."""
    found = moments(pd.Series([0.0, 0.0, 0.0, 4.0]))
    assert found.sharpe == pytest.approx(0.5)
    assert found.skew == pytest.approx(6 / 3**1.5)
    assert found.kurtosis == pytest.approx(21 / 9)
    assert found.n == 4


@LAWS
@given(RETURNS)
def test_moments_are_scipys_and_the_sharpe_ratio_of_the_metrics(values: list[float]) -> None:
    returns = pd.Series(values, dtype=float)
    found = moments(returns)
    if len(values) < 3 or len(set(values)) == 1:
        assert all(math.isnan(x) for x in (found.sharpe, found.skew, found.kurtosis))
    else:
        assert found.sharpe == pytest.approx(sharpe_ratio(returns, 1), rel=1e-9, abs=1e-12)
        assert found.skew == pytest.approx(skew(values), rel=1e-6, abs=1e-9)
        assert found.kurtosis == pytest.approx(kurtosis(values, fisher=False), rel=1e-6)


@LAWS
@given(RETURNS, st.floats(-0.2, 0.2))
def test_psr_is_skfolios(values: list[float], reference: float) -> None:
    assume(len(values) >= 3 and len(set(values)) > 1)
    ours = probabilistic_sharpe_ratio(pd.Series(values), reference)
    theirs = measures.probabilistic_sharpe_ratio(np.array(values), reference)
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-12, nan_ok=True)


@LAWS
@given(st.floats(2, 1e6), st.floats(0, 0.01))
def test_expected_maximum_is_skfolios(n_trials: float, variance: float) -> None:
    theirs = measures.expected_max_sharpe_ratio(n_trials, math.sqrt(variance))
    assert expected_max_sharpe(n_trials, variance) == pytest.approx(theirs, rel=1e-9)


def test_dsr_is_skfolios() -> None:
    rng = np.random.default_rng(1)
    returns, trials = rng.standard_t(4, 500) * 0.01 + 0.001, rng.normal(0, 0.05, 30)
    ours = deflated_sharpe_ratio(pd.Series(returns), 30, trials.var(ddof=1))
    assert ours == pytest.approx(measures.deflated_sharpe_ratio(returns, trials), rel=1e-9)


@pytest.mark.parametrize("n_trials", [5, 20, 100, 1000])
def test_expected_maximum_is_that_of_so_many_normal_draws(n_trials: int) -> None:
    draws = np.random.default_rng(n_trials).standard_normal((4000, n_trials)).max(axis=1)
    error = draws.std() / math.sqrt(4000)
    assert abs(expected_max_sharpe(n_trials, 1.0) - draws.mean()) < 0.02 + 3 * error


def test_standard_error_is_that_of_simulated_skewed_returns() -> None:
    """Mertens: exponential returns less a constant have skewness 2 and kurtosis 9."""
    draws = np.random.default_rng(0).standard_exponential((4000, 500)) - 0.8
    sharpes = draws.mean(axis=1) / draws.std(axis=1, ddof=1)
    expected = sharpe_standard_error(Moments(0.2, 500, skew=2, kurtosis=9))
    assert sharpes.std() == pytest.approx(expected, rel=0.05)


@LAWS
@given(SHARPES, BARS, SKEWS, EXCESS, st.floats(-0.5, 0.5))
def test_psr_is_a_probability(
    sharpe: float, n: int, skewness: float, excess: float, reference: float
) -> None:
    psr = probabilistic_sharpe_ratio(of(sharpe, n, skewness, excess), reference)
    assert 0 <= psr <= 1
    assert psr <= 0.5 or sharpe > reference
    assert psr >= 0.5 or sharpe < reference


@LAWS
@given(st.floats(0.001, 0.4), st.integers(2, 2000), SKEWS, EXCESS)
def test_psr_of_a_good_account_grows_with_its_length(
    sharpe: float, n: int, skewness: float, excess: float
) -> None:
    short, long = of(sharpe, n, skewness, excess), of(sharpe, 2 * n, skewness, excess)
    assert probabilistic_sharpe_ratio(long) >= probabilistic_sharpe_ratio(short)


@LAWS
@given(SHARPES, BARS, SHARPES, SHARPES)
def test_psr_falls_with_the_reference(sharpe: float, n: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    account = of(sharpe, n)
    assert probabilistic_sharpe_ratio(account, low) >= probabilistic_sharpe_ratio(account, high)


@LAWS
@given(SHARPES, SHARPES, BARS)
def test_psr_of_normal_returns_grows_with_the_sharpe_ratio(
    one: float, other: float, n: int
) -> None:
    low, high = sorted((one, other))
    worse, better = Moments(low, n), Moments(high, n)
    assert probabilistic_sharpe_ratio(better) >= probabilistic_sharpe_ratio(worse)


@LAWS
@given(st.floats(0.01, 0.4), st.integers(2, 2000), SKEWS, SKEWS)
def test_psr_of_a_good_account_falls_with_negative_skewness(
    sharpe: float, n: int, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    crashes, calm = Moments(sharpe, n, low, 12.0), Moments(sharpe, n, high, 12.0)
    assert probabilistic_sharpe_ratio(calm) >= probabilistic_sharpe_ratio(crashes)


@LAWS
@given(st.floats(0.01, 0.4), st.integers(3, 5000), SKEWS, EXCESS, st.floats(0, 0.9))
def test_track_record_length_is_the_inverse_of_psr(
    sharpe: float, n: int, skewness: float, excess: float, share: float
) -> None:
    account = of(sharpe, n, skewness, excess)
    level = probabilistic_sharpe_ratio(account, share * sharpe)
    assume(0.5 < level < 1 - 1e-9)
    found = min_track_record_length(account, share * sharpe, level)
    assert found == pytest.approx(n, rel=1e-5)


@pytest.mark.parametrize("sharpe", [0.0, -0.1, math.nan])
def test_no_track_record_is_long_enough_without_a_sharpe_ratio(sharpe: float) -> None:
    assert math.isnan(min_track_record_length(Moments(sharpe, 100)))


@LAWS
@given(st.floats(1, 1e4), st.floats(1, 1e4), st.floats(1e-6, 0.1))
def test_more_trials_have_a_better_best(one: float, other: float, variance: float) -> None:
    few, many = sorted((one, other))
    assert 0 <= expected_max_sharpe(few, variance) <= expected_max_sharpe(many, variance)


@pytest.mark.parametrize("n_trials", [1 + 1e-12, 1.01, 1.2])
def test_hardly_more_than_one_trial_is_not_inflated(n_trials: float) -> None:
    """The approximation alone is negative there, and minus infinity at 1."""
    assert expected_max_sharpe(n_trials, 0.1) == 0


def test_one_trial_is_not_deflated() -> None:
    account = Moments(0.05, 1000)
    assert expected_max_sharpe(1, 0.3) == 0
    assert deflated_sharpe_ratio(account, 1, 0.3) == probabilistic_sharpe_ratio(account)


@pytest.mark.parametrize(
    "values",
    [[], [0.1], [0.1, 0.2], [0.1] * 5, [math.nan] * 4, [0.1, 0.2, 0.3, -1.0], [0.1, 0.2, -1.0, 1]],
    ids=["empty", "one bar", "two bars", "constant", "no numbers", "ruined", "traded on"],
)
def test_what_has_no_distribution_has_no_psr(values: list[float]) -> None:
    returns = pd.Series(values, dtype=float)
    assert math.isnan(probabilistic_sharpe_ratio(returns))
    assert math.isnan(min_track_record_length(returns))
    assert math.isnan(deflated_sharpe_ratio(returns, 3, 0.1))


@pytest.mark.parametrize("n_trials", [0, 0.9, -3, math.nan, math.inf])
def test_less_than_one_trial_is_refused(n_trials: float) -> None:
    with pytest.raises(ConfigError, match="n_trials"):
        expected_max_sharpe(n_trials, 0.1)


@pytest.mark.parametrize("level", [0.5, 0, 1, 95])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    with pytest.raises(ConfigError, match="level"):
        min_track_record_length(Moments(0.1, 10), level=level)


def test_a_negative_variance_is_refused() -> None:
    with pytest.raises(ConfigError, match="variance"):
        expected_max_sharpe(3, -0.1)
