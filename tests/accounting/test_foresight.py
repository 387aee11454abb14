"""Law: knowing the future pays, and only for the move that begins at the fill.

The walk below has independent night and day returns, so that nothing known at a fill says
anything about what follows it. Each timing earns the move from fill to next fill; foresight of
any other move is worth nothing. An account that lags by a bar too few or too many, or fills at
another price than it says, fails here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest, trade_many
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
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


def traded(
    prices: PriceFrame, moves: Sequence[pd.DataFrame], timing: Execution
) -> list[BacktestResult]:
    """Trade the foresight of each of the moves, in accounts of their own, side by side."""
    terms = [Terms(timing, SMALL)] * len(moves)
    return trade_many(prices, [sign_weights(move) for move in moves], terms)


def sharpe(result: BacktestResult) -> float:
    return sharpe_ratio(result.returns, result.periods_per_year)


Accounts = dict[Execution, dict[str, BacktestResult]]


@pytest.fixture(scope="module")
def accounts(walk: PriceFrame) -> Accounts:
    """The accounts on the walk, by their timing and by the move that they know."""
    known = {
        "gap": walk.open.shift(-1) / walk.close - 1,
        "tomorrow": walk.close.shift(-1) / walk.close - 1,
        "session": (walk.close / walk.open - 1).shift(-1),
        "today": walk.close / walk.close.shift(1) - 1,
    }

    def of(timing: Execution) -> dict[str, BacktestResult]:
        move = fill_to_fill(walk, timing)
        late = {f"{bars} late": move.shift(bars) for bars in (0, 1, 2, -1)}
        return dict(
            zip(late | known, traded(walk, [*(late | known).values()], timing), strict=True)
        )

    return {timing: of(timing) for timing in Execution}


@pytest.mark.parametrize("timing", Execution)
def test_perfect_foresight_of_the_traded_move_gets_rich(
    accounts: Accounts, timing: Execution
) -> None:
    result = accounts[timing]["0 late"]
    assert sharpe(result) > 10
    assert result.equity.iloc[-1] > 1000 * result.capital


@pytest.mark.parametrize("timing", Execution)
def test_foresight_gets_rich_on_the_shipped_synthetic_prices(timing: Execution) -> None:
    prices = SyntheticProvider(n_symbols=2, n_bars=600, seed=5).fetch()
    (result,) = traded(prices, [fill_to_fill(prices, timing)], timing)
    assert sharpe(result) > 10


@pytest.mark.parametrize("timing", Execution)
@pytest.mark.parametrize("late", [1, 2])
def test_the_same_foresight_a_bar_later_is_worth_nothing(
    accounts: Accounts, timing: Execution, late: int
) -> None:
    assert abs(sharpe(accounts[timing][f"{late} late"])) < NOTHING


@pytest.mark.parametrize("timing", Execution)
def test_the_foresight_of_the_move_after_the_traded_one_is_worth_nothing(
    accounts: Accounts, timing: Execution
) -> None:
    """A bar too early is as useless as a bar too late: the lag is exact, not just positive."""
    assert abs(sharpe(accounts[timing]["-1 late"])) < NOTHING


def test_the_gap_to_the_next_open_cannot_be_earned_at_the_next_open(accounts: Accounts) -> None:
    """Close of t to open of t + 1 is over when the order is filled there."""
    assert abs(sharpe(accounts[Execution.NEXT_OPEN]["gap"])) < NOTHING
    # It is a real move: whoever could trade the close it starts from would live on it.
    assert sharpe(accounts[Execution.SAME_CLOSE]["gap"]) > 5


def test_tomorrows_day_cannot_be_earned_at_tomorrows_close(accounts: Accounts) -> None:
    """Close to close of t + 1 ends at the fill of next_close and begins at that of same_close."""
    assert abs(sharpe(accounts[Execution.NEXT_CLOSE]["tomorrow"])) < NOTHING
    assert sharpe(accounts[Execution.SAME_CLOSE]["tomorrow"]) > 10


def test_tomorrows_session_is_earned_at_its_open_only(accounts: Accounts) -> None:
    """Open to close of t + 1 lies before the fill of next_close and after that of next_open."""
    assert sharpe(accounts[Execution.NEXT_OPEN]["session"]) > 10
    assert abs(sharpe(accounts[Execution.NEXT_CLOSE]["session"])) < NOTHING


def test_todays_move_cannot_be_earned_at_todays_close(accounts: Accounts) -> None:
    assert abs(sharpe(accounts[Execution.SAME_CLOSE]["today"])) < NOTHING


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
