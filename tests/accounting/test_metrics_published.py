"""Law: figures worked out in print come out the same here."""

from __future__ import annotations

import pandas as pd
import pytest

from lstmtrader.evaluation.metrics import cagr, sortino_ratio, volatility
from lstmtrader.evaluation.relative import alpha, beta, correlation
from lstmtrader.evaluation.tails import excess_kurtosis, skewness, value_at_risk


def percent(*values: float) -> pd.Series:
    return pd.Series(values) / 100


def test_the_sortino_ratio_of_rollinger_and_hoffman() -> None:
    """Rollinger, T. N. and Hoffman, S. T. (2013), Sortino: A Sharper Ratio, Red Rock Capital.

    Eight yearly returns, 10 % on average, target 0: a downside deviation of 2.264 %, all eight
    years counted, and a ratio of 4.417.
    """
    returns = percent(17, 15, 23, -5, 12, 9, 13, -4)
    assert returns.mean() == pytest.approx(0.10, rel=1e-12)
    assert sortino_ratio(returns, 1) == pytest.approx(4.417, abs=5e-4)


# The pages of Microsoft's reference of spreadsheet functions print these.


def test_skewness_and_kurtosis_of_the_spreadsheet() -> None:
    """SKEW and KURT, both corrected for bias."""
    returns = percent(3, 4, 5, 2, 3, 4, 5, 6, 4, 7)
    assert skewness(returns) == pytest.approx(0.359543071, abs=5e-10)
    assert excess_kurtosis(returns) == pytest.approx(-0.151799637, abs=5e-10)


def test_the_deviation_of_the_spreadsheet() -> None:
    """STDEV.S: breaking strengths of ten tools."""
    strengths = percent(1345, 1301, 1368, 1322, 1310, 1370, 1318, 1350, 1303, 1299) / 100
    assert volatility(strengths, 1) * 10_000 == pytest.approx(27.46391572, abs=5e-9)


def test_the_percentile_of_the_spreadsheet() -> None:
    """PERCENTILE.INC of 1, 2, 3, 4 at 0.3 is 1.9."""
    assert value_at_risk(percent(-1, -3, -2, -4), 0.3) == pytest.approx(0.019, rel=1e-12)


def test_slope_intercept_and_correlation_of_the_spreadsheet() -> None:
    """SLOPE, INTERCEPT and CORREL."""
    slope = beta(percent(2, 3, 9, 1, 8, 7, 5), percent(6, 5, 11, 7, 5, 4, 4))
    assert slope == pytest.approx(0.305556, abs=5e-7)
    intercept = alpha(percent(2, 3, 9, 1, 8), percent(6, 5, 11, 7, 5), 1)
    assert intercept * 100 == pytest.approx(0.0483871, abs=5e-8)
    found = correlation(percent(3, 2, 4, 5, 6), percent(9, 7, 12, 15, 17))
    assert found == pytest.approx(0.997054486, abs=5e-10)


def test_the_equivalent_rate_of_the_spreadsheet() -> None:
    """RRI: from 10 000 to 11 000 in 96 periods."""
    returns = pd.Series([0.0] * 95 + [0.1])
    assert cagr(returns, 1) == pytest.approx(0.0009933, abs=5e-8)
