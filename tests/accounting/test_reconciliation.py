"""Law: every order is filled as asked or listed with the reason, and every cent explained."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal import FREE, NAN, table, trade

from lstmtrader import vbt
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.limits import Limits, limit_weights
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import AccountingError
from lstmtrader.evaluation.benchmark import buy_and_hold
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

DEAR = Costs(fees=0.002, slippage=0.003)
LAWS = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def listed(result: BacktestResult) -> list[list[object]]:
    named = result.unfilled.assign(bar=result.equity.index.get_indexer(result.unfilled["date"]))
    return named[["bar", "symbol", "reason"]].to_numpy().tolist()


def random_weights(prices: PriceFrame, seed: int, *, shorts: bool, size: float) -> pd.DataFrame:
    low = -1.0 if shorts else 0.0
    drawn = size * np.random.default_rng(seed).uniform(low, 1.0, prices.close.shape)
    return pd.DataFrame(drawn, index=prices.index, columns=list(prices.symbols))


# Orders without a price


def test_an_order_on_a_bar_without_an_open_is_dropped_and_listed() -> None:
    """It is not queued: the next bar has an open and no order."""
    close, open_ = [[10, 10]] * 4, [[10, 10], [NAN, 10], [10, 10], [10, 10]]
    result = trade(close, [[0.5, 0.5]], open_, timing=Execution.NEXT_OPEN)
    assert listed(result) == [[1, "A", "no_price"]]
    assert result.unfilled[["wanted", "achieved"]].to_numpy().tolist() == [[0.5, 0.0]]
    assert result.positions.iloc[-1].to_list() == [0, 50]


def test_a_sell_without_a_price_keeps_the_position_and_lists_what_is_left() -> None:
    result = trade([[10], [10], [NAN], [10]], [[0.5], [0.0]])
    assert listed(result) == [[2, "A", "no_price"]]
    assert result.unfilled["achieved"].to_list() == [0.5]
    assert result.positions["A"].to_list() == [0, 50, 50, 50]


def test_an_order_before_the_listing_is_listed() -> None:
    result = trade([[10, NAN], [10, NAN], [10, 10]], [[0.5, 0.5]])
    assert listed(result) == [[1, "B", "no_price"]]


def test_an_order_that_changes_nothing_is_not_missed_on_a_bar_without_a_price() -> None:
    """What was wanted is held, price or not."""
    result = trade([[10], [10], [NAN], [10]], [[0.5], [0.5]])
    assert result.unfilled.empty


def test_a_decision_on_the_last_bar_has_no_fill_and_is_no_failure() -> None:
    result = trade([[10], [10]], [[0.0], [1.0]])
    assert len(result.trades) == 0
    assert result.unfilled.empty


@LAWS
@given(st.integers(0, 10_000))
def test_wanted_is_held_or_listed(seed: int) -> None:
    """Unlisted orders are held to 1e-8 of the account that sized them; listed ones are not."""
    prices = SyntheticProvider(
        n_symbols=4, n_bars=40, seed=seed, listed_late=1, delisted=1, holes=15
    ).fetch()
    weights = random_weights(prices, seed, shorts=True, size=0.5)
    result = run_backtest(prices, TargetWeights(weights), FREE, Execution.NEXT_CLOSE)
    wanted = weights.shift(1).iloc[1:]
    price = prices.close.ffill()
    value = (result.positions.shift(1) * price).sum(axis=1) + (
        result.equity - (result.positions * price).sum(axis=1)
    ).shift(1)
    reached = (result.positions * price).div(value, axis=0).fillna(0.0).iloc[1:]
    missed = ((wanted - reached).abs() > 1e-8).loc[: result.equity.index[-1]]
    missing = {(date, symbol) for date, symbol in missed.stack()[lambda cell: cell].index}
    orders = result.orders[result.orders["origin"] == "decision"]
    listed = orders[orders["reason"] != ""]
    assert missing == set(zip(listed["date"], listed["symbol"], strict=True))
    no_price = [
        bool(np.isnan(prices.close.at[row.date, row.symbol])) for row in listed.itertuples()
    ]
    unpriced = listed["reason"].isin(["no_price", "margin", "ruined"])
    assert all(unpriced[no_price]), listed
    assert (listed["reason"] != "unexplained").all()


def test_an_account_worth_nothing_at_the_open_trades_nothing_and_lists_its_orders() -> None:
    """Short everything at 10, an open at 20: there is nothing left to size the orders with."""
    close = [[10, 10], [10, 10], [15, 10], [15, 10]]
    open_ = [[10, 10], [10, 10], [20, 10], [15, 10]]
    result = trade(close, [[-1.0, 0.0], [-0.5, 0.5]], open_, timing=Execution.NEXT_OPEN)
    assert len(result.trades) == 1
    assert [row[:2] for row in listed(result)] == [[2, "A"], [2, "B"]]
    assert not np.isinf(result.unfilled["achieved"]).any()


# Delisting


def test_a_delisted_position_is_closed_at_its_last_close_and_listed() -> None:
    """50 shares bought at 10 and last seen at 12: 600 less 1 % of fees, on the bar after."""
    result = trade([[10], [10], [12], [NAN], [NAN]], [[0.5]], costs=Costs(0.01))
    last = result.trades.iloc[-1]
    index = result.equity.index
    assert (last["date"], last["size"], last["price"]) == (index[3], -50, 12)
    assert result.delisted.to_numpy().tolist() == [[index[3], "A", 12]]
    assert result.equity.to_list() == pytest.approx([1000, 995, 1095, 1089, 1089], rel=1e-12)
    assert "1 closed at delisting" in result.order_summary()


def test_a_delisting_that_touches_no_position_is_not_listed() -> None:
    result = trade([[10, 10], [10, 10], [10, NAN], [10, NAN]], [[0.5, 0.0]])
    assert result.delisted.empty
    assert len(result.trades) == 1


def test_a_decision_for_a_delisted_symbol_is_listed() -> None:
    result = trade([[10, 10], [10, NAN], [10, NAN], [10, NAN]], [[0.5, NAN], [0.5, 0.5]])
    assert listed(result) == [[2, "B", "no_price"]]


def test_a_hole_is_not_a_delisting() -> None:
    result = trade([[10], [10], [NAN], [NAN], [12]], [[0.5]])
    assert result.delisted.empty
    assert result.equity.to_list() == [1000, 1000, 1000, 1000, 1100]


def test_a_delisted_short_is_closed_in_full() -> None:
    """400 short, 600 long; the short is last seen at 900 and cash is 800 when it must be covered.

    «When it never trades again, the position is closed at that last close»: a rest of it must
    not stay in the account for ever.
    """
    result = trade(
        [[10, 10], [10, 10], [22.5, 10], [NAN, 10], [NAN, 10], [NAN, 10]],
        [[-0.4, 0.6], [NAN, NAN], [NAN, NAN], [NAN, 0.0]],
    )
    assert result.positions["A"].iloc[-1] == 0


# Limits


def test_a_decision_beyond_the_gross_limit_is_scaled_and_said() -> None:
    result = trade([[10, 10]] * 4, [[1.5, -0.5], [0.25, 0.25]])
    assert result.targets.iloc[:2].to_numpy().tolist() == [[0.75, -0.25], [0.25, 0.25]]
    assert result.orders["reason"].to_list() == ["scaled_to_gross"] * 2 + [""] * 2
    assert result.order_summary() == "4 orders: 50 % as wanted; 2 scaled to gross limit"


def test_costs_come_out_of_all_longs_alike() -> None:
    result = trade([[10, 10]] * 3, [[0.5, 0.5]], costs=Costs(0.01))
    assert result.positions.iloc[-1].to_list() == pytest.approx([50 / 1.01] * 2, rel=1e-12)
    assert result.orders["reason"].to_list() == ["cash", "cash"]


def test_weights_inside_the_limits_keep_every_bit() -> None:
    weights = np.array([[0.1, 0.2, 0.3], [-0.1, 0.5, NAN]])
    limited, reasons = limit_weights(weights, Limits())
    np.testing.assert_array_equal(limited, weights)
    assert not reasons.any()


@LAWS
@given(
    gross=st.floats(0.1, 10),
    net=st.floats(0.1, 10),
    per_name=st.one_of(st.none(), st.floats(0.05, 2)),
    row=st.lists(st.floats(-3, 3), min_size=2, max_size=4),
)
def test_limits_only_ever_make_a_decision_smaller(
    gross: float, net: float, per_name: float | None, row: list[float]
) -> None:
    """For all limits that are accepted: inside every one of them, and no sign is turned."""
    limited, _ = limit_weights(np.array([row]), Limits(gross, net, per_name))
    assert (np.abs(limited) <= np.abs(row)).all()
    assert (limited * np.array([row]) >= 0).all()
    assert np.abs(limited).sum() <= gross * (1 + 1e-12)
    assert abs(limited.sum()) <= net * (1 + 1e-12)
    assert per_name is None or np.abs(limited).max() <= per_name


@LAWS
@given(st.integers(0, 10_000), st.sampled_from(list(Execution)), st.booleans())
def test_a_long_only_decision_is_scaled_as_a_whole(
    seed: int, timing: Execution, greedy: bool
) -> None:
    """Whatever the costs of a switch: what is held keeps the proportions of what was wanted."""
    prices = SyntheticProvider(n_symbols=4, n_bars=30, seed=seed, volatility=0.2).fetch()
    weights = random_weights(prices, seed, shorts=False, size=1.5)
    costs = Costs(fees=0.05, slippage=0.05)
    result = run_backtest(
        prices, TargetWeights(weights), costs, timing, limits=Limits(2.0 if greedy else 1.0)
    )
    orders = result.orders[result.orders["wanted"] > 0]
    share = (orders["achieved"] / orders["wanted"]).groupby(orders["date"])
    np.testing.assert_allclose(share.max(), share.min(), rtol=1e-9)
    assert set(orders["reason"]) <= {"", "cash", "scaled_to_gross", "scaled_to_net"}


def test_a_switch_after_a_short_has_lost_misses_only_its_costs() -> None:
    """500 long and 500 short; the short rises by half and the gross to 1.67 of what is left.

    Out of both and into a third symbol: all that is missing of it are the costs.
    """
    close = [[10, 10, 10], [10, 10, 10], [15, 10, 10], [15, 10, 10]]
    result = trade(close, [[-0.5, 0.5, 0.0], [0.0, 0.0, 1.0]], costs=Costs(0.001))
    assert result.positions.iloc[-1, :2].to_list() == [0, 0]
    held = result.orders.iloc[-1]
    assert held["reason"] == "cash"
    assert 0.99 < held["achieved"] < 1


# Costs


def test_costs_paid_are_what_the_account_lost_to_them() -> None:
    """In at 10, out at 12, 50 shares: the same trades without costs end higher by the costs.

    Slippage 50 x 0.1 + 50 x 0.12 = 11; fees 505 x 0.02 + 594 x 0.02 = 21.98.
    """
    close, way = [[10], [10], [12], [12]], [[0.5], [0.0]]
    free = trade(close, way)
    paid = trade(close, way, costs=Costs(fees=0.02, slippage=0.01))
    assert paid.costs_paid["slippage"].sum() == pytest.approx(11, rel=1e-12)
    assert paid.costs_paid["fees"].sum() == pytest.approx(21.98, rel=1e-12)
    lost = free.equity - paid.equity
    np.testing.assert_allclose(lost, paid.costs_paid.sum(axis=1).cumsum(), rtol=1e-12)


@pytest.mark.parametrize("timing", Execution)
def test_the_trades_alone_explain_the_equity(timing: Execution) -> None:
    """Capital, less what was paid, plus what is held: bar by bar, to 1e-12."""
    prices = SyntheticProvider(n_symbols=5, n_bars=200, seed=2, holes=60, delisted=1).fetch()
    weights = random_weights(prices, 8, shorts=True, size=0.6)
    result = run_backtest(prices, TargetWeights(weights), DEAR, timing, limits=Limits(1.5))
    trades = result.trades
    flow = -(trades["size"] * trades["price"] + trades["fees"])
    by_bar = flow.groupby(trades["date"]).sum().reindex(result.equity.index, fill_value=0.0)
    shares = trades.pivot_table(index="date", columns="symbol", values="size", aggfunc="sum")
    held = shares.reindex(result.equity.index).reindex(columns=list(prices.symbols)).fillna(0.0)
    value = (held.cumsum() * prices.close.ffill().fillna(0.0)).sum(axis=1)
    expected = result.capital + by_bar.cumsum() + value
    np.testing.assert_allclose(result.equity, expected, rtol=1e-12)
    np.testing.assert_allclose(result.positions, held.cumsum(), atol=1e-8)


@pytest.mark.parametrize("timing", Execution)
def test_profit_is_price_moves_less_costs_paid(timing: Execution) -> None:
    """Σ shares x move, plus fills away from the mark, less fees and slippage."""
    prices = SyntheticProvider(n_symbols=3, n_bars=150, seed=6).fetch()
    weights = random_weights(prices, 9, shorts=True, size=0.6)
    result = run_backtest(prices, TargetWeights(weights), DEAR, timing)
    moves = (result.positions.shift(1) * prices.close.diff()).sum(axis=1)
    trades = result.trades
    mark = pd.Series(
        [prices.close.at[row.date, row.symbol] for row in trades.itertuples()], trades.index
    )
    on_the_day = (trades["size"] * (mark - trades["reference"])).groupby(trades["date"]).sum()
    profit = moves.add(on_the_day, fill_value=0.0) - result.costs_paid.sum(axis=1)
    np.testing.assert_allclose(result.equity, result.capital + profit.cumsum(), rtol=1e-11)


def test_turnover_counts_buys_and_sells_at_the_reference_price() -> None:
    """500 bought of 1000, then 500 sold and 500 bought."""
    result = trade([[10, 10]] * 4, [[0.5, 0.0], [0.0, 0.5]])
    assert result.turnover.to_list() == [0, 0.5, 1.0, 0]


def test_returns_compound_to_the_equity() -> None:
    for timing in Execution:
        prices = SyntheticProvider(n_symbols=3, n_bars=100, seed=7).fetch()
        weights = random_weights(prices, 1, shorts=True, size=0.5)
        result = run_backtest(prices, TargetWeights(weights), DEAR, timing)
        assert len(result.returns) == 100 - timing.lag
        growth = float((1 + result.returns).prod())
        assert growth == pytest.approx(result.equity.iloc[-1] / result.capital, rel=1e-12)


# The order of the symbols


def permuted(
    prices: PriceFrame, weights: pd.DataFrame, costs: Costs, order: list[int]
) -> BacktestResult:
    columns = [prices.symbols[number] for number in order]
    moved = PriceFrame(prices.close[columns], open=prices.open[columns], calendar=prices.calendar)
    return run_backtest(moved, TargetWeights(weights[columns]), costs)


@LAWS
@given(st.integers(0, 10_000), st.permutations(list(range(5))))
def test_the_order_of_the_symbols_does_not_matter(seed: int, order: list[int]) -> None:
    prices = SyntheticProvider(n_symbols=5, n_bars=30, seed=seed, holes=10, delisted=1).fetch()
    weights = random_weights(prices, seed, shorts=True, size=0.8)
    before = permuted(prices, weights, DEAR, [0, 1, 2, 3, 4])
    after = permuted(prices, weights, DEAR, order)
    np.testing.assert_allclose(after.equity, before.equity, rtol=1e-12)
    np.testing.assert_allclose(
        after.positions[before.positions.columns], before.positions, atol=1e-7
    )
    assert len(after.unfilled) == len(before.unfilled)


def test_the_order_of_the_symbols_does_not_decide_who_gets_the_last_cash() -> None:
    """A is held at half; B and C are asked for at half each, and there is cash for one of them.

    «Scaled pro rata, never cut one by one, so that the order of the symbols cannot matter.»
    """
    ways = [[0.5, 0.0, 0.0], [NAN, 0.5, 0.5]]
    close = [[10, 10, 10]] * 3 + [[10, 10, 20]]
    mirrored = [[row[0], row[2], row[1]] for row in close]
    equity = trade(close, ways).equity.iloc[-1]
    assert trade(mirrored, ways).equity.iloc[-1] == pytest.approx(equity, rel=1e-12)


def test_the_weights_may_name_the_symbols_in_any_order() -> None:
    prices = SyntheticProvider(n_symbols=3, n_bars=30, seed=1).fetch()
    weights = random_weights(prices, 1, shorts=True, size=0.5)
    straight = run_backtest(prices, TargetWeights(weights))
    turned = run_backtest(prices, TargetWeights(weights[weights.columns[::-1]]))
    np.testing.assert_array_equal(straight.equity, turned.equity)


# The account it is compared with


def test_buy_and_hold_buys_what_is_listed_once_in_equal_parts() -> None:
    close = table([[10, 10, NAN], [10, 10, NAN], [20, 10, 10]])
    result = buy_and_hold(
        PriceFrame(close), close.index[0], Terms(Execution.NEXT_CLOSE, FREE, capital=1000.0)
    )
    assert result.positions.iloc[-1].to_list() == [50, 50, 0]
    assert len(result.trades) == 2
    assert result.equity.iloc[-1] == 1500


def test_what_the_volume_never_allowed_is_named_though_the_cash_was_out_as_well() -> None:
    """An account in debt after a fall, and an order for a symbol that nobody trades."""
    index = pd.bdate_range("2020-01-06", periods=6)
    close = pd.DataFrame({"A": [100, 100, 60, 60, 60, 60], "B": 1000.0}, index=index, dtype=float)
    volume = pd.DataFrame({"A": 1e6, "B": 0.0}, index=index)
    weights = pd.DataFrame([[1.9, 0.0], [NAN, NAN], [NAN, 0.1]], index[:3], columns=["A", "B"])
    for carried in ("cancel", "carry"):
        result = run_backtest(
            PriceFrame(close, volume=volume), TargetWeights(weights), FREE, Execution.NEXT_CLOSE,
            limits=Limits(2, 2, maintenance=0, participation=0.1), capital=10_000.0,
            rebalancing=Rebalancing(unfilled=carried),
        )  # fmt: skip
        asked = result.orders[result.orders["symbol"] == "B"].iloc[1:]
        assert set(asked["reason"]) == {"participation"}
        assert len(asked) == (1 if carried == "cancel" else 3)


def test_a_closed_position_takes_no_room_any_more() -> None:
    """A is delisted and closed; B may have the whole account afterwards."""
    close = [[10, 10]] * 3 + [[NAN, 10]] * 4
    result = trade(close, [[0.5, 0.0], [NAN, NAN], [NAN, NAN], [NAN, NAN], [NAN, 1.0]])
    assert result.orders.iloc[-1]["achieved"] == pytest.approx(1.0)


def test_buy_and_hold_waits_for_a_symbol_without_a_price() -> None:
    """B has no open on the first bar: it is bought on the next, not left out for ever."""
    index = pd.bdate_range("2024-01-01", periods=4)
    close = pd.DataFrame(10.0, index=index, columns=["A", "B"])
    open_ = close.copy()
    open_.iloc[1, 1] = NAN
    result = buy_and_hold(PriceFrame(close, open=open_), index[0], Terms(costs=FREE))
    assert result.weights.iloc[-1].to_list() == pytest.approx([0.5, 0.5])


def test_a_fill_that_vectorbt_does_not_make_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two sets of books are compared, and NaN is not taken for agreement."""
    honest = vbt.simulate
    for wrong in (lambda value: value * 1.001, lambda value: value * NAN):
        monkeypatch.setattr(
            vbt, "simulate", lambda *given, wrong=wrong, **named: wrong(honest(*given, **named))
        )
        with pytest.raises(AccountingError, match="vectorbt values the account"):
            trade([[10], [10], [12]], [[1.0]])


@pytest.mark.parametrize("timing", Execution)
def test_the_future_changes_no_bit_of_the_past_account(timing: Execution) -> None:
    """Prices three times as high from bar 51 on: equity, weights and orders before are the same."""
    prices = SyntheticProvider(n_symbols=4, n_bars=80, seed=8, holes=20).fetch()
    weights = random_weights(prices, 8, shorts=True, size=0.8)
    jump = np.where(np.arange(80) < 51, 1.0, 3.0)[:, None]
    later = {name: getattr(prices, name) * jump for name in ("close", "open")}
    moved = PriceFrame(**later, calendar=prices.calendar)
    now, other = (
        run_backtest(shown, TargetWeights(weights), DEAR, timing) for shown in (prices, moved)
    )
    pd.testing.assert_series_equal(now.equity[:51], other.equity[:51], check_exact=True)
    pd.testing.assert_frame_equal(now.weights[:51], other.weights[:51], check_exact=True)
    pd.testing.assert_frame_equal(now.positions[:51], other.positions[:51], check_exact=True)
