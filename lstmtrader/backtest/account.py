"""Accounts, kept bar by bar: what is asked, what is filled, what the night costs.

The rules, for each bar in turn (a decision at the close of ``t`` is an order of a later bar, see
`lstmtrader.backtest.decisions`):

1. The night, by the cash, the shares and the closes of the bar before. With free cash = cash less
   the value of the shorts, whose proceeds are collateral: interest on free cash above zero, debit
   interest on what is below, borrowing fees on shorts, all by rates a year over bars a year; and
   dividends, which shorts pay.
2. All orders of a bar are sized from one value: cash + shares x reference price, before costs. A
   symbol without a price is sized and marked at its last close.
3. An order that cannot be filled, for want of a price or of an estimate that its costs need, is
   cancelled or carried to the next bar, and listed. What never trades again is closed at its last
   close, less the haircut; after a margin call everything is closed, and other orders are dropped.
4. Between wish and order come, in turn: the drift of the whole and the no-trade band of each, one
   factor for all into the turnover limit, the share of the bar's volume, and whole lots. Forced
   closes are spared.
5. Cash stays above its floor, minus (net limit - 1) of the value where that limit is above 1, else
   zero: where a bar's orders need more, its long targets are scaled by one factor; if that is not
   enough to cover the shorts, all covers are filled to one fraction.
6. Sells before buys, at the prices and commissions of `lstmtrader.backtest.costs`. Equity is marked
   at the close, after the fills. Below the maintenance margin the account is liquidated from the
   next bar on, until nothing is held; at zero or less, when orders are sized or at a close, it
   ends.

Several accounts that differ in orders, costs and limits are kept side by side, which costs little
more than keeping one. What is decided here is executed by `lstmtrader.vbt.simulate`, and the two
sets of books must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lstmtrader.backtest.books import Books
from lstmtrader.backtest.charges import Charges, Fills
from lstmtrader.backtest.financing import Financing
from lstmtrader.backtest.funding import fund
from lstmtrader.backtest.market import Market
from lstmtrader.backtest.orders import ROUNDING, BarOrders
from lstmtrader.backtest.reasons import Reason, mark, marked
from lstmtrader.backtest.rebalancing import Unfilled
from lstmtrader.backtest.terms import Terms

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def keep_books(
    market: Market,
    orders: Array,
    terms: Sequence[Terms],
    periods_per_year: int,
    told: Callable[[int], None] | None = None,
) -> Books:
    """Keep accounts over a market.

    Parameters
    ----------
    market : Market
    orders : float64 array of shape (n_bars, n_accounts, n_symbols)
        Target weights inside the limits, on the bar of their fill; NaN holds.
    terms : sequence of Terms
        One for each account.
    periods_per_year : int
        For rates a year.
    told : callable, optional
        Called with the number of every bar that is done.
    """
    keeper = _Keeper(market, orders, terms, periods_per_year)
    for bar in range(len(market)):
        if keeper.books.ruined.all():
            break
        keeper.step(bar)
        if told is not None:
            told(bar)
    return keeper.books


@dataclass(eq=False)
class _Keeper:
    """The state of the accounts between two bars."""

    market: Market
    orders: Array
    terms: Sequence[Terms]
    periods_per_year: int
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        n_bars, n_accounts, n_symbols = self.orders.shape
        shape = self.orders.shape
        terms, limits = self.terms, [one.limits for one in self.terms]
        self.charges = Charges([one.costs for one in terms], self.market)
        self.financing = Financing.of(
            [one.costs for one in terms], self.market, self.periods_per_year
        )
        self.floor = np.array([-max(one.net - 1, 0.0) for one in limits])
        self.maintenance = np.array([one.maintenance for one in limits])
        self.haircut = np.array([[one.costs.haircut] for one in terms])
        self.band = np.array([[one.sizing.band] for one in terms])
        self.drift = np.array([[one.rebalancing.drift] for one in terms])
        self.lot = _column([one.sizing.lot or None for one in terms], 0.0)
        self.turnover = _column([one.turnover for one in limits], np.inf)
        self.participation = _column([one.participation for one in limits], np.inf)
        carry = [[one.rebalancing.unfilled is Unfilled.CARRY] for one in terms]
        self.may_carry = np.array(carry)
        self.any_carried = bool(self.may_carry.any())
        self.any_band = bool(self.band.any() or self.drift.any())
        self.any_lot = bool(self.lot.any())
        self.any_turnover = bool(np.isfinite(self.turnover).any())
        self.carried = np.full((n_accounts, n_symbols), np.nan)
        self.shares = np.zeros((n_accounts, n_symbols))
        self.cash = np.array([one.capital for one in terms], dtype=np.float64)
        self.calls: Mask = np.zeros(n_accounts, dtype=bool)
        self.any_call = self.any_ruin = False
        self.nobody: Mask = np.zeros((n_accounts, n_symbols), dtype=bool)
        market = self.market
        self.close, self.sizing = np.nan_to_num(market.close), np.nan_to_num(market.sizing)
        self.reference = np.where(market.priced, market.sizing, 1.0)
        # As lists, of which one element is read sooner than of an array.
        self.all_priced: list[bool] = np.asarray(market.priced.all(axis=1)).tolist()
        self.any_gone: list[bool] = np.asarray(market.gone.any(axis=1)).tolist()
        self.any_asked: list[bool] = np.asarray(~np.isnan(self.orders).all(axis=(1, 2))).tolist()
        self.books = Books(
            shares=np.zeros(shape),
            price=np.full(shape, np.nan),
            reasons=np.zeros(shape, dtype=np.uint16),
            cash=np.zeros((n_bars, n_accounts)),
            equity=np.zeros((n_bars, n_accounts)),
            value=np.zeros((n_bars, n_accounts)),
            spent=np.zeros((n_bars, n_accounts)),
            flows={name: np.zeros((n_bars, n_accounts)) for name in self.financing.kinds},
            stops=np.full(n_accounts, n_bars),
            ruined=np.zeros(n_accounts, dtype=bool),
            liquidated=np.zeros((n_bars, n_accounts), dtype=bool),
        )

    def step(self, bar: int) -> None:
        """Move every account on by one bar."""
        books = self.books
        if bar and books.flows:
            night = self.financing.night(bar, self.cash, self.shares, self.close[bar - 1])
            for name, flow in night.items():
                books.flows[name][bar] = flow
                self.cash = self.cash + flow
        value = self.cash + (self.shares * self.sizing[bar]).sum(axis=1)
        self._end(bar, value)
        books.value[bar] = value

        waits = self.any_carried and not np.isnan(self.carried).all()
        if self.any_asked[bar] or waits or self.any_gone[bar] or self.any_call:
            self._trade(bar, value)

        worth = self.shares * self.close[bar]
        equity = self.cash + worth.sum(axis=1)
        books.shares[bar], books.cash[bar], books.equity[bar] = self.shares, self.cash, equity
        self._end(bar, equity)
        self._call(bar, equity, np.abs(worth).sum(axis=1))
        if self.any_ruin:
            books.equity[bar, books.ruined] = 0.0

    def _trade(self, bar: int, value: Array) -> None:
        """Fill what can be filled of the orders of a bar."""
        orders, waiting = self._asked(bar, value)
        size, fills = self._sized(bar, orders, value)
        self._fill(bar, size, fills)
        if self.any_carried:
            self._carry(bar, waiting)

    def _asked(self, bar: int, value: Array) -> tuple[BarOrders, Mask]:
        """Return what is asked and can be filled, and the orders that wait for a price."""
        flags, market, ruined = self.books.reasons[bar], self.market, self.books.ruined
        target, forced, priced = self.orders[bar], self.nobody, market.priced[bar]
        if self.any_carried:
            left_over = np.isnan(target) & ~np.isnan(self.carried)
            target = np.where(left_over, self.carried, target)
            mark(flags, left_over, Reason.CARRIED)
        if self.any_ruin:
            over: Mask = ruined.reshape(-1, 1)
            mark(flags, over & ~np.isnan(target), Reason.RUINED)
            target = np.where(over, np.nan, target)
            value = np.where(ruined, 1.0, value)
        if self.any_gone[bar]:
            forced = market.gone[bar] & (self.shares != 0) & ~ruined.reshape(-1, 1)
            mark(flags, forced, Reason.DELISTED)
        if self.any_call:
            calls: Mask = self.calls.reshape(-1, 1)
            mark(flags, calls & ~np.isnan(target), Reason.MARGIN)
            target = np.where(calls, np.nan, target)
            sold = calls & (self.shares != 0) & priced & ~ruined.reshape(-1, 1)
            mark(flags, sold, Reason.LIQUIDATED)
            forced = forced | sold
        active = asked = ~np.isnan(target)
        if not self.all_priced[bar]:
            mark(flags, asked & ~priced, Reason.NO_PRICE)
            active = asked & priced
        known = self.charges.estimated(bar)
        if known is not None:
            mark(flags, active & ~known & ~forced, Reason.NO_ESTIMATE)
            active = active & known
        base = self.reference[bar : bar + 1].repeat(len(target), axis=0)
        if forced is not self.nobody:
            target, active = np.where(forced, 0.0, target), active | forced
            last = self.close[bar] * (1 - np.sign(self.shares) * self.haircut)
            base = np.where(forced & ~priced, last, base)
        waiting = asked & ~active & ~market.gone[bar] if self.any_carried else self.nobody
        most = None
        if market.volume is not None:
            limited = np.isfinite(self.participation)
            share = np.where(limited, self.participation, 0.0)
            most = np.where(limited, share * market.volume[bar], np.inf)
        orders = BarOrders(
            target=np.where(active, target, 0.0),
            active=active,
            forced=forced,
            base=base,
            held=self.shares,
            value=value[:, None],
            most=most,
            lot=self.lot if self.any_lot else None,
        )
        if self.any_band:
            orders, near = orders.within_band(self.band, self.drift)
            mark(flags, near, Reason.BAND)
        if self.any_turnover:
            orders = orders.within_turnover(self.turnover)
        return orders, waiting

    def _sized(self, bar: int, orders: BarOrders, value: Array) -> tuple[Array, Fills]:
        """Return sizes that the cash pays for, and what they are filled at."""
        flags = self.books.reasons[bar]
        size = orders.sizes(flags=flags)
        fills = self.charges.fills(bar, size, orders.base)
        available, need = self.cash - self.floor * value, fills.need
        short = need > available + ROUNDING * value
        if not short.any():
            return size, fills
        if short.all():
            size = fund(orders, self.charges, bar, available, need, size, flags)
        else:
            rows = np.flatnonzero(short)
            part = flags[rows]
            size[rows] = fund(
                orders.rows(rows), self.charges.rows(rows), bar,
                available[rows], need[rows], size[rows], part,
            )  # fmt: skip
            flags[rows] = part
        return size, self.charges.fills(bar, size, orders.base)

    def _fill(self, bar: int, size: Array, fills: Fills) -> None:
        """Fill orders at their prices."""
        self.cash = self.cash - fills.need
        shares = self.shares + size
        nothing = ROUNDING * np.maximum(np.abs(self.shares), np.abs(size))
        shares[np.abs(shares) <= nothing] = 0.0
        self.shares = shares
        self.books.price[bar] = np.where(size != 0, fills.price, np.nan)
        self.books.spent[bar] = np.where(size > 0, fills.paid, fills.commission).sum(axis=1)

    def _carry(self, bar: int, waiting: Mask) -> None:
        """Remember what waits for a price, an estimate or volume."""
        cut = marked(self.books.reasons[bar], Reason.PARTICIPATION)
        orders, carried = self.orders[bar], self.carried
        target = np.where(np.isnan(orders), carried, orders)
        kept = self.may_carry & (waiting | cut) & ~self.calls.reshape(-1, 1)
        self.carried = np.where(kept, target, np.nan)

    def _end(self, bar: int, left: Array) -> None:
        """End accounts that have nothing left, for good."""
        over = left <= 0
        if over.any():
            ending = over & ~self.books.ruined
            self.any_ruin = True
            self.books.ruined[ending] = True
            self.books.stops[ending] = bar + 1
            self.carried[ending] = np.nan

    def _call(self, bar: int, equity: Array, gross: Array) -> None:
        """Call for margin, and end the liquidation of what is sold off."""
        called = equity < self.maintenance * gross
        if not (self.any_call or called.any()):
            return
        self.books.liquidated[bar] = self.calls
        self.calls = (self.calls | called) & (self.shares != 0).any(axis=1) & ~self.books.ruined
        self.any_call = bool(self.calls.any())
        self.carried[self.calls] = np.nan


def _column(values: Sequence[float | None], none: float) -> Array:
    return np.array([[none if value is None else value] for value in values], dtype=np.float64)
