"""Law: the initial capital is a peak, and a drawdown lasts from its peak to its recovery."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skfolio.measures import get_drawdowns

from lstmtrader.evaluation.drawdown import (
    calmar_ratio,
    drawdown_periods,
    drawdowns,
    longest_drawdown,
    max_drawdown,
)
from lstmtrader.evaluation.metrics import total_return

NAN = float("nan")
RETURNS = st.lists(
    st.one_of(st.just(NAN), st.integers(-10_000, 9000).map(lambda points: points / 10_000)),
    max_size=30,
)
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def series(*values: float) -> pd.Series:
    return pd.Series(values, dtype=float)


def dated(*values: float) -> pd.Series:
    return pd.Series(values, dtype=float, index=pd.bdate_range("2024-01-01", periods=len(values)))


def test_drawdown_is_the_loss_from_the_highest_equity_so_far() -> None:
    """Equity 0.9, 1.08, 0.81 from a capital of 1: the first loss counts, the high is 1.08."""
    returns = series(-0.1, 0.2, -0.25)
    assert drawdowns(returns).to_list() == pytest.approx([-0.1, 0.0, -0.25], abs=1e-15)
    assert max_drawdown(returns) == pytest.approx(-0.25, rel=1e-12)
    assert max_drawdown(series(-0.1, 0.5)) == pytest.approx(-0.1, rel=1e-12)


def test_skfolio_agrees_on_the_compounded_drawdown() -> None:
    values = np.random.default_rng(5).normal(0.0005, 0.012, 700)
    values[0] = 0.0
    np.testing.assert_allclose(
        drawdowns(pd.Series(values)), get_drawdowns(values, compounded=True), atol=1e-12
    )


def test_every_drawdown_by_hand() -> None:
    """Equity 90, 100, 100, 80, 120, 60, 90 of a capital of 100, the last one still under water."""
    returns = dated(-0.1, 1 / 9, 0.0, -0.2, 0.5, -0.5, 0.5)
    days = returns.index
    since = pd.Timestamp("2023-12-29")
    periods = drawdown_periods(returns, since)
    assert list(periods.columns) == ["peak", "trough", "recovered", "depth", "bars"]
    assert periods["depth"].to_list() == pytest.approx([-0.5, -0.2, -0.1], rel=1e-12)
    assert periods["peak"].to_list() == [days[4], days[2], since]
    assert periods["trough"].to_list() == [days[5], days[3], days[0]]
    assert periods["recovered"].to_list() == [pd.NaT, days[4], days[1]]
    assert periods["bars"].to_list() == [2, 2, 2]
    assert drawdown_periods(returns)["peak"].isna().to_list() == [False, False, True]
    assert longest_drawdown(returns) == 2
    assert longest_drawdown(dated(0.1, -0.1, 0.05, 0.01, 0.2)) == 4
    assert longest_drawdown(dated(-0.1, 0.05, 0.01)) == 3


def test_a_return_to_the_peak_is_one_in_spite_of_rounding() -> None:
    """10, 7, 10, 13, 10, 13, 13: what is apart by 1e-16 has recovered."""
    price = np.array([10.0, 7, 10, 13, 10, 13, 13])
    returns = series(*(price[1:] / price[:-1] - 1))
    assert drawdown_periods(returns)["bars"].to_list() == [2, 2]
    assert longest_drawdown(returns) == 2


def test_the_drawdown_of_nothing_and_of_everything() -> None:
    assert len(drawdown_periods(dated())) == len(drawdown_periods(dated(0.1, 0.0, 0.2))) == 0
    assert math.isnan(longest_drawdown(dated(NAN)))
    ruined = dated(0.5, -1.0, 3.0, NAN)
    assert drawdowns(ruined).to_list() == [0, -1, -1, -1]
    assert drawdowns(dated(0.5, -1.5, 3.0)).to_list() == [0, -1, -1]
    (period,) = drawdown_periods(ruined).itertuples()
    assert (period.peak, period.trough) == (ruined.index[0], ruined.index[1])
    assert (period.recovered, period.depth, period.bars) == (pd.NaT, -1, 1)
    assert calmar_ratio(ruined, 252) == -1


def test_bars_of_a_market_far_from_greenwich() -> None:
    index = pd.date_range("2024-01-01", periods=3, freq="D", tz="Asia/Tokyo")
    returns = pd.Series([-0.1, 0.2, -0.1], index=index)
    since = index[0] - pd.Timedelta(days=1)
    periods = drawdown_periods(returns, since)
    assert periods["peak"].to_list() == [since, index[1]]
    assert periods["recovered"].to_list() == [index[1], pd.NaT]


@LAWS
@given(RETURNS)
def test_the_drawdown_lies_between_everything_and_the_worst_bar(values: list[float]) -> None:
    returns = series(*values)
    known = [value for value in values if not math.isnan(value)]
    assert ((drawdowns(returns) <= 0) & (drawdowns(returns) >= -1)).all()
    if known:
        until = known[: known.index(-1.0) + 1] if -1.0 in known else known
        assert -1 <= max_drawdown(returns) <= min(0.0, *until, *until) + 1e-12
        assert max_drawdown(returns) <= min(0.0, total_return(returns)) + 1e-12
        assert max_drawdown(returns) == drawdowns(returns).min()


@LAWS
@given(RETURNS)
def test_the_periods_are_the_drawdowns(values: list[float]) -> None:
    """Each bar under water is in one period; none overlap; the deepest is the maximum."""
    returns = dated(*values)
    periods = drawdown_periods(returns, pd.Timestamp("2023-12-29"))
    known = [value for value in values if not math.isnan(value)]
    if not known:
        assert len(periods) == 0
        return
    assert longest_drawdown(returns) == max(periods["bars"], default=0)
    assert max_drawdown(returns) == pytest.approx(min(periods["depth"], default=0), abs=1e-12)
    assert periods["depth"].is_monotonic_increasing
    by_date = periods.sort_values("peak")
    assert (by_date["peak"].iloc[1:].to_numpy() >= by_date["recovered"].iloc[:-1].to_numpy()).all()
    assert (periods["trough"] > periods["peak"]).all()
    under = drawdowns(returns)[returns.notna()] < -1e-12
    if -1.0 in known:
        under = under.iloc[: known.index(-1.0) + 1]
    inside = periods["bars"] - periods["recovered"].notna()
    assert under.sum() == inside.sum()
