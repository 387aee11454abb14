"""Law: a rolling figure is the plain one of each window."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation import rolling
from lstmtrader.evaluation.metrics import sharpe_ratio, volatility
from lstmtrader.evaluation.relative import beta
from lstmtrader.evaluation.rolling import rolling_beta, rolling_sharpe, rolling_volatility

NAN = float("nan")
POINTS = st.one_of(
    st.just(NAN), st.just(0.01), st.integers(-9999, 9000).map(lambda points: points / 10_000)
)
PAIRS = st.lists(st.tuples(POINTS, POINTS), max_size=30)
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def series(values: list[float]) -> pd.Series:
    return pd.Series(values, index=pd.bdate_range("2024-01-01", periods=len(values)), dtype=float)


@LAWS
@given(PAIRS, st.integers(2, 7))
def test_every_value_is_that_of_its_window(pairs: list[tuple[float, float]], window: int) -> None:
    one, other = (series([pair[number] for pair in pairs]) for number in (0, 1))
    both = one.notna() & other.notna()
    cases = (
        (rolling_volatility(one, 252, window), one.dropna(), lambda part: volatility(part, 252)),
        (rolling_sharpe(one, 252, window), one.dropna(), lambda part: sharpe_ratio(part, 252)),
        (rolling_beta(one, other, window), one[both], lambda part: beta(part, other)),
    )
    for rolled, known, figure in cases:
        assert rolled.index.equals(one.index)
        assert rolled.drop(known.index).isna().all()
        for stop in range(1, len(known) + 1):
            expected = figure(known.iloc[stop - window : stop]) if stop >= window else NAN
            found = rolled[known.index[stop - 1]]
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_windows_worked_on_in_parts_lose_none() -> None:
    """More windows than are worked on at once."""
    returns = series(np.random.default_rng(0).normal(0, 0.01, 8000).tolist())
    rolled = rolling_sharpe(returns, 252, 300)
    assert rolled.notna().sum() == 8000 - 299
    step = rolling._AT_ONCE // 300
    for stop in (300, 299 + step, 300 + step, 299 + 2 * step, 300 + 2 * step, 8000):
        expected = sharpe_ratio(returns.iloc[stop - 300 : stop], 252)
        assert rolled.iloc[stop - 1] == pytest.approx(expected, rel=1e-9)


def test_a_huge_return_leaves_no_trace_behind() -> None:
    """Running sums would: 1e8 squared drowns what follows it."""
    values = [1e8, *np.random.default_rng(1).normal(0, 1e-4, 50).tolist()]
    rolled = rolling_volatility(series(values), 252, 10)
    assert rolled.iloc[-1] == pytest.approx(volatility(series(values[-10:]), 252), rel=1e-12)


def test_nothing_follows_a_loss_of_everything() -> None:
    rolled = rolling_sharpe(series([0.1, 0.2, -1.0, 0.3, 0.1]), 252, 2)
    assert rolled.notna().to_list() == [False, True, True, False, False]


def test_a_window_without_dispersion_has_no_ratio() -> None:
    constant = series([1 / 3] * 6)
    assert rolling_sharpe(constant, 252, 3).isna().all()
    assert rolling_beta(series([0.1, 0.2, 0.3] * 2), constant, 3).isna().all()
    assert rolling_volatility(constant, 252, 3).dropna().to_list() == [0.0] * 4
    assert len(rolling_sharpe(constant.iloc[:0], 252, 3)) == 0
    assert math.isnan(rolling_sharpe(constant.iloc[:1], 252, 3).iloc[0])


@pytest.mark.parametrize("window", [1, 0, 2.5])
def test_a_window_holds_two_returns_at_least(window: int) -> None:
    with pytest.raises(ConfigError, match="window: expected a whole number from 2"):
        rolling_sharpe(series([0.1, 0.2]), 252, window)
