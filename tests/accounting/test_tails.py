"""Law: value at risk is a quantile, its conditional one the least of Rockafellar and Uryasev."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from skfolio.measures import cvar

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.tails import (
    conditional_value_at_risk,
    excess_kurtosis,
    skewness,
    value_at_risk,
)

NAN = float("nan")
RETURNS = st.lists(
    st.integers(-9000, 9000).map(lambda points: points / 10_000), min_size=1, max_size=60
)
LEVELS = st.sampled_from([0.5, 0.75, 0.9, 0.95, 0.99])
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def series(*values: float) -> pd.Series:
    return pd.Series(values, dtype=float)


def test_losses_are_positive_and_the_quantile_lies_between_them() -> None:
    """Losses of 1 to 5 %: three quarters of the way is 4 %, 0.9 of it 4.6 %.

    The worst quarter of five bars is 5 %, and a quarter of the bar of 4 %: 6 / 1.25 = 4.8 %.
    """
    returns = series(-0.01, -0.05, -0.03, -0.02, -0.04)
    assert value_at_risk(returns, 0.75) == pytest.approx(0.04, rel=1e-12)
    assert value_at_risk(returns, 0.9) == pytest.approx(0.046, rel=1e-12)
    assert conditional_value_at_risk(returns, 0.75) == pytest.approx(0.048, rel=1e-12)
    assert conditional_value_at_risk(returns, 0.8) == pytest.approx(0.05, rel=1e-12)
    assert conditional_value_at_risk(returns, 0.99) == pytest.approx(0.05, rel=1e-12)
    assert value_at_risk(-returns, 0.75) == pytest.approx(-0.02, rel=1e-12)


@LAWS
@given(RETURNS, LEVELS)
def test_the_conditional_value_at_risk_is_the_least_of_its_function(
    values: list[float], level: float
) -> None:
    losses = -np.array(values)
    function = [c + np.maximum(losses - c, 0).mean() / (1 - level) for c in losses]
    found = conditional_value_at_risk(series(*values), level)
    assert found == pytest.approx(min(function), rel=1e-9, abs=1e-12)
    assert found == pytest.approx(cvar(np.array(values), level), rel=1e-9, abs=1e-12)
    assert value_at_risk(series(*values), level) <= found + 1e-12
    assert found <= losses.max() + 1e-12


@LAWS
@given(RETURNS, st.floats(0.1, 10))
def test_tails_grow_with_the_position_and_shapes_do_not(values: list[float], size: float) -> None:
    returns = series(*values)
    for risk in (value_at_risk, conditional_value_at_risk):
        grown = risk((returns * size).clip(lower=-0.999))
        if (returns * size).min() > -0.999:
            assert grown == pytest.approx(size * risk(returns), rel=1e-9, abs=1e-12)
            for shape in (skewness, excess_kurtosis):
                assert shape(returns * size) == pytest.approx(
                    shape(returns), rel=1e-6, abs=1e-9, nan_ok=True
                )


@LAWS
@given(RETURNS.filter(lambda values: len(set(values)) > 1 and len(values) > 3))
def test_scipy_agrees_on_the_corrected_moments(values: list[float]) -> None:
    returns = series(*values)
    assert skewness(returns) == pytest.approx(stats.skew(values, bias=False), rel=1e-9, abs=1e-12)
    assert excess_kurtosis(returns) == pytest.approx(
        stats.kurtosis(values, bias=False), rel=1e-9, abs=1e-9
    )
    assert skewness(-returns) == pytest.approx(-skewness(returns), rel=1e-9, abs=1e-12)
    assert skewness(returns) == pytest.approx(returns.skew(), rel=1e-6, abs=1e-9)


def test_nothing_and_too_little_have_no_shape() -> None:
    for figure in (value_at_risk, conditional_value_at_risk, skewness, excess_kurtosis):
        assert math.isnan(figure(series()))
        assert math.isnan(figure(series(NAN)))
    assert value_at_risk(series(-0.1, NAN)) == conditional_value_at_risk(series(-0.1)) == 0.1
    assert math.isnan(skewness(series(0.1, 0.2)))
    assert math.isfinite(skewness(series(0.1, 0.2, 0.4)))
    assert math.isnan(excess_kurtosis(series(0.1, 0.2, 0.4)))
    assert math.isnan(skewness(series(*[1 / 3] * 9)))
    assert math.isnan(excess_kurtosis(series(*[1 / 3] * 9)))


def test_a_loss_of_everything_ends_the_series() -> None:
    assert value_at_risk(series(0.1, -1.0, 0.3), 0.5) == pytest.approx(0.45, rel=1e-12)
    assert conditional_value_at_risk(series(0.1, -1.0, 0.3)) == 1


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, NAN])
def test_a_level_is_a_fraction(level: float) -> None:
    with pytest.raises(ConfigError, match="level: expected a fraction"):
        value_at_risk(series(0.1), level)
    with pytest.raises(ConfigError, match="level: expected a fraction"):
        conditional_value_at_risk(series(0.1), level)
