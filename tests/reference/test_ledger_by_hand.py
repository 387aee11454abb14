"""The ledger itself follows hand calculations, one rule at a time.

Unless a test says otherwise an account of 1000 trades at the close of the decision, free of costs.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from ledger import Account, keep_ledger
from orders import orders_of
from terms import CostTerms, LimitTerms, RebalancingTerms, SizingTerms, Tables, Terms

NAN = float("nan")
FREE = CostTerms(fees=0.0)
PLAIN = Terms("same_close", FREE, capital=1000.0, periods_per_year=100)
LEVERAGED = LimitTerms(gross=2.0, net=2.0)


def keep(
    close: Sequence[float] | Sequence[Sequence[float]],
    weights: Mapping[int, float] | Mapping[int, Sequence[float]],
    terms: Terms = PLAIN,
    *,
    session_ends: Mapping[str, set[int]] | None = None,
    **tables: Sequence[float] | Sequence[Sequence[float]],
) -> Account:
    """Keep an account of one symbol (numbers) or of several (rows of numbers)."""
    rows = {name: rows_of(values) for name, values in {"close": close, **tables}.items()}
    decisions = {bar: row if isinstance(row, Sequence) else [row] for bar, row in weights.items()}
    symbols = "ABC"[: len(rows["close"][0])]
    return keep_ledger(Tables(**rows, symbols=list(symbols)), decisions, terms, session_ends)


def rows_of(values: Sequence[float] | Sequence[Sequence[float]]) -> list[list[float]]:
    return [list(row) if isinstance(row, Sequence) else [row] for row in values]


def charging(**costs: Any) -> Terms:
    return replace(PLAIN, costs=replace(FREE, **costs))


def held(account: Account, symbol: int = 0) -> list[float]:
    return [row[symbol] for row in account.shares]


def sizes(account: Account) -> list[tuple[int, int, object]]:
    return [(fill.bar, fill.symbol, pytest.approx(fill.size)) for fill in account.fills]


# The night, rule A1.


def test_cash_earns_interest_by_the_bar() -> None:
    """500 of cash at 10 % over 100 bars a year: 0.50 a bar, then 0.1 % of 500.50."""
    account = keep([10.0, 10.0, 10.0], {0: 0.5}, charging(cash_rate=0.1))
    assert account.flows == pytest.approx([0.0, 0.5, 0.5005])
    assert account.equity == pytest.approx([1000.0, 1000.5, 1001.0005])


def test_debit_is_paid_for() -> None:
    """150 shares of 10 from 1000: 500 of debit at 20 % over 100 bars: 1.00 a bar."""
    terms = replace(charging(cash_rate=0.1, debit_rate=0.2), limits=LEVERAGED)
    account = keep([10.0, 10.0], {0: 1.5}, terms)
    assert account.cash == pytest.approx([-500.0, -501.0])
    assert account.flows == pytest.approx([0.0, -1.0])


def test_the_proceeds_of_shorts_earn_nothing_and_the_loan_is_paid_for() -> None:
    """50 shares short at 10: cash of 1500, of which 500 is collateral; 1000 earn 1.00.

    The loan of 500 costs 10 %, 0.50 a bar, or 30 % where the symbol has a rate of its own: 1.50.
    """
    account = keep([10.0, 10.0], {0: -0.5}, charging(cash_rate=0.1, borrow=0.1))
    assert account.cash == pytest.approx([1500.0, 1500.5])
    terms = charging(cash_rate=0.1, borrow=0.1)
    own = replace(terms.costs, borrow_by_symbol={"A": 0.3})
    account = keep([10.0, 10.0], {0: -0.5}, replace(terms, costs=own))
    assert account.flows == pytest.approx([0.0, -0.5])


def test_what_shorts_lack_in_collateral_is_debit() -> None:
    """100 of A for 1000 and 50 of B short for 500: 500 of cash, all of it collateral.

    When B closes at 12 the collateral is 600: 100 short of it, at 20 % over 100 bars 0.20.
    """
    terms = replace(charging(cash_rate=0.1, debit_rate=0.2), limits=LEVERAGED)
    account = keep([[10.0, 10.0], [10.0, 12.0], [10.0, 12.0]], {0: [1.0, -0.5]}, terms)
    assert account.flows == pytest.approx([0.0, 0.0, -0.2])


@pytest.mark.parametrize(("weight", "flow"), [(0.5, 10.0), (-0.5, -10.0)])
def test_dividends_are_earned_by_longs_and_paid_by_shorts(weight: float, flow: float) -> None:
    """0.20 for each of the 50 shares held overnight; none on the bar of the trade itself."""
    account = keep([10.0, 10.0, 10.0], {0: weight}, dividends=[0.7, 0.2, NAN])
    assert account.flows == pytest.approx([0.0, flow, 0.0])
    assert account.equity == pytest.approx([1000.0, 1000.0 + flow, 1000.0 + flow])


# Prices, and orders that wait for one, rules A2, A3 and A9.


def test_an_order_without_a_price_is_cancelled_or_waits() -> None:
    """No close on the bar: 50 shares of 10 are bought on the next one, or never."""
    close = [10.0, NAN, 10.0, 10.0]
    account = keep(close, {1: 0.5})
    assert account.fills == []
    assert account.reasons == {(0, 0): {"no_price"}}
    carry = replace(PLAIN, rebalancing=RebalancingTerms(unfilled="carry"))
    account = keep(close, {1: 0.5}, carry)
    assert sizes(account) == [(1, 0, 50.0)]
    assert account.reasons == {(0, 0): {"no_price"}}
    # A later order takes the place of the one that waits.
    assert sizes(keep(close, {1: 0.5, 2: 0.2}, carry)) == [(1, 0, 20.0)]


def test_an_open_before_the_first_close_is_no_price() -> None:
    """Bar 1 has an open only; bar 2 has both, and 100 shares of 5 are bought."""
    terms = replace(PLAIN, timing="next_open", rebalancing=RebalancingTerms(unfilled="carry"))
    account = keep([NAN, NAN, 5.0], {0: 0.5}, terms, open=[5.0, 5.0, 5.0])
    assert sizes(account) == [(2, 0, 100.0)]
    assert account.reasons == {(1, 0): {"no_price"}}


def test_orders_are_sized_at_the_open_and_marked_at_the_close() -> None:
    """50 shares are worth 400 at an open of 8: 720 of 900 buys 40 more; marked at 9."""
    terms = replace(PLAIN, timing="next_open")
    account = keep([10.0, 10.0, 9.0], {0: 0.5, 1: 0.8}, terms, open=[NAN, 10.0, 8.0])
    assert held(account) == pytest.approx([0.0, 50.0, 90.0])
    assert account.equity == pytest.approx([1000.0, 1000.0, 990.0])


def test_an_order_for_a_symbol_that_is_gone_is_dropped_for_good() -> None:
    terms = replace(PLAIN, rebalancing=RebalancingTerms(unfilled="carry"))
    account = keep([[10.0, 10.0], [10.0, NAN], [10.0, NAN]], {0: [NAN, NAN], 1: [NAN, 0.5]}, terms)
    assert account.fills == []
    assert account.delisted == []
    assert account.reasons == {(1, 1): {"no_price"}}


@pytest.mark.parametrize(
    ("weight", "price", "equity"),
    [
        # Bought at 10.10 for 505 and 5.05: 489.95 of cash. Sold at 12 x 0.8 x 0.99 = 9.504 for
        # 475.20 less 4.752.
        (0.5, 9.504, 960.398),
        # Sold at 9.90 for 495 less 4.95: 1490.05 of cash. Covered at 12 x 1.2 x 1.01 = 14.544 for
        # 727.20 and 7.272.
        (-0.5, 14.544, 755.578),
    ],
)
def test_a_delisting_costs_the_haircut(weight: float, price: float, equity: float) -> None:
    """50 shares at 10 with fees and slippage of 1 %, closed out after a last close of 12."""
    two = [[10.0, 10.0], [12.0, 10.0], [NAN, 10.0], [NAN, 10.0]]
    terms = charging(fees=0.01, slippage=0.01, haircut=0.2)
    account = keep(two, {0: [weight, NAN]}, terms)
    assert account.fills[1].reference == 12.0
    assert account.fills[1].price == pytest.approx(price)
    assert account.equity[2:] == pytest.approx([equity, equity])
    assert account.delisted == [(2, 0)]


def test_a_delisted_short_is_covered_as_far_as_the_cash_goes() -> None:
    """100 of A at 10, 100 of B short at 10: 1000 of cash. B is gone after a close of 18.

    The cash covers 1000 / 18 = 55.56, no lots; on the next bar A is sold and pays 800 for the
    other 44.44.
    """
    limits = LimitTerms(gross=2.0, maintenance=0.0)
    terms = replace(PLAIN, limits=limits, sizing=SizingTerms(lot=10.0))
    close = [[10.0, 10.0], [10.0, 18.0], [10.0, NAN], [10.0, NAN]]
    account = keep(close, {0: [1.0, -1.0], 3: [0.0, NAN]}, terms)
    assert held(account, 1) == pytest.approx([-100.0, -100.0, -100.0 + 1000.0 / 18.0, 0.0])
    assert account.cash == pytest.approx([1000.0, 1000.0, 0.0, 200.0])
    assert account.delisted == [(2, 1)]
    assert account.reasons == {(2, 1): {"cash"}}


# What is traded, rule A4.


def test_whole_lots() -> None:
    """Half of 1000 is 166.67 shares of 3: 16 lots of 10, 480 of money."""
    terms = replace(PLAIN, sizing=SizingTerms(lot=10.0))
    account = keep([3.0], {0: 0.5}, terms)
    assert held(account) == pytest.approx([160.0])
    assert account.cash == pytest.approx([520.0])
    assert account.reasons == {(0, 0): {"lot"}}
    # 0.3 shares are 3 lots of 0.1, although 0.3 / 0.1 is a digit below 3.
    tenths = replace(PLAIN, sizing=SizingTerms(lot=0.1))
    assert held(keep([1000.0], {0: 0.3}, tenths)) == pytest.approx([0.3])


def test_lots_that_the_cash_pays_for() -> None:
    """100 shares of 10 with fees of 10 % are 1100, too much of 1000; one lot of 50 is 550."""
    terms = replace(charging(fees=0.1), sizing=SizingTerms(lot=50.0))
    account = keep([10.0], {0: 1.0}, terms)
    assert held(account) == pytest.approx([50.0])
    assert account.cash == pytest.approx([450.0])
    assert account.reasons == {(0, 0): {"cash", "lot"}}


def test_inside_the_band_nothing_trades_but_the_way_out() -> None:
    """65 shares of 10 are bought for a weight of 0.65; 0.60 is inside the band of 0.1.

    At a close of 1 they weigh 65 / 415 = 0.157: 0.25 is inside, 0 is traded.
    """
    terms = replace(PLAIN, sizing=SizingTerms(band=0.1))
    account = keep([10.0, 10.0, 1.0, 1.0], {0: 0.65, 1: 0.6, 2: 0.25, 3: 0.0}, terms)
    assert held(account) == pytest.approx([65.0, 65.0, 65.0, 0.0])
    assert account.reasons == {(1, 0): {"band"}, (2, 0): {"band"}}
    # 0.05 to 0 is inside as well, and traded: there is no other way out.
    account = keep([10.0, 1.0, 1.0], {0: 0.5, 1: 0.0}, terms)
    assert held(account) == pytest.approx([50.0, 0.0, 0.0])


def test_a_little_drift_trades_nothing() -> None:
    """From 0.30 and 0.30 to 0.36 and 0.33 is 0.09 in all, no more than 0.1; to 0.35 it is 0.11."""
    terms = replace(PLAIN, rebalancing=RebalancingTerms(drift=0.1))
    decisions = {0: [0.3, 0.3], 1: [0.36, 0.33], 2: [0.36, 0.35]}
    account = keep([[10.0, 10.0]] * 3, decisions, terms)
    assert account.shares[1] == pytest.approx([30.0, 30.0])
    assert account.shares[2] == pytest.approx([36.0, 35.0])
    assert account.reasons == {(1, 0): {"band"}, (1, 1): {"band"}}


def test_a_cap_on_the_turnover() -> None:
    """1000 is asked for and 500 traded; the other half is 500 of 1000 too, no more than the cap.

    Then 0 to 0.5 in B and 1 to 0.5 in A are 500 + 500: half of both.
    """
    terms = replace(PLAIN, limits=LimitTerms(turnover=0.5))
    decisions = {0: [1.0, NAN], 1: [1.0, NAN], 2: [0.5, 0.5]}
    account = keep([[10.0, 10.0]] * 3, decisions, terms)
    assert held(account) == pytest.approx([50.0, 100.0, 75.0])
    assert held(account, 1) == pytest.approx([0.0, 0.0, 25.0])
    assert account.reasons == {
        (0, 0): {"turnover"},
        (2, 0): {"turnover"},
        (2, 1): {"turnover"},
    }


def test_forced_closes_are_no_turnover() -> None:
    """50 of B go with its delisting; 500 of A are bought on the same bar, all that is allowed."""
    terms = replace(PLAIN, limits=LimitTerms(turnover=0.5))
    close = [[10.0, 10.0], [10.0, NAN]]
    account = keep(close, {0: [NAN, 0.5], 1: [0.5, NAN]}, terms)
    assert account.shares[1] == pytest.approx([50.0, 0.0])
    assert account.reasons == {}


def test_no_more_than_a_part_of_the_volume() -> None:
    """50 shares are asked for, 10 % of 200 are 20: cancelled after them, or 20, 20 and 10."""
    volume = [200.0, 200.0, 200.0, NAN]
    cancel = replace(PLAIN, limits=LimitTerms(participation=0.1))
    account = keep([10.0] * 4, {0: 0.5}, cancel, volume=volume)
    assert held(account) == pytest.approx([20.0] * 4)
    carry = replace(cancel, rebalancing=RebalancingTerms(unfilled="carry"))
    account = keep([10.0] * 4, {0: 0.5}, carry, volume=volume)
    assert held(account) == pytest.approx([20.0, 40.0, 50.0, 50.0])
    assert account.reasons == {(0, 0): {"participation"}, (1, 0): {"participation"}}
    # A new order takes the place of the carried one; an unknown volume lets nobody trade.
    account = keep([10.0] * 4, {0: 0.5, 1: 0.1, 3: 0.0}, carry, volume=volume)
    assert held(account) == pytest.approx([20.0, 10.0, 10.0, 10.0])
    assert account.reasons == {(0, 0): {"participation"}, (3, 0): {"participation"}}


def test_a_carried_order_is_sized_anew() -> None:
    """20 of 50 shares are bought at 10; at 20 the account is worth 1200, half of it 30 shares."""
    terms = replace(
        PLAIN,
        limits=LimitTerms(participation=0.1),
        rebalancing=RebalancingTerms(unfilled="carry"),
    )
    account = keep([10.0, 20.0, 20.0], {0: 0.5}, terms, volume=[200.0, 200.0, 200.0])
    assert held(account) == pytest.approx([20.0, 30.0, 30.0])


# What trading costs, rule A5.


def test_commissions() -> None:
    """50 shares of 10: 0.1 % is 0.50, a cent a share is 0.50, the order is 1.00: 2.00 in all.

    5.00 where that is the least. No order, no commission.
    """
    terms = charging(fees=0.001, per_share=0.01, fixed=1.0)
    account = keep([10.0, 10.0, 10.0], {0: 0.5, 1: 0.0, 2: 0.0}, terms)
    assert [fill.commission for fill in account.fills] == pytest.approx([2.0, 2.0])
    assert account.equity == pytest.approx([998.0, 996.0, 996.0])
    least = replace(terms, costs=replace(terms.costs, minimum=5.0))
    account = keep([10.0, 10.0, 10.0], {0: 0.5, 1: 0.0, 2: 0.0}, least)
    assert account.equity == pytest.approx([995.0, 990.0, 990.0])


def test_the_default_costs() -> None:
    """500 of shares, and 0.02 % of it: 0.10."""
    account = keep([10.0], {0: 0.5}, Terms("same_close", capital=1000.0))
    assert account.equity == pytest.approx([999.9])


def test_slippage_is_lost_on_both_sides() -> None:
    """50 bought at 10.10 and sold at 9.90: 5.00 lost each time."""
    account = keep([10.0, 10.0], {0: 0.5, 1: 0.0}, charging(slippage=0.01))
    assert [fill.price for fill in account.fills] == pytest.approx([10.1, 9.9])
    assert account.equity == pytest.approx([995.0, 990.0])


def test_slippage_by_the_range() -> None:
    """Ranges of 0.50 at closes of 10 are 5 %, a fifth of it is 1 %: bought at 10.10.

    The hole leaves four ranges before bar 5: no estimate there, and an order that waits for one.
    """
    terms = charging(range_slippage=0.2)
    high, low = [NAN] + [10.2] * 5 + [99.0], [NAN] + [9.7] * 5 + [1.0]
    account = keep([10.0] * 7, {5: 0.5}, terms, high=high, low=low)
    assert account.fills == []
    assert account.reasons == {(0, 0): {"no_estimate"}}
    carry = replace(terms, rebalancing=RebalancingTerms(unfilled="carry"))
    account = keep([10.0] * 7, {5: 0.5}, carry, high=high, low=low)
    assert [fill.bar for fill in account.fills] == [1]
    assert account.fills[0].price == pytest.approx(10.1)


def test_estimates_are_of_twenty_bars() -> None:
    """A range of 20 % on the first of the 20 bars before the fill, none on the others: 1 %."""
    high = [90.0, 12.0] + [10.0] * 20
    account = keep([10.0] * 22, {21: 0.5}, charging(range_slippage=1.0), high=high, low=[10.0] * 22)
    assert account.fills[0].price == pytest.approx(10.1)


# Returns of 10 %, -10 %, 10 %, -10 % and 0: their squares are 0.04 in all, over 4 is 10 % squared.
SWINGS = [10.0, 11.0, 9.9, 10.89, 9.801, 9.801, 10.0]


def test_slippage_by_the_volatility() -> None:
    """A tenth of a volatility of 10 % is 1 %: bought at 10.10. Bar 5 has seen four returns."""
    account = keep(SWINGS, {6: 0.5}, charging(volatility_slippage=0.1))
    assert account.fills[0].price == pytest.approx(10.1)
    account = keep(SWINGS, {5: 0.5}, charging(volatility_slippage=0.1))
    assert account.reasons == {(0, 0): {"no_estimate"}}


def test_impact_grows_with_the_root_of_the_size() -> None:
    """50 of 5000 shares a bar: root 0.1, times a volatility of 10 %, halved: 0.5 %.

    Never more than half of the price: 50 bought at 15 for 750.
    """
    volume = [4000.0, 6000.0] * 3 + [NAN]
    account = keep(SWINGS, {6: 0.5}, charging(impact=0.5), volume=volume)
    assert account.fills[0].price == pytest.approx(10.05)
    account = keep(SWINGS, {6: 0.5}, charging(impact=500.0), volume=volume)
    assert account.fills[0].price == pytest.approx(15.0)
    assert account.equity == pytest.approx([750.0])
    account = keep(SWINGS, {6: 0.5}, charging(impact=0.5), volume=[0.0] * 7)
    assert account.reasons == {(0, 0): {"no_estimate"}}


# The cash, rule A6.


def test_longs_are_scaled_to_the_cash() -> None:
    """100 shares of 10 and 1 % of fees are 1010: all longs times 1 / 1.01."""
    account = keep([[10.0, 20.0]], {0: [0.5, 0.5]}, charging(fees=0.01))
    assert account.shares[0] == pytest.approx([50.0 / 1.01, 25.0 / 1.01])
    assert account.cash == pytest.approx([0.0], abs=1e-9)
    assert account.reasons == {(0, 0): {"cash"}, (0, 1): {"cash"}}


def test_leverage_goes_into_debit_and_no_further() -> None:
    """1.5 of 1000 is 150 shares of 10 and 500 of debit, the most that a net limit of 1.5 allows.

    With fees of 1 % it is 1500 / 10.10 = 148.5148… shares, worth 1485.1485…
    """
    terms = replace(PLAIN, limits=LimitTerms(gross=1.5, net=1.5))
    account = keep([10.0], {0: 1.5}, terms)
    assert held(account) == pytest.approx([150.0])
    assert account.cash == pytest.approx([-500.0])
    assert account.reasons == {}
    account = keep([10.0], {0: 1.5}, replace(terms, costs=replace(FREE, fees=0.01)))
    assert held(account) == pytest.approx([148.51485148514851])
    assert account.cash == pytest.approx([-500.0])
    assert account.equity == pytest.approx([985.1485148514851])
    assert account.reasons == {(0, 0): {"cash"}}


def test_below_the_floor_nothing_is_bought_and_selling_goes_on() -> None:
    """140 of A at 10 and 400 of debit; at 6 the account is worth 440, its floor is -220.

    B cannot be bought. Sold short for 0.1 it brings 44, and the cash stays below the floor.
    """
    terms = replace(PLAIN, limits=LimitTerms(gross=2.0, net=1.5))
    close = [[10.0, 10.0], [6.0, 10.0]]
    account = keep(close, {0: [1.4, NAN], 1: [NAN, 0.1]}, terms)
    assert account.shares[1] == pytest.approx([140.0, 0.0])
    assert account.cash == pytest.approx([-400.0, -400.0])
    assert account.reasons == {(1, 1): {"cash"}}
    account = keep(close, {0: [1.4, NAN], 1: [NAN, -0.1]}, terms)
    assert account.shares[1] == pytest.approx([140.0, -4.4])
    assert account.cash == pytest.approx([-400.0, -356.0])
    assert account.reasons == {}


def test_covers_share_what_cash_there_is() -> None:
    """100 of A at 10, 100 of B short at 10: 1000 of cash. A has no close when B is at 18.

    100 covers are 1800; the cash pays for 1000 / 18 = 55.56 of them, or for 5 lots of 10.
    """
    terms = replace(PLAIN, limits=LimitTerms(gross=2.0, maintenance=0.0))
    close = [[10.0, 10.0], [NAN, 18.0], [10.0, 18.0]]
    decisions = {0: [1.0, -1.0], 1: [0.0, 0.0]}
    account = keep(close, decisions, terms)
    assert held(account, 1)[1] == pytest.approx(-100.0 + 1000.0 / 18.0)
    assert account.cash[1] == pytest.approx(0.0, abs=1e-9)
    assert account.reasons == {(1, 0): {"no_price"}, (1, 1): {"cash"}}
    account = keep(close, decisions, replace(terms, sizing=SizingTerms(lot=10.0)))
    assert held(account, 1)[1] == pytest.approx(-50.0)
    assert account.cash[1] == pytest.approx(100.0)


def test_sells_pay_for_buys() -> None:
    """All of 1000 goes from A to B on one bar, the sell first."""
    account = keep([[10.0, 10.0]] * 2, {0: [1.0, 0.0], 1: [0.0, 1.0]})
    assert account.shares[1] == pytest.approx([0.0, 100.0])
    assert sizes(account)[1:] == [(1, 0, -100.0), (1, 1, 100.0)]


# Ruin and margin, rules A7 and A8.


def test_ruin_when_orders_are_sized() -> None:
    """200 shares of 10 and 1000 of debit: at 5 nothing is left, and nothing is traded."""
    account = keep([10.0, 5.0, 10.0], {0: 2.0, 1: 0.0}, replace(PLAIN, limits=LEVERAGED))
    assert account.equity == pytest.approx([1000.0, 0.0])
    assert len(account.fills) == 1
    assert account.ruined_on == 1


def test_ruin_at_the_close() -> None:
    """200 shares bought at an open of 10 close at 4: 800 less 1000 of debit."""
    terms = replace(PLAIN, timing="next_open", limits=LEVERAGED)
    account = keep([10.0, 4.0, 10.0], {0: 2.0}, terms, open=[NAN, 10.0, 10.0])
    assert account.equity == pytest.approx([1000.0, 0.0])
    assert account.cash == pytest.approx([1000.0, -1000.0])
    assert account.ruined_on == 1


def test_a_margin_call_closes_everything() -> None:
    """200 shares of 10, 1000 of debit. At 6.50 equity is 300, less than a quarter of 1300.

    All is sold at 7 for 1400, whatever was ordered; 400 is left, and half of it buys 25 at 8.
    """
    terms = replace(PLAIN, limits=LEVERAGED)
    account = keep([10.0, 6.5, 7.0, 8.0], {0: 2.0, 2: 1.0, 3: 0.5}, terms)
    assert held(account) == pytest.approx([200.0, 200.0, 0.0, 25.0])
    assert account.equity == pytest.approx([1000.0, 300.0, 400.0, 400.0])
    assert account.liquidated == [2]
    assert account.reasons == {(2, 0): {"margin"}}


def test_a_margin_call_waits_for_a_price_and_forgets_what_was_carried() -> None:
    """A is liquidated when it has a price; B, ordered before the call, is never bought."""
    terms = replace(PLAIN, limits=LEVERAGED, rebalancing=RebalancingTerms(unfilled="carry"))
    close = [[10.0, 1.0], [6.5, NAN], [NAN, 1.0], [7.0, 1.0], [7.0, 1.0]]
    account = keep(close, {0: [2.0, NAN], 1: [NAN, 0.5]}, terms)
    assert held(account) == pytest.approx([200.0, 200.0, 200.0, 0.0, 0.0])
    assert held(account, 1) == [0.0] * 5
    assert account.liquidated == [2, 3]
    assert account.reasons == {(1, 1): {"no_price", "scaled_to_gross"}, (2, 1): {"margin"}}


# From decisions to orders, rules B1, B3 and B4.


@pytest.mark.parametrize(
    ("every", "bars"),
    [(1, [0, 1, 2, 3, 4]), (2, [0, 2, 4]), (3, [0, 3]), ("week", [1, 4]), ("month", [2])],
)
def test_the_schedule(every: int | str, bars: list[int]) -> None:
    """Counted from the first decision, on bar 1 of the tables; each kept decision trades."""
    terms = replace(PLAIN, rebalancing=RebalancingTerms(every=every))
    decisions = {bar: 0.1 * bar for bar in range(1, 6)}
    ends = {"week": {2, 5}, "month": {3}}
    account = keep([10.0] * 6, decisions, terms, session_ends=ends)
    assert [fill.bar for fill in account.fills] == bars
    assert len(account.equity) == 5


@pytest.mark.parametrize(
    ("timing", "delay", "bar"),
    [("same_close", 0, 0), ("next_close", 0, 1), ("same_close", 1, 1), ("next_close", 2, 3)],
)
def test_delay(timing: str, delay: int, bar: int) -> None:
    terms = replace(PLAIN, timing=timing, rebalancing=RebalancingTerms(delay=delay))
    account = keep([10.0] * 5, {1: 0.5}, terms)
    assert sizes(account) == [(bar, 0, 50.0)]
    assert keep([10.0] * (bar + 1), {1: 0.5}, terms).fills == []


def test_limits_of_a_decision() -> None:
    """0.9 is clipped to 0.6. With -0.6 that is 1.2, one fifth too much: 0.5 and -0.5.

    Then 0.6 for A meets the 0.5 carried for B: 0.5 of room.
    """
    terms = replace(PLAIN, limits=LimitTerms(per_name=0.6))
    account = keep([[10.0, 10.0]] * 2, {0: [0.9, -0.6], 1: [0.6, NAN]}, terms)
    assert account.shares[0] == pytest.approx([50.0, -50.0])
    assert account.shares[1] == pytest.approx([50.0, -50.0])
    assert account.reasons == {
        (0, 0): {"per_name", "scaled_to_gross"},
        (0, 1): {"scaled_to_gross"},
        (1, 0): {"scaled_to_gross"},
    }


def test_the_net_limit() -> None:
    """0.8 - 0.2 is 0.6, twice the limit of 0.3: 0.4 and -0.1. What is carried is 0.8 and -0.2.

    Then B alone: 0.8 - 0.8 is inside. Then A: 1.1 - 0.8 is 0.3, the limit. Then C, 0.1 beside
    0.3: no k above 0.
    """
    terms = replace(PLAIN, limits=LimitTerms(gross=2.0, net=0.3, maintenance=0.0))
    decisions = {
        0: [0.8, -0.2, NAN],
        1: [NAN, -0.8, NAN],
        2: [1.1, NAN, NAN],
        3: [NAN, NAN, 0.1],
    }
    account = keep([[10.0] * 3] * 4, decisions, terms)
    assert account.shares[0] == pytest.approx([40.0, -10.0, 0.0])
    assert account.shares[1] == pytest.approx([40.0, -80.0, 0.0])
    assert account.shares[2] == pytest.approx([110.0, -80.0, 0.0])
    assert account.shares[3] == pytest.approx([110.0, -80.0, 0.0])
    assert account.reasons == {
        (0, 0): {"scaled_to_net"},
        (0, 1): {"scaled_to_net"},
        (3, 2): {"scaled_to_net"},
    }


def test_rounding_is_no_reason_and_leaves_no_position() -> None:
    """A sum 1e-12 above the limits and the cash is inside; room of 1e-12 below them is none."""
    account = keep([10.0], {0: 1.0 + 1e-12})
    assert account.reasons == {}
    # Nor does a cost of 1e-9 take a lot away.
    terms = replace(charging(fixed=1e-9), sizing=SizingTerms(lot=10.0))
    assert held(keep([10.0], {0: 1.0}, terms)) == [100.0]
    orders, reasons = orders_of(
        {0: [1.0 - 1e-12, NAN], 1: [NAN, 0.3]}, PLAIN, 2, {}, [math.inf] * 2
    )
    assert orders[1] == {1: 0.0}
    assert reasons == {(1, 1): {"scaled_to_gross"}}


def test_what_was_left_of_a_net_limit_is_used() -> None:
    """0.2 carried for A leaves 0.1 of 0.3 for B, which wants 0.4."""
    terms = replace(PLAIN, limits=LimitTerms(net=0.3))
    account = keep([[10.0, 10.0]] * 2, {0: [0.2, NAN], 1: [NAN, 0.4]}, terms)
    assert account.shares[1] == pytest.approx([20.0, 10.0])
    assert account.reasons == {(1, 1): {"scaled_to_net"}}


def test_everything_at_once_from_the_open_to_a_delisting() -> None:
    """Buy half at the next open with fees and slippage of 1 %, hold, be closed out.

    Sized from 1000: 500 / 10 = 50 shares, bought at 10.10 for 505 and fees of 5.05; 489.95 of
    cash is left. Marked at 12: 1089.95. Delisted: 50 sold at 11.88 for 594, less fees of 5.94:
    489.95 + 588.06 = 1078.01.
    """
    terms = replace(charging(fees=0.01, slippage=0.01), timing="next_open")
    account = keep([9.0, 12.0, NAN], {0: 0.5}, terms, open=[9.0, 10.0, NAN])
    assert account.equity == pytest.approx([1000.0, 1089.95, 1078.01], rel=1e-14)
    assert account.cash == pytest.approx([1000.0, 489.95, 1078.01], rel=1e-14)
    assert held(account) == pytest.approx([0.0, 50.0, 0.0], rel=1e-14)
    assert [fill.commission for fill in account.fills] == pytest.approx([5.05, 5.94], rel=1e-14)
    assert account.delisted == [(2, 0)]
