"""Law: every figure is the number a hand calculation gives, and NaN where there is none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import FREE, trade

from lstmtrader.backtest.costs import Costs
from lstmtrader.clock import Execution
from lstmtrader.evaluation.drawdown import calmar_ratio, longest_drawdown, max_drawdown
from lstmtrader.evaluation.metrics import (
    cagr,
    cagr_by_calendar,
    hit_rate,
    omega_ratio,
    profit_factor,
    sharpe_ratio,
    sortino_ratio,
    total_return,
    volatility,
)
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.tails import (
    conditional_value_at_risk,
    excess_kurtosis,
    skewness,
    value_at_risk,
)

NAN = float("nan")
PLAIN = {
    "total": total_return,
    "max_drawdown": max_drawdown,
    "longest_drawdown": longest_drawdown,
    "hit_rate": hit_rate,
    "omega": omega_ratio,
    "profit_factor": profit_factor,
    "var": value_at_risk,
    "cvar": conditional_value_at_risk,
    "skew": skewness,
    "kurtosis": excess_kurtosis,
}
ANNUAL = {
    "cagr": cagr,
    "volatility": volatility,
    "sharpe": sharpe_ratio,
    "sortino": sortino_ratio,
    "calmar": calmar_ratio,
}
ORDERED = {"max_drawdown", "longest_drawdown", "calmar"}
# Multiples of a basis point: no two of them are apart by rounding alone.
RETURNS = st.lists(st.integers(-9000, 9000).map(lambda points: points / 10_000), max_size=30)
LAWS = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def series(*values: float) -> pd.Series:
    return pd.Series(values, dtype=float)


def every_figure(returns: pd.Series) -> dict[str, float]:
    figures = {name: figure(returns) for name, figure in PLAIN.items()}
    return figures | {name: figure(returns, 252) for name, figure in ANNUAL.items()}


def test_total_return_compounds() -> None:
    assert total_return(series(0.1, -0.1)) == pytest.approx(-0.01, rel=1e-12)
    assert total_return(series(0.5, 0.5)) == 1.25


def test_cagr_is_the_constant_yearly_return_with_the_same_end() -> None:
    assert cagr(series(0.0, 0.21), 1) == pytest.approx(0.1, rel=1e-12)
    assert cagr(series(0.21), 2) == pytest.approx(0.4641, rel=1e-12)
    assert cagr(series(0.1, 0.1, 0.1), 3) == pytest.approx(0.331, rel=1e-12)


def test_volatility_is_the_sample_deviation_of_a_year() -> None:
    """Deviations of 1 % each way: sqrt(2 x 0.0001 / 1 x 252)."""
    assert volatility(series(0.01, -0.01), 252) == pytest.approx(0.2244994432, rel=1e-9)


def test_sharpe_is_mean_over_deviation_of_a_year() -> None:
    """Mean 0.02, deviation 0.0141421, a year of 4 bars."""
    assert sharpe_ratio(series(0.03, 0.01), 4) == pytest.approx(2.8284271247, rel=1e-9)


def test_sortino_counts_every_bar_in_the_downside() -> None:
    """Mean 0.005 over sqrt((0 + 0.0001 + 0 + 0.0001) / 4), a year of 4 bars."""
    assert sortino_ratio(series(0.02, -0.01, 0.02, -0.01), 4) == pytest.approx(
        1.4142135624, rel=1e-9
    )


def test_calmar_is_cagr_over_depth() -> None:
    """Equity 1.25, 1.00, 1.21 in one year of 3 bars: 21 % over a drawdown of 20 %."""
    assert calmar_ratio(series(0.25, -0.2, 0.21), 3) == pytest.approx(1.05, rel=1e-12)


def test_hit_rate_leaves_out_flat_and_missing_bars() -> None:
    assert hit_rate(series(0.1, 0.0, -0.1, 0.2, NAN)) == pytest.approx(2 / 3, rel=1e-12)


def test_omega_is_gains_over_losses_beyond_a_threshold() -> None:
    """Of 3, -1, 2, -1 %: 5 / 2; beyond 1 %: (2 + 1) / (2 + 2)."""
    returns = series(0.03, -0.01, 0.02, -0.01)
    assert omega_ratio(returns) == pytest.approx(2.5, rel=1e-12)
    assert omega_ratio(returns, 0.01) == pytest.approx(0.75, rel=1e-12)
    assert profit_factor(returns) == omega_ratio(returns)


def test_the_calendar_knows_how_long_it_took() -> None:
    """44 % from the first of January 2020 on, in 731 days."""
    days = pd.DatetimeIndex(["2020-06-01", "2021-06-01", "2022-01-01", "2022-06-01"])
    returns = pd.Series([0.2, 0.0, 0.2, NAN], index=days)
    since = pd.Timestamp("2020-01-01")
    assert cagr_by_calendar(returns, since) == pytest.approx(1.44 ** (365.25 / 731) - 1, rel=1e-12)
    ruined = pd.Series([0.2, -1.0, 0.2, 0.1], index=days)
    assert cagr_by_calendar(ruined, since) == -1
    assert math.isnan(cagr_by_calendar(returns.iloc[:0], since))
    assert math.isnan(cagr_by_calendar(returns.iloc[:1], days[0]))


def test_the_risk_free_rate_is_found_by_the_bar() -> None:
    """Excess of 2 and 0 %; a bar without a rate does not count, nor does a rate without a bar."""
    days = pd.bdate_range("2024-01-01", periods=5)
    returns = pd.Series([0.03, NAN, 0.01, 0.5], index=days[:4])
    risk_free = pd.Series([0.9, 0.01, 0.01, 0.01], index=days[[4, 2, 1, 0]])
    assert sharpe_ratio(returns, 4, risk_free) == pytest.approx(
        sharpe_ratio(series(0.02, 0.0), 4), rel=1e-12
    )
    ruined = pd.Series([0.03, 0.01, -1.0, 0.5], index=days[:4])
    rates = pd.Series(0.01, index=days)
    assert sharpe_ratio(ruined, 4, rates) == pytest.approx(
        sharpe_ratio(series(0.02, 0.0, -1.01), 4), rel=1e-12
    )
    assert math.isnan(sharpe_ratio(returns, 4, returns))
    assert math.isnan(sharpe_ratio(returns, 4, pd.Series(dtype=float, index=days[:0])))


@pytest.mark.parametrize("returns", [series(), series(NAN, NAN)])
def test_nothing_has_no_figures(returns: pd.Series) -> None:
    assert all(math.isnan(figure) for figure in every_figure(returns).values())


def test_one_bar_has_a_return_but_no_dispersion() -> None:
    figures = every_figure(series(0.1))
    assert figures["total"] == pytest.approx(0.1)
    assert figures["max_drawdown"] == 0
    assert figures["hit_rate"] == 1
    assert figures["longest_drawdown"] == 0
    assert figures["var"] == figures["cvar"] == -0.1
    undefined = {"volatility", "sharpe", "sortino", "calmar", "omega", "profit_factor"}
    undefined |= {"skew", "kurtosis"}
    assert {name for name, figure in figures.items() if math.isnan(figure)} == undefined


@pytest.mark.parametrize("value", [0.0, 0.001, 0.1, -0.003, 1 / 3])
def test_a_constant_return_has_no_sharpe_ratio(value: float) -> None:
    """Not a huge one from the rounding of its deviation."""
    constant = series(*[value] * 7)
    assert volatility(constant, 252) == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(sharpe_ratio(constant, 252))
    assert math.isnan(skewness(constant))
    assert math.isnan(excess_kurtosis(constant))
    assert value_at_risk(constant) == pytest.approx(-value, rel=1e-12)
    assert conditional_value_at_risk(constant) == pytest.approx(-value, rel=1e-12)


def test_an_account_that_only_rises_has_nothing_to_divide_by() -> None:
    figures = every_figure(series(0.01, 0.02, 0.0, 0.01))
    undefined = {"sortino", "calmar", "omega", "profit_factor"}
    assert {name for name, figure in figures.items() if math.isnan(figure)} == undefined
    assert figures["max_drawdown"] == figures["longest_drawdown"] == 0


def test_an_account_that_only_falls_has_no_gains_to_count() -> None:
    figures = every_figure(series(-0.01, -0.02, -0.01, -0.03))
    assert figures["hit_rate"] == figures["omega"] == figures["profit_factor"] == 0
    assert figures["calmar"] == pytest.approx(figures["cagr"] / -figures["total"])
    assert figures["longest_drawdown"] == 4
    assert all(math.isfinite(figure) for figure in figures.values())


def test_a_flat_account_has_no_hit_rate() -> None:
    assert math.isnan(hit_rate(series(0.0, 0.0)))


def test_nothing_comes_back_from_a_loss_of_everything() -> None:
    figures = every_figure(series(0.5, -1.0, 3.0))
    assert figures["total"] == -1
    assert figures["cagr"] == -1
    assert figures["max_drawdown"] == -1
    assert figures["calmar"] == -1
    # Nor does what would have come after it change anything.
    assert figures == pytest.approx(every_figure(series(0.5, -1.0)), nan_ok=True)
    assert total_return(series(0.5, -1.2, 3.0)) == -1


@LAWS
@given(RETURNS, st.lists(st.integers(0, 30), max_size=5))
def test_missing_rows_change_no_figure(values: list[float], places: list[int]) -> None:
    with_holes = list(values)
    for place in places:
        with_holes.insert(min(place, len(with_holes)), NAN)
    assert every_figure(series(*with_holes)) == pytest.approx(
        every_figure(series(*values)), rel=1e-12, nan_ok=True
    )


@LAWS
@given(RETURNS, st.randoms(use_true_random=False))
def test_only_the_drawdown_knows_the_order_of_the_bars(values: list[float], random: Any) -> None:
    shuffled = random.sample(values, len(values))
    before, after = every_figure(series(*values)), every_figure(series(*shuffled))
    for name in set(before) - ORDERED:
        assert after[name] == pytest.approx(before[name], rel=1e-9, abs=1e-12, nan_ok=True)


@LAWS
@given(RETURNS.filter(len))
def test_omega_is_above_one_where_the_mean_is_above_zero(values: list[float]) -> None:
    returns = series(*values)
    omega, mean = omega_ratio(returns), float(np.mean(values))
    if not math.isnan(omega) and abs(mean) > 1e-12:
        assert (omega > 1) == (mean > 0)


@LAWS
@given(RETURNS.filter(len), st.floats(0, 0.01))
def test_a_constant_rate_is_taken_off_every_bar(values: list[float], rate: float) -> None:
    returns = series(*values)
    lower = sharpe_ratio(returns, 252, pd.Series(rate, index=returns.index))
    assert lower == pytest.approx(sharpe_ratio(returns - rate, 252), rel=1e-9, nan_ok=True)


@LAWS
@given(RETURNS.filter(lambda values: len(values) > 1), st.floats(0.1, 1.1))
def test_ratios_do_not_depend_on_the_size_of_the_position(
    values: list[float], leverage: float
) -> None:
    returns = series(*values)
    for ratio in (sharpe_ratio, sortino_ratio):
        assert ratio(returns * leverage, 252) == pytest.approx(
            ratio(returns, 252), rel=1e-9, abs=1e-12, nan_ok=True
        )
    assert sharpe_ratio(-returns, 252) == pytest.approx(
        -sharpe_ratio(returns, 252), rel=1e-9, nan_ok=True
    )


@LAWS
@given(RETURNS.filter(len))
def test_a_year_as_long_as_the_series_has_its_total_return(values: list[float]) -> None:
    returns = series(*values)
    assert cagr(returns, len(values)) == pytest.approx(total_return(returns), rel=1e-9, abs=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_vectorbt_agrees_once_it_is_told_the_year(vectorbt: Any) -> None:
    """Its drawdown starts at the first equity, so a flat bar stands for the capital."""
    values = np.random.default_rng(4).normal(0.0005, 0.012, 700)
    index = pd.bdate_range("2010-01-01", periods=701)
    returns = pd.Series(np.concatenate([[0.0], values]), index=index)
    theirs = returns.vbt.returns(freq="1D", year_freq="252 days")
    assert theirs.total(engine="rust") == pytest.approx(total_return(returns), rel=1e-9)
    assert theirs.annualized(engine="rust") == pytest.approx(cagr(returns, 252), rel=1e-9)
    assert theirs.annualized_volatility(engine="rust") == pytest.approx(
        volatility(returns, 252), rel=1e-9
    )
    assert theirs.sharpe_ratio(engine="rust") == pytest.approx(sharpe_ratio(returns, 252), rel=1e-9)
    assert theirs.sortino_ratio(engine="rust") == pytest.approx(
        sortino_ratio(returns, 252), rel=1e-9
    )
    assert theirs.max_drawdown(engine="rust") == pytest.approx(max_drawdown(returns), rel=1e-9)
    assert theirs.calmar_ratio(engine="rust") == pytest.approx(calmar_ratio(returns, 252), rel=1e-9)
    assert theirs.omega_ratio(engine="rust") == pytest.approx(omega_ratio(returns), rel=1e-9)
    assert theirs.value_at_risk(engine="rust") == pytest.approx(-value_at_risk(returns), rel=1e-9)


def test_performance_of_one_purchase() -> None:
    """Half in at 10 with fees of 1 %, marked at 10, 12 and 9 in a year of 252 bars.

    50 shares for 500 and 5 of fees leave 495: equity 1000, then 995, 1095, 945. Three bars can
    earn something; 3 / 252 of a year.
    """
    result = trade([[10], [10], [12], [9]], [[0.5]], costs=Costs(0.01))
    assert result.equity.to_list() == pytest.approx([1000, 995, 1095, 945], rel=1e-12)
    figures = performance(result)
    assert len(result.returns) == 3
    assert figures["total_return"] == pytest.approx(-0.055, rel=1e-12)
    assert figures["cagr"] == pytest.approx(0.945**84 - 1, rel=1e-12)
    assert figures["max_drawdown"] == pytest.approx(-150 / 1095, rel=1e-12)
    assert figures["hit_rate"] == pytest.approx(1 / 3, rel=1e-12)
    assert figures["turnover_per_year"] == pytest.approx(0.5 * 84, rel=1e-12)
    assert figures["costs_per_year"] == pytest.approx(5 / ((995 + 1095 + 945) / 3) * 84, rel=1e-12)
    assert figures["final_equity"] == pytest.approx(945, rel=1e-12)


def test_exposures_are_averages_over_the_closes() -> None:
    """600 long and 400 short of 1000, then the long is worth 1200 and the equity 1600."""
    result = trade([[10, 10], [20, 10]], [[0.6, -0.4]], costs=FREE, timing=Execution.SAME_CLOSE)
    figures = performance(result)
    assert figures["gross_exposure"] == pytest.approx((1.0 + 1.0) / 2, rel=1e-12)
    assert figures["net_exposure"] == pytest.approx((0.2 + 0.5) / 2, rel=1e-12)
    assert figures["costs_per_year"] == 0
