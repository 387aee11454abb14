"""Law: where the plain vectorbt call goes wrong without a word, the account here does not.

Each test makes the naive call first, to show that the trap is still there, and then trades the
same thing in the account of this package.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from literal import FREE, NAN, padded, prices, table, trade

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.weights import TargetWeights

# The naive calls warn; pytest sets the filters anew around each test, past the fixture.
pytestmark = pytest.mark.filterwarnings("ignore")

NAIVE = {"size_type": "targetpercent", "engine": "rust", "init_cash": 1000.0, "freq": "1D"}
ONE_ACCOUNT = {"cash_sharing": True, "group_by": True}


def test_an_order_is_not_filled_on_the_bar_it_was_decided_on(vectorbt: Any) -> None:
    """A weight made of today's move must not earn today's move.

    Bar 1 doubles. Deciding on bar 1 by its own move and pricing at its open earns 100 % in the
    naive call; in the account the order is filled a bar later and earns nothing.
    """
    open_, close = [[10], [10], [20], [20]], [[10], [20], [20], [20]]
    by_todays_move = [[NAN], [1.0], [NAN], [NAN]]
    naive = vectorbt.Portfolio.from_orders(
        table(close), size=table(by_todays_move), price=table(open_), **NAIVE
    )
    assert naive.value().iloc[-1, 0] == 2000
    result = trade(close, by_todays_move, open_, timing=Execution.NEXT_OPEN)
    assert result.equity.iloc[-1] == 1000
    assert list(result.trades["date"]) == [table(close).index[2]]


def test_the_default_price_is_the_open_after_the_decision_not_its_close(vectorbt: Any) -> None:
    open_, close = [[9], [11], [13]], [[10], [12], [14]]
    naive = vectorbt.Portfolio.from_orders(table(close), size=padded([[1.0]], 3), **NAIVE)
    assert list(naive.orders.records["price"]) == [10]
    decisions = TargetWeights(padded([[1.0]], 3).iloc[:1])
    result = run_backtest(prices(close, open_), decisions, FREE)
    assert list(result.trades["price"]) == [11]


def test_weights_that_sum_to_one_do_not_cost_the_last_symbol_its_share(vectorbt: Any) -> None:
    """Costs are paid by all symbols alike, and the result says so."""
    close, thirds = [[10, 10, 10]] * 3, [[1 / 3] * 3]
    naive = vectorbt.Portfolio.from_orders(
        table(close), size=padded(thirds, 3), fees=0.01, call_seq="auto", **ONE_ACCOUNT, **NAIVE
    )
    bought = naive.assets().iloc[-1].to_numpy()
    assert bought[2] < 0.98 * bought[0]
    result = trade(close, thirds, costs=Costs(0.01))
    held = result.positions.iloc[-1].to_numpy()
    np.testing.assert_allclose(held, held[0], rtol=1e-14)
    np.testing.assert_allclose(held * 10, 1000 / 1.01 / 3, rtol=1e-12)
    assert result.order_summary() == "3 orders: 0 % as wanted; 3 scaled to cash"


def test_all_symbols_share_one_account(vectorbt: Any) -> None:
    """Grouping alone gives each symbol the whole capital: three accounts added up."""
    close, thirds = [[10, 10, 10]] * 3, [[1 / 3] * 3]
    naive = vectorbt.Portfolio.from_orders(
        table(close), size=padded(thirds, 3), group_by=True, **NAIVE
    )
    assert naive.value().iloc[0] == 3000
    np.testing.assert_allclose(trade(close, thirds).equity, 1000, rtol=1e-14)


def test_sells_pay_for_the_buys_of_the_same_bar(vectorbt: Any) -> None:
    """A switch from the last symbol to the first needs the sell to come first."""
    close, switch = [[10, 10]] * 4, [[0.0, 1.0], [1.0, 0.0]]
    naive = vectorbt.Portfolio.from_orders(
        table(close), size=padded(switch, 4), **ONE_ACCOUNT, **NAIVE
    )
    assert naive.assets().iloc[-1].to_list() == [0, 0]
    result = trade(close, switch)
    assert result.positions.iloc[-1].to_list() == [100, 0]
    assert result.unfilled.empty


def test_an_order_without_a_price_is_named_not_forgotten(vectorbt: Any) -> None:
    close = [[10], [NAN], [10], [10]]
    naive = vectorbt.Portfolio.from_orders(
        table(close).ffill(), size=table([[NAN], [1], [NAN], [NAN]]), price=table(close), **NAIVE
    )
    assert len(naive.orders.records) == 0
    result = trade(close, [[1.0]])
    assert len(result.trades) == 0
    assert result.unfilled[["symbol", "wanted", "achieved", "reason"]].to_numpy().tolist() == [
        ["A", 1.0, 0.0, "no_price"]
    ]
    assert "1 without a price" in result.order_summary()


def test_a_ruined_account_stays_ruined(vectorbt: Any) -> None:
    """A short that loses more than everything must not come back when the price falls."""
    close = [[10], [25], [12], [11]]
    naive = vectorbt.Portfolio.from_orders(table(close), size=padded([[-1.0]], 4), **NAIVE)
    assert naive.value().iloc[1, 0] == -500
    assert naive.value().iloc[3, 0] == 900
    result = trade(close, [[-1.0]], timing=Execution.SAME_CLOSE)
    assert result.equity.to_list() == [1000, 0]
    assert result.ruined_on == table(close).index[1]
    assert result.returns.iloc[-1] == -1


def test_a_symbol_without_an_open_is_sized_at_its_last_close(vectorbt: Any) -> None:
    """B closed at 20 and does not open today: the account is worth 1500, not 1000."""
    close = [[10, 10], [10, 20], [10, 20], [10, 20]]
    open_ = [[10, 10], [10, 10], [10, NAN], [10, 20]]
    naive = vectorbt.Portfolio.from_orders(
        table(close),
        size=table([[NAN, NAN], [NAN, 0.5], [0.25, NAN], [NAN, NAN]]),
        price=table(open_),
        call_seq="auto",
        **ONE_ACCOUNT,
        **NAIVE,
    )
    assert naive.assets().iloc[-1, 0] == 25
    result = trade(close, [[NAN, 0.5], [0.25, NAN]], open_, timing=Execution.NEXT_OPEN)
    assert result.positions.iloc[-1].to_list() == [37.5, 50]


def test_a_year_has_the_bars_of_the_calendar(vectorbt: Any) -> None:
    """A calendar of 365 days flatters the Sharpe ratio of stocks by the root of 365 / 252."""
    walk = SyntheticProvider(n_symbols=1, n_bars=400, drift=0.001, seed=3).fetch()
    stocks = prices(walk.close.to_numpy().tolist())
    naive = vectorbt.Portfolio.from_orders(
        stocks.close, size=padded([[1.0]], 400), **NAIVE
    ).sharpe_ratio()
    decisions = TargetWeights(padded([[1.0]], 400).iloc[:1])
    result = run_backtest(stocks, decisions, FREE, Execution.SAME_CLOSE)
    ours = sharpe_ratio(result.returns, result.periods_per_year)
    assert result.periods_per_year == 252
    assert float(naive.iloc[0]) == pytest.approx(ours * np.sqrt(365 / 252), rel=1e-9)


def test_a_loss_on_the_first_bar_is_a_drawdown(vectorbt: Any) -> None:
    """Fees of 1 % are lost before anything is won: the account was 0.99 % under its capital."""
    close = [[10], [11], [12]]
    naive = vectorbt.Portfolio.from_orders(
        table(close), size=padded([[1.0]], 3), fees=0.01, **NAIVE
    )
    assert float(naive.max_drawdown().iloc[0]) == 0
    result = trade(close, [[1.0]], costs=Costs(0.01), timing=Execution.SAME_CLOSE)
    assert max_drawdown(result.returns) == pytest.approx(1 / 1.01 - 1, rel=1e-12)


def test_leverage_beyond_the_cash_is_scaled_and_said_not_cut(vectorbt: Any) -> None:
    """150 % long: the naive call fills the first symbol and starves the second."""
    close, greedy = [[10, 10]] * 3, [[0.75, 0.75]]
    naive = vectorbt.Portfolio.from_orders(
        table(close), size=padded(greedy, 3), **ONE_ACCOUNT, **NAIVE
    )
    assert naive.assets().iloc[-1].to_list() == [75, 25]
    for gross in (1.0, 2.0):
        result = trade(close, greedy, gross=gross)
        np.testing.assert_allclose(result.positions.iloc[-1], [50, 50], rtol=1e-14)
        assert set(result.orders["reason"]) == {
            "scaled_to_gross" if gross == 1 else "scaled_to_net"
        }


def test_holding_one_symbol_and_closing_another_are_different_orders() -> None:
    """NaN holds, 0 closes."""
    result = trade([[10, 10]] * 4, [[0.5, 0.5], [NAN, 0.0]])
    assert result.positions.iloc[-1].to_list() == [50, 0]


def test_whole_number_prices_are_prices(vectorbt: Any) -> None:
    """The fast engine of vectorbt refuses integers."""
    whole = table([[10], [12]]).astype("int64")
    with pytest.raises(ValueError, match="float64"):
        vectorbt.Portfolio.from_orders(whole, size=1.0, **NAIVE)
    assert trade([[10], [10], [12]], [[1.0]]).equity.iloc[-1] == 1200


def test_todays_equity_does_not_know_tomorrows_close(vectorbt: Any) -> None:
    """A symbol with an open but no close yet is not marked at the first close it will have."""
    open_ = [[10, NAN], [10, 10], [10, 10]]
    half = [[0.5, 0.5]]
    naive = vectorbt.Portfolio.from_orders(
        table([[NAN], [NAN], [50]]),
        size=padded([[1.0]], 3),
        price=table([[10], [10], [10]]),
        **NAIVE,
    )
    assert naive.value().iloc[0, 0] == 5000
    equity = {}
    for tomorrow in (5, 50):
        close = [[10, NAN], [10, NAN], [10, tomorrow]]
        equity[tomorrow] = trade(close, half, open_, timing=Execution.NEXT_OPEN).equity
    first_two = pd.DataFrame(equity).iloc[:2]
    assert (first_two[5] == first_two[50]).all(), first_two
