"""Law: sides that are right too often for chance are found, and always being long is no skill."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2_contingency, norm
from statsmodels.stats.diagnostic import pesaran_timmermann as of_statsmodels

from lstmtrader.evaluation.skill.direction import pesaran_timmermann, pesaran_timmermann_by_bar

NAN = float("nan")
LAWS = settings(max_examples=80, deadline=None, derandomize=True, database=None)
SIDES = arrays(np.float64, 30, elements=st.sampled_from([-2.0, -1.0, 1.0, 3.0]))


def test_by_hand() -> None:
    """Eight pairs, up 4 times on both sides, together 3 times: 6 of 8 hits against 1/2 expected.

    Variance 4 x 1/2 x 1/2 x 1/2 x 1/2 / 8 = 1/32; the statistic is (3/4 - 1/2) / sqrt(1/32) =
    sqrt(2), and its one-sided p-value 0.0786.
    """
    forecast = np.array([1, 1, 1, 1, -1, -1, -1, -1.0])
    outcome = np.array([1, 1, 1, -1, 1, -1, -1, -1.0])
    statistic, p = pesaran_timmermann(forecast, outcome)
    assert statistic == pytest.approx(math.sqrt(2), rel=1e-12)
    assert p == pytest.approx(0.0786, abs=5e-5)


@LAWS
@given(SIDES, SIDES)
def test_it_is_the_one_of_statsmodels_and_the_root_of_a_chi_squared(
    forecast: np.ndarray, outcome: np.ndarray
) -> None:
    """Its square is Pearson's chi-squared of the table of sides, without continuity correction."""
    statistic, p = pesaran_timmermann(forecast, outcome)
    if any(np.ptp(np.sign(one)) == 0 for one in (forecast, outcome)):
        assert math.isnan(statistic)
        assert math.isnan(p)
        return
    theirs = of_statsmodels(outcome, forecast, alternative="larger")
    assert statistic == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-12)
    assert p == pytest.approx(theirs.pvalue, rel=1e-9)
    table = [[((forecast > 0) == a)[(outcome > 0) == b].sum() for a in (0, 1)] for b in (0, 1)]
    chi_squared = chi2_contingency(table, correction=False).statistic
    assert statistic**2 == pytest.approx(chi_squared, rel=1e-9, abs=1e-12)


@LAWS
@given(SIDES, SIDES)
def test_the_sign_of_the_forecasts_turns_the_statistic(
    forecast: np.ndarray, outcome: np.ndarray
) -> None:
    for test in (
        pesaran_timmermann,
        lambda x, y: pesaran_timmermann_by_bar(x[:, None], y[:, None], 1),
    ):
        there, back = test(forecast, outcome)[0], test(-forecast, outcome)[0]
        assert (math.isnan(there) and math.isnan(back)) or there == pytest.approx(-back, abs=1e-12)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_always_on_one_side_is_nan(side: float) -> None:
    """Though it hits 70 % of the time in a market that rises 70 % of the time."""
    outcome = np.where(np.arange(100) % 10 < 7, 1.0, -1.0)
    always = np.full(100, side)
    assert all(map(math.isnan, pesaran_timmermann(always, outcome)))
    assert all(map(math.isnan, pesaran_timmermann(outcome, always)))
    columns = always.reshape(25, 4), outcome.reshape(25, 4)
    assert all(map(math.isnan, pesaran_timmermann_by_bar(*columns, 1)))
    assert all(map(math.isnan, pesaran_timmermann_by_bar(*columns[::-1], 1)))


def test_nothing_is_nan() -> None:
    assert all(map(math.isnan, pesaran_timmermann(np.array([]), np.array([]))))
    empty = np.full((3, 2), NAN)
    assert all(map(math.isnan, pesaran_timmermann_by_bar(empty, empty, 1)))
    assert all(map(math.isnan, pesaran_timmermann_by_bar(empty[:0], empty[:0], 1)))


def test_holes_and_pairs_at_the_threshold_do_not_count() -> None:
    forecast = np.array([0.6, 0.7, 0.2, 0.4, 0.9])
    outcome = np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    expected = pesaran_timmermann(forecast, outcome, 0.5)
    assert expected[0] > 0
    forecast, outcome = np.append(forecast, [NAN, 0.5, 0.6]), np.append(outcome, [1.0, 1.0, NAN])
    assert pesaran_timmermann(forecast, outcome, 0.5) == expected


@pytest.mark.parametrize("ups", [0.0, 1.5])
def test_of_one_symbol_with_independent_bars_the_two_tests_nearly_agree(ups: float) -> None:
    """Also where nearly all forecasts are long and most outcomes are gains."""
    rng = np.random.default_rng(5)
    outcome = rng.standard_normal(5000)
    forecast = ups + 0.05 * outcome + rng.standard_normal(5000)
    outcome += 0.5 * ups
    plain = pesaran_timmermann(forecast, outcome)[0]
    by_bar, p = pesaran_timmermann_by_bar(forecast[:, None], outcome[:, None], 0)
    assert by_bar == pytest.approx(plain, abs=0.15)
    assert p == pytest.approx(norm.sf(by_bar), rel=1e-12)


def test_a_symbol_counted_many_times_proves_nothing_more() -> None:
    """The plain test takes ten copies for ten trials: its statistic grows by the root of 10."""
    rng = np.random.default_rng(6)
    forecast, outcome = rng.standard_normal((2, 200, 1))
    copies = np.repeat(forecast, 10, axis=1), np.repeat(outcome, 10, axis=1)
    once, often = (pesaran_timmermann(*pair)[0] for pair in ((forecast, outcome), copies))
    assert often == pytest.approx(once * math.sqrt(10), rel=1e-9)
    once, often = (pesaran_timmermann_by_bar(*pair, 1)[0] for pair in ((forecast, outcome), copies))
    assert often == pytest.approx(once, rel=1e-9)
