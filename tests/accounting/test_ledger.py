"""Law: the account equals a plain-Python ledger kept by the written rules, to 1e-9."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ledger import Account, keep_ledger
from literal import NAN
from markets import CAPITAL, MARKETS, Market, example, terms
from terms import CostTerms, LimitTerms, Tables
from terms import Terms as PlainTerms

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import trade, trade_many
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing, Unfilled
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Calendar, Execution
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

BY_NUMBA = """
import pickle, sys
from lstmtrader.backtest.engine import trade
sys.stdout.buffer.write(pickle.dumps(trade(*pickle.load(sys.stdin.buffer), engine="numba")))
"""
# Below this fraction of the capital a fill is the rounding of two equal share counts.
DUST = 1e-9
WEEKDAYS = Calendar("24/5")
CAPITALS = (CAPITAL, 10_000.0, 50.0)
COSTS = {
    "free": CostTerms(fees=0.0),
    "fees": CostTerms(fees=0.001),
    "slippage": CostTerms(fees=0.0, slippage=0.002),
    "both": CostTerms(fees=0.002, slippage=0.003),
    "commissions": CostTerms(fees=0.0, fixed=2.0, per_share=0.01, minimum=5.0),
    "financing": CostTerms(fees=0.001, borrow=0.05, cash_rate=0.02, debit_rate=0.08),
    "liquidity": CostTerms(range_slippage=0.1, volatility_slippage=0.05, impact=1.0),
}
LIMITS = {
    "cash": LimitTerms(),
    "half": LimitTerms(gross=0.5, per_name=0.2),
    "leveraged": LimitTerms(gross=3.0, net=1.5, maintenance=0.3),
    "slow": LimitTerms(gross=2.0, turnover=0.3, participation=0.1),
}
COMBINATIONS = list(product([one.value for one in Execution], COSTS, LIMITS))
LAWS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    # Not the search for what the failing examples share: it takes minutes.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


def prices_of(market: Market) -> PriceFrame:
    index = pd.DatetimeIndex(market.dates)
    fields = ("close", "open", "high", "low", "volume", "dividends")
    frames = {
        name: pd.DataFrame(getattr(market, name), index=index, columns=market.symbols)
        for name in fields
    }
    return PriceFrame(**frames, calendar=WEEKDAYS)


def weights_of(market: Market) -> TargetWeights:
    index = pd.DatetimeIndex(market.dates)[list(market.decisions)]
    return TargetWeights(
        pd.DataFrame(list(market.decisions.values()), index=index, columns=market.symbols)
    )


def ours(plain: PlainTerms, market: Market) -> Terms:
    """The same settings, as the package names them; fees for symbols there are."""
    rebalancing, costs = asdict(plain.rebalancing), asdict(plain.costs)
    fees = costs["borrow_by_symbol"]
    costs["borrow_by_symbol"] = {name: fees[name] for name in market.symbols if name in fees}
    return Terms(
        Execution(plain.timing),
        Costs(**costs),
        Limits(**asdict(plain.limits)),
        Sizing(**asdict(plain.sizing)),
        Rebalancing(**{**rebalancing, "unfilled": Unfilled(rebalancing["unfilled"])}),
        plain.capital,
    )


def by_ledger(market: Market, plain: PlainTerms) -> Account:
    return market.by_ledger(replace(plain, periods_per_year=WEEKDAYS.periods_per_year))


def traded(market: Market) -> bool:
    """Whether every symbol has a close, as prices must."""
    return all(any(row[symbol] == row[symbol] for row in market.close)
               for symbol in range(len(market.symbols)))  # fmt: skip


def fills_by_order(rows: list[tuple[int, int, float, float, float]], capital: float) -> np.ndarray:
    """Bar, symbol, shares, price and fees, sorted; dust is left out."""
    kept = sorted(row for row in rows if abs(row[2] * row[3]) > DUST * capital)
    return np.array(kept, dtype=float).reshape(len(kept), 5)


def assert_equal(result: BacktestResult, ledger: Account) -> None:
    """Equity, shares, flows, every fill and why an order was not filled."""
    ruined = None if result.ruined_on is None else result.equity.index.get_loc(result.ruined_on)
    assert ruined == ledger.ruined_on
    capital = result.capital
    close = {"rtol": 1e-9, "atol": 1e-9 * capital}
    np.testing.assert_allclose(result.equity, ledger.equity, **close)
    held = result.positions.to_numpy()
    np.testing.assert_allclose(held, ledger.shares, rtol=1e-9, atol=1e-9 * np.abs(held).max())
    flows = sum(result.books.flows.values(), np.zeros((len(held), 1)))[:, 0]
    np.testing.assert_allclose(flows, ledger.flows, **close)

    trades, columns = result.trades, result.positions.columns
    bars = result.equity.index.get_indexer(trades["date"])
    symbols = columns.get_indexer(trades["symbol"])
    fills = fills_by_order(
        list(zip(bars, symbols, trades["size"], trades["price"], trades["fees"], strict=True)),
        capital,
    )
    theirs = fills_by_order(
        [(fill.bar, fill.symbol, fill.size, fill.price, fill.commission) for fill in ledger.fills],
        capital,
    )
    assert len(fills) == len(theirs)
    np.testing.assert_array_equal(fills[:, :2], theirs[:, :2])
    np.testing.assert_allclose(fills[:, 2:], theirs[:, 2:], rtol=1e-9, atol=1e-9 * capital / 5)
    assert result.equity.index[ledger.liquidated].equals(result.liquidations)
    symbols = columns.get_indexer(result.delisted["symbol"])
    days = result.equity.index.get_indexer(result.delisted["date"])
    assert set(zip(days, symbols, strict=True)) == set(ledger.delisted)


def assert_explained(result: BacktestResult, ledger: Account) -> None:
    """Every order is held as wanted, or named with one of the ledger's reasons."""
    orders = result.orders
    bars = result.equity.index.get_indexer(orders["date"]).tolist()
    symbols = result.positions.columns.get_indexer(orders["symbol"]).tolist()
    told = zip(
        bars, symbols, orders["origin"], orders["reason"],
        orders["wanted"].tolist(), orders["achieved"].tolist(), strict=True,
    )  # fmt: skip
    for bar, symbol, origin, reason, wanted, achieved in told:
        assert reason != "unexplained", (bar, symbol)
        if origin not in ("decision", "carried"):
            continue
        theirs = ledger.reasons.get((bar, symbol), set())
        if reason == "":
            # What is wanted may be held already, price or not.
            missed = theirs & {"no_price", "no_estimate", "margin"}
            assert not missed or abs(achieved - wanted) <= 1e-9, (bar, symbol, missed)
        elif reason == "ruined" and bar == ledger.ruined_on:
            continue
        else:
            gone = reason == "no_price" and (bar, symbol) in ledger.delisted
            assert gone or reason in theirs, (bar, symbol, reason)


@pytest.mark.parametrize(("timing", "costs", "limits"), COMBINATIONS)
@settings(LAWS, max_examples=6)
@given(seed=st.integers(0, 2**32 - 1), **MARKETS)
def test_the_account_equals_the_ledger(
    timing: str, costs: str, limits: str, seed: int, **market: float
) -> None:
    """Whatever the timing, the costs and the limits."""
    # Each combination trades markets of its own.
    drawn = Market((seed, COMBINATIONS.index((timing, costs, limits))), **market)
    plain = PlainTerms(timing, COSTS[costs], LIMITS[limits], capital=CAPITAL)
    result = trade(prices_of(drawn), weights_of(drawn), ours(plain, drawn))
    ledger = by_ledger(drawn, plain)
    assert_equal(result, ledger)
    assert_explained(result, ledger)


@pytest.mark.parametrize("timing", [one.value for one in Execution])
@settings(LAWS, max_examples=200)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), **MARKETS)
def test_the_account_equals_the_ledger_on_any_terms(
    timing: str, data: st.DataObject, seed: int, **market: float
) -> None:
    """All settings at once: lots, bands, schedules, delays, carried orders, margins."""
    plain = replace(data.draw(terms(timing)), capital=data.draw(st.sampled_from(CAPITALS)))
    drawn = Market((seed,), **market)
    result = trade(prices_of(drawn), weights_of(drawn), ours(plain, drawn))
    ledger = by_ledger(drawn, plain)
    assert_equal(result, ledger)
    assert_explained(result, ledger)


def test_the_ledger_is_met_on_rare_events() -> None:
    """Hundreds of examples more, for the sake of margin calls, ruin and shared covers."""
    met: Counter[str] = Counter()
    for seed in range(600):
        market, plain = example(10_000 + seed)
        result = trade(prices_of(market), weights_of(market), ours(plain, market))
        ledger = by_ledger(market, plain)
        try:
            assert_equal(result, ledger)
            assert_explained(result, ledger)
        except AssertionError as error:
            error.add_note(f"example({10_000 + seed})")
            raise
        met["ruined"] += ledger.ruined_on is not None
        met["liquidated"] += bool(ledger.liquidated)
        met["delisted"] += bool(ledger.delisted)
    assert min(met.values()) >= 10, met


def test_accounts_side_by_side_are_each_as_if_alone() -> None:
    """Same prices, other decisions and other terms: to the last bit."""
    market, _ = example(3)
    drawn = [example(seed) for seed in range(200)]
    several = [ours(replace(plain, timing="next_open"), market) for _, plain in drawn][:40]
    rng = np.random.default_rng(1)
    frame = weights_of(market).frame
    weights = [
        TargetWeights(frame * rng.uniform(0.2, 1.5, frame.shape)) for _ in range(len(several))
    ]
    together = trade_many(prices_of(market), weights, several)
    for one, its, result in zip(weights, several, together, strict=True):
        alone = trade(prices_of(market), one, its)
        pd.testing.assert_series_equal(alone.equity, result.equity, check_exact=True)
        pd.testing.assert_frame_equal(alone.trades, result.trades, check_exact=True)
        pd.testing.assert_frame_equal(alone.orders, result.orders, check_exact=True)


def test_the_other_engine_of_vectorbt_agrees() -> None:
    """Rust and the source of numba's engine execute the same fills to the same equity."""
    market = Market((5,), 20, 3, 0.1, 0.1, True, 0.2, 0.6)
    plain = PlainTerms("next_open", COSTS["both"], LIMITS["leveraged"], capital=CAPITAL)
    asked = prices_of(market), weights_of(market), ours(plain, market)
    finished = subprocess.run(
        [sys.executable, "-c", BY_NUMBA],
        # To compile it takes half a minute; as plain Python it executes sixty orders at once.
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        input=pickle.dumps(asked),
        capture_output=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr.decode()
    by_numba = pickle.loads(finished.stdout)
    assert_equal(by_numba, by_ledger(market, plain))
    assert len(by_numba.trades) > 10


def test_the_ledger_itself_follows_a_hand_calculation() -> None:
    """Buy half at the next open with both costs, hold, be closed out at delisting.

    Sized from 1000: 500 / 10 = 50 shares, bought at 10 x 1.01 = 10.10 for 505 and fees of
    5.05; 489.95 of cash is left. Marked at 12: 1089.95. Delisted: 50 sold at
    12 x 0.99 = 11.88 for 594, less fees of 5.94: 489.95 + 588.06 = 1078.01.
    """
    tables = Tables(close=[[9.0], [12.0], [NAN]], open=[[9.0], [10.0], [NAN]], symbols=["A"])
    plain = PlainTerms("next_open", CostTerms(fees=0.01, slippage=0.01), capital=1000.0)
    account = keep_ledger(tables, {0: [0.5]}, plain)
    assert account.equity == pytest.approx([1000.0, 1089.95, 1078.01], rel=1e-14)
    assert account.cash == pytest.approx([1000.0, 489.95, 1078.01], rel=1e-14)
    assert [row[0] for row in account.shares] == pytest.approx([0.0, 50.0, 0.0], rel=1e-14)
    assert [fill.commission for fill in account.fills] == pytest.approx([5.05, 5.94], rel=1e-14)
    assert account.delisted == [(2, 0)]
