"""Law: skill figures equal their textbook definitions on the pairs that can be compared."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from pairs import LAWS, NAN, TABLES, both, check_by_bar
from scipy.stats import pearsonr, spearmanr

from lstmtrader.evaluation.skill.table import (
    correlation,
    r2_against,
    rank_correlation_by_bar,
    sign_hit_rate,
    skill_table,
)
from lstmtrader.forecast import Forecast, ForecastKind


def test_correlation_by_hand() -> None:
    """Deviations (-1, 0, 1) and (-1, 1, 0): 1 / sqrt(2 x 2)."""
    assert correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])) == pytest.approx(0.5)


def test_correlation_needs_three_pairs() -> None:
    assert math.isnan(correlation(np.array([1.0, 2.0, NAN]), np.array([1.0, 2.0, 3.0])))


@pytest.mark.parametrize("value", [0.0, 0.1, 0.7, 1 / 3])
@pytest.mark.parametrize("n", [3, 7, 10])
def test_a_constant_forecast_has_no_correlation(value: float, n: int) -> None:
    """NaN, not the correlation of the rounding errors of its mean."""
    outcome = np.random.default_rng(0).standard_normal(n)
    assert math.isnan(correlation(np.full(n, value), outcome))
    assert math.isnan(correlation(outcome, np.full(n, value)))


@LAWS
@given(TABLES, TABLES)
def test_correlation_is_pearsons_over_complete_pairs(x: np.ndarray, y: np.ndarray) -> None:
    use = both(x, y)
    ours = correlation(x, y)
    if use.sum() < 3 or np.ptp(x[use]) == 0 or np.ptp(y[use]) == 0:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(pearsonr(x[use], y[use]).statistic, rel=1e-9, abs=1e-12)


@LAWS
@given(TABLES, TABLES)
def test_rank_correlation_is_spearmans_on_every_bar(x: np.ndarray, y: np.ndarray) -> None:
    check_by_bar(rank_correlation_by_bar(x, y), x, y, spearmanr)


@LAWS
@given(TABLES, TABLES)
def test_ranks_do_not_know_the_scale(x: np.ndarray, y: np.ndarray) -> None:
    np.testing.assert_array_equal(
        rank_correlation_by_bar(x, y), rank_correlation_by_bar(np.exp(x), 3 * y + 1)
    )


def test_r2_by_hand() -> None:
    """Errors 1, 0 against 2, 1: 1 - 1 / 5."""
    outcome = np.array([1.0, 2.0, NAN, 4.0])
    forecast = np.array([2.0, 2.0, 5.0, NAN])
    naive = np.array([3.0, 3.0, 5.0, 4.0])
    assert r2_against(forecast, naive, outcome) == pytest.approx(0.8, rel=1e-12)


@LAWS
@given(TABLES, TABLES)
def test_r2_is_one_for_the_truth_and_zero_for_the_reference(x: np.ndarray, y: np.ndarray) -> None:
    use = both(x, y)
    if np.array_equal(x[use], y[use]):
        assert math.isnan(r2_against(y, x, y))
    else:
        assert r2_against(y, x, y) == 1
        assert r2_against(x, x, y) == 0


@LAWS
@given(TABLES, TABLES)
def test_r2_against_the_mean_is_the_squared_correlation_of_a_fit(
    x: np.ndarray, y: np.ndarray
) -> None:
    """For the least-squares line through the pairs: the textbook identity."""
    use = both(x, y)
    if use.sum() < 3 or np.ptp(x[use]) == 0 or np.ptp(y[use]) == 0:
        return
    slope, level = np.polyfit(x[use], y[use], 1)
    r2 = r2_against(slope * x + level, np.full_like(x, y[use].mean()), y)
    assert r2 == pytest.approx(correlation(x, y) ** 2, rel=1e-7, abs=1e-9)


def test_r2_of_a_perfect_reference_is_not_defined() -> None:
    assert math.isnan(r2_against(np.array([1.0]), np.array([2.0]), np.array([2.0])))


def test_hit_rate_by_hand() -> None:
    """Right, wrong, right; an exact zero on either side and a hole do not count."""
    forecast = np.array([0.1, 0.2, -0.3, 0.0, 0.4, NAN])
    outcome = np.array([0.5, -0.1, -0.1, 0.2, 0.0, 0.1])
    assert sign_hit_rate(forecast, outcome) == pytest.approx(2 / 3)
    assert math.isnan(sign_hit_rate(np.array([0.0, NAN]), np.array([1.0, 1.0])))


def test_hit_rate_of_probabilities_is_about_the_threshold() -> None:
    forecast, outcome = np.array([0.6, 0.4, 0.9, 0.5]), np.array([1.0, 1.0, 1.0, 0.0])
    assert sign_hit_rate(forecast, outcome, 0.5) == pytest.approx(2 / 3)


def test_the_hit_rate_of_sides_leaves_out_trades_that_ran_out_of_time() -> None:
    """Barriers give 1, -1, or 0 where none was touched: right, wrong, and two that do not count."""
    forecast = forecast_of([[0.2, -0.4, 0.9, 0.0]], ForecastKind.DIRECTION)
    outcome = np.array([[1.0, 1.0, 0.0, -1.0]])
    table = skill_table(forecast, outcome, [forecast.index], {})
    assert table["hit_rate"].to_list() == [0.5, 0.5]


def forecast_of(rows: list[list[float]], kind: ForecastKind) -> Forecast:
    index = pd.bdate_range("2024-01-01", periods=len(rows))
    symbols = tuple("ABCDE"[: len(rows[0])])
    return Forecast(np.array([rows], dtype=np.float32), index, symbols, kind)


def test_the_table_by_hand() -> None:
    """Two folds of one bar each, three symbols, one hole in the last outcome's row."""
    forecast = forecast_of([[1, 2, 3], [3, 2, 1]], ForecastKind.RETURN)
    naive = forecast_of([[2, 2, 2], [2, 2, 2]], ForecastKind.RETURN)
    outcome = np.array([[1.0, 3.0, 2.0], [-1.0, -2.0, NAN]])
    folds = [forecast.index[:1], forecast.index[1:]]
    table = skill_table(forecast, outcome, folds, {"two": naive})
    assert list(table.index) == ["0", "1", "all"]
    assert table["n"].to_list() == [3, 2, 5]
    assert table["ic"].to_list()[0] == pytest.approx(0.5)
    # Two pairs are too few; the mean over bars is that of the bar that has one.
    assert math.isnan(table["rank_ic"].to_list()[1])
    assert table.loc["all", "rank_ic"] == pytest.approx(0.5)
    assert table["hit_rate"].to_list() == pytest.approx([1.0, 0.0, 0.6])
    # Errors: 0, 1, 1 and 4, 4 against zero (1, 9, 4 and 1, 4) and against two (1, 1, 0, 9, 16).
    assert table["r2_zero"].to_list() == pytest.approx([1 - 2 / 14, 1 - 32 / 5, 1 - 34 / 19])
    assert table["r2_vs_two"].to_list() == pytest.approx([1 - 2 / 2, 1 - 32 / 25, 1 - 34 / 27])


@pytest.mark.parametrize(
    ("kind", "has", "has_not"),
    [
        (ForecastKind.RETURN, {"hit_rate", "r2_zero", "r2_vs_x"}, set()),
        (ForecastKind.PROBABILITY, {"hit_rate", "r2_vs_x"}, {"r2_zero"}),
        (ForecastKind.VOLATILITY, {"r2_vs_x"}, {"r2_zero", "hit_rate"}),
        (ForecastKind.POSITION, {"hit_rate"}, {"r2_zero", "r2_vs_x"}),
        (ForecastKind.DIRECTION, {"hit_rate"}, {"r2_zero", "r2_vs_x"}),
        (ForecastKind.RANK, {"r2_vs_x"}, {"r2_zero", "hit_rate"}),
    ],
)
def test_columns_without_a_meaning_are_left_out(
    kind: ForecastKind, has: set[str], has_not: set[str]
) -> None:
    forecast = forecast_of([[0.1, 0.2, 0.3], [0.6, 0.7, 0.8]], kind)
    outcome = np.array([[0.2, 0.1, 0.4], [0.9, 0.3, 0.5]])
    columns = set(skill_table(forecast, outcome, [forecast.index], {"x": forecast}).columns)
    assert has <= columns
    assert not has_not & columns
