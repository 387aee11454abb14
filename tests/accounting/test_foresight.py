"""Law: knowing the future pays, and only for the move that begins at the fill.

The walk below has independent night and day returns, so that nothing known at a fill says
anything about what follows it. Each timing earns the move from fill to next fill; foresight of
any other move is worth nothing. An account that lags by a bar too few or too many, or fills at
another price than it says, fails here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Calendar, Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

SMALL = Costs(fees=0.00005, slippage=0.00005)
N_BARS = 3000
# Twelve years of nothing: the standard error of the Sharpe ratio is below 0.3.
NOTHING = 1.2


@pytest.fixture(scope="module")
def walk() -> PriceFrame:
    rng = np.random.default_rng(11)
    night = 0.005 * rng.standard_normal((N_BARS, 3))
    day = 0.01 * rng.standard_normal((N_BARS, 3))
    log_close = np.cumsum(night + day, axis=0)
    index = pd.bdate_range("2000-01-03", periods=N_BARS)
    close = pd.DataFrame(100 * np.exp(log_close), index=index, columns=["A", "B", "C"])
    open_ = pd.DataFrame(100 * np.exp(log_close - day), index=index, columns=["A", "B", "C"])
    return PriceFrame(close, open=open_, calendar=Calendar("24/5"))


def fill_to_fill(prices: PriceFrame, timing: Execution) -> pd.DataFrame:
    """Row t: the return from the fill of a decision at t to the fill of the next decision."""
    fill = prices.fill_price(timing)
    return (fill.shift(-1) / fill - 1).shift(-timing.lag)


def sign_weights(move: pd.DataFrame) -> TargetWeights:
    """Equal parts long and short by the sign of the move; 0 where it is not known."""
    return TargetWeights(np.sign(move).fillna(0.0) / move.shape[1])


def sharpe(prices: PriceFrame, move: pd.DataFrame, timing: Execution) -> float:
    result = traded(prices, move, timing)
    return sharpe_ratio(result.returns, result.periods_per_year)


def traded(prices: PriceFrame, move: pd.DataFrame, timing: Execution) -> BacktestResult:
    return run_backtest(prices, sign_weights(move), SMALL, timing)


@pytest.mark.parametrize("timing", Execution)
def test_perfect_foresight_of_the_traded_move_gets_rich(
    walk: PriceFrame, timing: Execution
) -> None:
    result = traded(walk, fill_to_fill(walk, timing), timing)
    assert sharpe_ratio(result.returns, result.periods_per_year) > 10
    assert result.equity.iloc[-1] > 1000 * result.capital


@pytest.mark.parametrize("timing", Execution)
def test_foresight_gets_rich_on_the_shipped_synthetic_prices(timing: Execution) -> None:
    prices = SyntheticProvider(n_symbols=2, n_bars=600, seed=5).fetch()
    assert sharpe(prices, fill_to_fill(prices, timing), timing) > 10


@pytest.mark.parametrize("timing", Execution)
@pytest.mark.parametrize("late", [1, 2])
def test_the_same_foresight_a_bar_later_is_worth_nothing(
    walk: PriceFrame, timing: Execution, late: int
) -> None:
    assert abs(sharpe(walk, fill_to_fill(walk, timing).shift(late), timing)) < NOTHING


@pytest.mark.parametrize("timing", Execution)
def test_the_foresight_of_the_move_after_the_traded_one_is_worth_nothing(
    walk: PriceFrame, timing: Execution
) -> None:
    """A bar too early is as useless as a bar too late: the lag is exact, not just positive."""
    assert abs(sharpe(walk, fill_to_fill(walk, timing).shift(-1), timing)) < NOTHING


def test_the_gap_to_the_next_open_cannot_be_earned_at_the_next_open(walk: PriceFrame) -> None:
    """Close of t to open of t + 1 is over when the order is filled there."""
    gap = walk.open.shift(-1) / walk.close - 1
    assert abs(sharpe(walk, gap, Execution.NEXT_OPEN)) < NOTHING
    # It is a real move: whoever could trade the close it starts from would live on it.
    assert sharpe(walk, gap, Execution.SAME_CLOSE) > 5


def test_tomorrows_day_cannot_be_earned_at_tomorrows_close(walk: PriceFrame) -> None:
    """Close to close of t + 1 ends at the fill of next_close and begins at that of same_close."""
    tomorrow = walk.close.shift(-1) / walk.close - 1
    assert abs(sharpe(walk, tomorrow, Execution.NEXT_CLOSE)) < NOTHING
    assert sharpe(walk, tomorrow, Execution.SAME_CLOSE) > 10


def test_tomorrows_session_is_earned_at_its_open_only(walk: PriceFrame) -> None:
    """Open to close of t + 1 lies before the fill of next_close and after that of next_open."""
    session = (walk.close / walk.open - 1).shift(-1)
    assert sharpe(walk, session, Execution.NEXT_OPEN) > 10
    assert abs(sharpe(walk, session, Execution.NEXT_CLOSE)) < NOTHING


def test_todays_move_cannot_be_earned_at_todays_close(walk: PriceFrame) -> None:
    today = walk.close / walk.close.shift(1) - 1
    assert abs(sharpe(walk, today, Execution.SAME_CLOSE)) < NOTHING


@pytest.mark.parametrize("timing", Execution)
def test_the_traded_move_is_earned_to_the_last_digit(walk: PriceFrame, timing: Execution) -> None:
    """Without costs, held one fill to the next, the account compounds exactly those moves."""
    decided = 40
    one = walk.bars(0, decided + 2)
    move = fill_to_fill(one, timing)[["A"]].iloc[:decided]
    long_only = (move > 0).astype(float)
    result = run_backtest(one, TargetWeights(long_only), Costs(0.0, 0.0), timing)
    to_last_fill = np.prod(1 + move["A"].clip(lower=0.0).iloc[:-1].to_numpy())
    # The account is marked at the close; the last fill may lie before it.
    last = decided - 1 + timing.lag
    since_fill = one.close["A"].iloc[last] / one.fill_price(timing)["A"].iloc[last] - 1
    expected = to_last_fill * (1 + long_only["A"].iloc[-1] * since_fill)
    assert result.equity.iloc[last] / result.capital == pytest.approx(expected, rel=1e-10)
