"""Law: round trips, receipts and nights add up to what the account gained, whatever happened."""

from __future__ import annotations

import math
from collections import Counter
from time import process_time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from literal import NAN, trade
from markets import example
from test_ledger import ours, prices_of, traded, weights_of

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import trade as trade_on
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.evaluation.round_trips import round_trips, trade_figures

COLUMNS = ["symbol", "side", "opened", "closed", "bars", "entry", "exit", "pnl", "ret", "fees"]
LEVERAGED = Limits(gross=4.0, net=3.0)


def nights(result: BacktestResult) -> float:
    """Money received less interest and borrowing fees paid."""
    paid = sum(
        result.costs_paid[kind].sum() for kind in ("debit", "borrow") if kind in result.costs_paid
    )
    return float(result.received.to_numpy().sum() - paid)


def volume(result: BacktestResult) -> float:
    """Money that changed hands: what is traded is rounded to its own size, not to that of gains."""
    traded = (result.trades["size"] * result.trades["price"]).abs().sum()
    return result.capital + float(traded)


def assert_adds_up(result: BacktestResult, trips: pd.DataFrame) -> None:
    gained = float(result.equity.iloc[-1]) - result.capital
    told = trips["pnl"].sum() + nights(result)
    assert told == pytest.approx(gained, abs=1e-9 * volume(result))
    assert trips["fees"].sum() == pytest.approx(result.trades["fees"].sum(), rel=1e-9)


def slowly(result: BacktestResult) -> list[tuple[Any, ...]]:
    """Symbol, side, opened, closed, bars, pnl of each trip of an account that was not ruined."""
    found, shares = [], result.positions
    dates = list(result.equity.index)
    for symbol in shares.columns:
        fills = result.trades[result.trades["symbol"] == symbol].set_index("date")
        before, trip = 0.0, None
        for date, fill in fills.iterrows():
            after = float(shares.loc[date, symbol])
            if before * after < 0:
                closing, opening = -before / fill["size"], after / fill["size"]
            else:
                closing, opening = (0.0, 1.0) if before == 0 else (1.0, 0.0)
            cash = -fill["size"] * fill["price"] - fill["fees"]
            if trip is not None:
                trip["pnl"] += closing * cash
                if after == 0 or before * after < 0:
                    found.append((symbol, trip["side"], trip["opened"], date, trip["pnl"]))
                    trip = None
            if before == 0 or before * after < 0:
                trip = {"side": int(np.sign(after)), "opened": date, "pnl": opening * cash}
            before = after
        if trip is not None:
            price = result.market.close[len(dates) - 1, list(shares.columns).index(symbol)]
            pnl = trip["pnl"] + before * price
            found.append((symbol, trip["side"], trip["opened"], pd.NaT, pnl))
    ends = {pd.NaT: len(dates) - 1}
    rows = [
        (symbol, side, opened, closed,
         (ends[closed] if closed is pd.NaT else dates.index(closed)) - dates.index(opened), pnl)
        for symbol, side, opened, closed, pnl in found
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row[2], list(shares.columns).index(row[0])))


def assert_as_counted_slowly(result: BacktestResult, trips: pd.DataFrame) -> None:
    expected = slowly(result)
    # As text: a date that is not there equals none.
    names = ["symbol", "side", "opened", "closed", "bars"]
    told = [[str(value) for value in row] for row in trips[names].itertuples(index=False)]
    assert told == [[str(value) for value in row[:-1]] for row in expected]
    np.testing.assert_allclose(
        trips["pnl"], [row[-1] for row in expected], rtol=1e-9, atol=1e-9 * volume(result)
    )


def turned(trips: pd.DataFrame) -> bool:
    """Whether any symbol went from long to short, or back, in one fill."""
    closed = trips[["symbol", "closed", "side"]].rename(columns={"closed": "opened"})
    both = trips[["symbol", "opened", "side"]].merge(closed, on=["symbol", "opened"])
    return bool((both["side_x"] == -both["side_y"]).any())


def test_round_trips_add_up_to_the_gain_of_any_account() -> None:
    """And the random accounts meet what is difficult, else the law would say little."""
    met: Counter[str] = Counter()
    for seed in range(50):
        market, terms = example(seed)
        if not traded(market):
            continue
        result = trade_on(prices_of(market), weights_of(market), ours(terms, market))
        trips = round_trips(result)
        assert list(trips.columns) == COLUMNS
        assert_adds_up(result, trips)
        assert np.isfinite(trips[["entry", "exit", "pnl", "ret"]].to_numpy(dtype=float)).all()
        assert trips["opened"].is_monotonic_increasing
        if result.ruined_on is None:
            assert_as_counted_slowly(result, trips)
        else:
            assert trips["closed"].notna().all()
        met["ruined"] += result.ruined_on is not None
        met["short"] += bool((trips["side"] < 0).any())
        met["delisted"] += len(result.delisted) > 0
        met["open"] += bool(trips["closed"].isna().any())
        met["liquidated"] += len(result.liquidations) > 0
        met["turned"] += turned(trips)
        met["dividends"] += "dividends" in result.received
        met["borrow"] += "borrow" in result.costs_paid
    assert min(met.values()) > 0, met
    assert len(met) == 8


def test_one_round_trip_by_hand() -> None:
    """Half of 1000 in at 10, a fifth of that sold at 12, the rest at 9; fees of 1 %.

    50 shares for 500 and 5; on the third close 1095 are worth 0.4 in the stock: 438 of 600, so
    13.5 shares go for 162 and 1.62; the other 36.5 for 328.5 and 3.285. The exits average
    490.5 / 50 = 9.81, and 50 x (9.81 - 10) - 9.905 = -19.405. The most it was worth after a fill
    is 500: then 438.
    """
    result = trade([[10], [10], [12], [9]], [[0.5], [0.4], [0.0]], costs=Costs(0.01))
    (trip,) = round_trips(result).itertuples()
    days = result.equity.index
    assert (trip.symbol, trip.side, trip.opened, trip.closed, trip.bars) == (
        "A", 1, days[1], days[3], 2,
    )  # fmt: skip
    assert trip.entry == pytest.approx(10, rel=1e-12)
    assert trip.exit == pytest.approx(9.81, rel=1e-12)
    assert trip.fees == pytest.approx(9.905, rel=1e-12)
    assert trip.pnl == pytest.approx(-19.405, rel=1e-12)
    assert trip.ret == pytest.approx(-19.405 / 500, rel=1e-12)
    assert result.equity.iloc[-1] == pytest.approx(1000 - 19.405, rel=1e-12)


def test_a_turn_from_long_to_short_is_two_round_trips() -> None:
    """100 shares bought at 10 are sold at 20, and 100 more with them: they lose 5 each.

    Slippage of 10 % and fees are shared by the shares: in at 10.5 at first.
    """
    result = trade([[10], [10], [20], [25], [25]], [[0.5], [-0.5]], costs=Costs(0.0, slippage=0.05))
    first, second = round_trips(result).itertuples()
    assert (first.side, second.side) == (1, -1)
    assert first.closed == second.opened == result.equity.index[2]
    assert first.entry == pytest.approx(10.5, rel=1e-12)
    assert first.exit == pytest.approx(19, rel=1e-12)
    assert first.pnl == pytest.approx(50 * 8.5, rel=1e-12)
    assert second.entry == pytest.approx(19, rel=1e-12)
    assert second.exit == pytest.approx(25, rel=1e-12)
    assert second.closed is pd.NaT
    assert second.bars == 2
    assert_adds_up(result, round_trips(result))


def test_a_delisted_position_is_closed_at_its_last_price_less_the_haircut() -> None:
    """100 shares at 10, the last price is 8, of which a quarter is lost: -400."""
    result = trade(
        [[10, 5], [10, 5], [8, 5], [NAN, 5], [NAN, 5]], [[1.0, 0.0]], costs=Costs(0.0, haircut=0.25)
    )
    (trip,) = round_trips(result).itertuples()
    assert trip.closed == result.delisted["date"].iloc[0] == result.equity.index[3]
    assert trip.exit == pytest.approx(6, rel=1e-12)
    assert trip.pnl == pytest.approx(-400, rel=1e-12)


def test_a_ruined_account_closes_what_it_held_and_owes_nothing_more() -> None:
    """1000 short of a stock that triples loses 1000, not 2000; beside it, a cover at a gain.

    Short 60 of A and 40 of B at 10; B is covered at 5 for a gain of 200. A at 40 would lose 1800,
    of which the account has 1200.
    """
    result = trade([[10, 10], [10, 10], [10, 5], [40, 5], [40, 5]],
                   [[-0.6, -0.4], [NAN, 0.0]])  # fmt: skip
    assert result.ruined_on == result.equity.index[3]
    trips = round_trips(result).set_index("symbol")
    assert trips.loc["B", "pnl"] == pytest.approx(200, rel=1e-12)
    assert trips.loc["A", "pnl"] == pytest.approx(-1200, rel=1e-12)
    assert trips.loc["A", "closed"] == result.ruined_on
    assert trips["bars"].to_list() == [2, 1]
    assert_adds_up(result, round_trips(result))


def test_an_account_that_never_traded_has_no_round_trips() -> None:
    result = trade([[10], [11], [12]], [[0.0]])
    trips = round_trips(result)
    assert list(trips.columns) == COLUMNS
    assert len(trips) == 0
    assert trips["opened"].dtype == trips["closed"].dtype == result.equity.index.dtype
    figures = trade_figures(trips)
    assert (figures.pop("n_trades"), figures.pop("n_open")) == (0, 0)
    assert all(math.isnan(figure) for figure in figures.values())


def test_figures_of_trades_by_hand() -> None:
    """Gains of 30 and 10, a loss of 20, one that came out even; the last is still open."""
    trips = pd.DataFrame(
        {
            "closed": pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04", None]),
            "bars": [1, 2, 3, 6],
            "pnl": [30.0, -20.0, 0.0, 10.0],
            "ret": [0.3, -0.1, 0.0, 0.4],
        }
    )
    assert trade_figures(trips) == {
        "n_trades": 4, "n_open": 1, "winners": 0.5, "profit_factor": 2.0,
        "average_bars": 3.0, "best": 0.4, "worst": -0.1,
    }  # fmt: skip
    assert math.isnan(trade_figures(trips[trips["pnl"] >= 0])["profit_factor"])
    assert trade_figures(trips[trips["pnl"] <= 0])["profit_factor"] == 0


def test_a_hundred_thousand_fills_take_no_time() -> None:
    """A record by hand: 6000 bars x 20 symbols, a new position on each, in and out of flat."""
    n_bars, n_symbols = 6000, 20
    index = pd.bdate_range("2000-01-03", periods=n_bars)
    names = [f"S{number}" for number in range(n_symbols)]
    held = np.random.default_rng(0).integers(-2, 3, (n_bars, n_symbols)).astype(float)
    size = np.diff(held, axis=0, prepend=0.0)
    bar, symbol = np.nonzero(size)
    fills = pd.DataFrame(
        {
            "date": index[bar], "symbol": np.array(names, dtype=object)[symbol],
            "size": size[bar, symbol], "price": 10.0, "fees": 0.01,
        }
    )  # fmt: skip
    equity = pd.Series(1000 - 0.01 * np.cumsum((size != 0).sum(axis=1)), index=index) + 1e5
    record: Any = SimpleNamespace(
        trades=fills, equity=equity, ruined_on=None, capital=101_000.0,
        weights=pd.DataFrame(held * 10, index, names).div(equity, axis=0),
    )  # fmt: skip
    start = process_time()
    trips = round_trips(record)
    assert process_time() - start < 2
    assert len(fills) > 90_000
    assert trips["pnl"].sum() == pytest.approx(equity.iloc[-1] - 101_000, rel=1e-9)
