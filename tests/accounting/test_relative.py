"""Law: beta and alpha are the regression's, on the bars that both series have."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.evaluation.metrics import sharpe_ratio, volatility
from lstmtrader.evaluation.relative import (
    alpha,
    beta,
    correlation,
    information_ratio,
    tracking_error,
)

NAN = float("nan")
POINTS = st.integers(-9000, 9000).map(lambda points: points / 10_000)
PAIRS = st.lists(st.tuples(POINTS, POINTS), min_size=3, max_size=40)
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
ANNUAL = (alpha, information_ratio, tracking_error)


def series(*values: float, first: int = 0) -> pd.Series:
    index = pd.bdate_range("2024-01-01", periods=first + len(values))[first:]
    return pd.Series(values, dtype=float, index=index)


def every_figure(one: pd.Series, other: pd.Series) -> list[float]:
    plain = [figure(one, other) for figure in (beta, correlation)]
    return plain + [figure(one, other, 252) for figure in ANNUAL]


def test_a_leveraged_benchmark_by_hand() -> None:
    """Twice the benchmark and 1 % more, on the two bars that both have, in a year of 4 bars.

    Benchmark 2, 4 %; strategy 5, 9 %: ahead by 3 and 5 %, 4 % on average with a deviation of
    1.4142 %.
    """
    one = series(0.3, 0.05, 0.09, NAN)
    other = series(0.02, 0.04, 0.7, 0.3, first=1)
    assert beta(one, other) == pytest.approx(2, rel=1e-12)
    assert alpha(one, other, 4) == pytest.approx(0.04, rel=1e-12)
    assert correlation(one, other) == pytest.approx(1, rel=1e-12)
    assert tracking_error(one, other, 4) == pytest.approx(0.02828427125, rel=1e-9)
    assert information_ratio(one, other, 4) == pytest.approx(5.6568542495, rel=1e-9)


def test_what_is_undefined_is_nan() -> None:
    some = series(0.01, -0.02, 0.03)
    for one, other in ((some, some.iloc[:1]), (some, series(0.1, first=9)), (some * NAN, some)):
        assert all(math.isnan(figure) for figure in every_figure(one, other))
    constant = series(0.1, 0.1, 0.1)
    assert math.isnan(beta(some, constant))
    assert math.isnan(alpha(some, constant, 252))
    assert math.isnan(correlation(some, constant))
    assert math.isnan(correlation(constant, some))
    assert beta(constant, some) == pytest.approx(0, abs=1e-12)
    assert alpha(constant, some, 4) == pytest.approx(0.4, rel=1e-12)
    assert tracking_error(some, some, 252) == 0
    assert math.isnan(information_ratio(some, some, 252))
    assert math.isnan(information_ratio(some + 0.01, some, 252))


def test_the_first_ruin_ends_the_pairs() -> None:
    one, other = series(0.1, -0.2, -1.0, 0.4), series(0.1, 0.3, 0.2, 0.1)
    assert every_figure(one, other) == every_figure(one.iloc[:3], other.iloc[:3])
    assert every_figure(other, one) == every_figure(other.iloc[:3], one.iloc[:3])


@LAWS
@given(PAIRS)
def test_the_regression_of_statsmodels_agrees(pairs: list[tuple[float, float]]) -> None:
    one, other = (series(*values) for values in zip(*pairs, strict=True))
    if other.std() < 1e-12:
        return
    line = sm.OLS(one.to_numpy(), sm.add_constant(other.to_numpy())).fit()
    assert beta(one, other) == pytest.approx(line.params[1], rel=1e-9, abs=1e-9)
    assert alpha(one, other, 252) == pytest.approx(252 * line.params[0], rel=1e-9, abs=1e-9)
    if one.std() > 1e-12:
        found = correlation(one, other)
        assert found == pytest.approx(np.corrcoef(one, other)[0, 1], rel=1e-9, abs=1e-12)


@LAWS
@given(PAIRS)
def test_a_benchmark_of_zero_leaves_the_plain_figures(pairs: list[tuple[float, float]]) -> None:
    one, _ = (series(*values) for values in zip(*pairs, strict=True))
    nothing = one * 0.0
    assert tracking_error(one, nothing, 252) == volatility(one, 252)
    assert information_ratio(one, nothing, 252) == pytest.approx(
        sharpe_ratio(one, 252), rel=1e-12, nan_ok=True
    )


@LAWS
@given(PAIRS, st.floats(0, 0.01))
def test_a_risk_free_rate_moves_alpha_and_not_beta(
    pairs: list[tuple[float, float]], rate: float
) -> None:
    """Alpha falls by (1 - beta) x rate; a bar without a rate does not count."""
    one, other = (series(*values) for values in zip(*pairs, strict=True))
    rates = pd.Series(rate, index=one.index)
    slope = beta(one, other)
    assert beta(one, other, rates) == pytest.approx(slope, rel=1e-9, abs=1e-9, nan_ok=True)
    assert alpha(one, other, 252, rates) == pytest.approx(
        alpha(one, other, 252) - 252 * rate * (1 - slope), rel=1e-9, abs=1e-9, nan_ok=True
    )
    assert alpha(one, other, 252, rates.iloc[1:]) == pytest.approx(
        alpha(one.iloc[1:], other, 252, rates), rel=1e-12, nan_ok=True
    )
