"""A slow account in plain Python, written from the rules of the backtest and from nothing else.

It exists to be read: no arrays, no shortcuts, no code of the package. The rules are named by their
numbers; B1 to B4 are in `orders`, A5 is in `trading_costs`. Where the rules leave something open
it is decided here:

- A symbol without any close in the data is never gone. One whose last close was before the first
  decision is gone from the start.
- A gone symbol that is held is closed, whatever the order for it; that order leaves no reason. An
  order for a gone symbol that is not held has no price, and is not carried.
- A delisted position that cannot be closed in full for want of cash is closed on as many later
  bars as it takes, always at the last close. Delisted is the first of these bars.
- What is dropped on a bar of liquidation, be it ordered on it or carried to it, is dropped for
  margin. A bar of liquidation on which the account is ruined is still one.
- Of a carried order the reasons are those of each bar on which it is tried.
- An order is done with on the bar on which it had a price, its estimates and enough volume, even
  if the band, a lot, the turnover or the cash kept it from trading in full.
- An order within 1e-9 of what is held and of what is wanted is for no shares, and pays nothing.
- The turnover is exceeded when it is so by more than 1e-9 of itself.
- Participation and lot are reasons where they cut the order as it was wanted or as it was traded
  in the end; turnover where there was anything to multiply; cash where the size is not
  the one that was wanted before cash was counted.
- Covers that are shared are rounded down to lots unless they are forced.
- The commission, the impact and the lots of a shared order are those of its share.
- A missing table of dividends pays nothing; one of volumes lets nobody participate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orders import Reasons, orders_of
from terms import Tables, Terms, cell
from trading_costs import Estimates, commission, estimates_before, slip

Sizes = dict[int, float]

# A share count or a sum this far below what it is compared with is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Fill:
    """One fill: signed shares, the price before what trading costs, that after it, and money."""

    bar: int
    symbol: int
    size: float
    reference: float
    price: float
    commission: float


@dataclass
class Account:
    """The account from the bar of the first decision on; bars are counted from there."""

    equity: list[float] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    shares: list[list[float]] = field(default_factory=list)
    flows: list[float] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    reasons: Reasons = field(default_factory=dict)
    delisted: list[tuple[int, int]] = field(default_factory=list)
    liquidated: list[int] = field(default_factory=list)
    ruined_on: int | None = None

    def note(self, bar: int, symbol: int, *reasons: str) -> None:
        """Say why an order was not filled as asked."""
        if reasons:
            self.reasons.setdefault((bar, symbol), set()).update(reasons)


@dataclass
class Book:
    """What goes from bar to bar: money, shares, the latest closes, and carried weights."""

    cash: float
    shares: list[float]
    last_close: list[float]
    carried: dict[int, float] = field(default_factory=dict)
    liquidating: bool = False

    def worth(self, prices: Sequence[float]) -> float:
        """Cash and shares at some prices; what is not held needs none."""
        return self.cash + sum(
            held * prices[symbol] for symbol, held in enumerate(self.shares) if held != 0
        )

    def exposure(self) -> float:
        """Longs and shorts at their latest closes, both counted positive."""
        return sum(
            abs(held) * self.last_close[symbol]
            for symbol, held in enumerate(self.shares)
            if held != 0
        )


@dataclass(frozen=True)
class Bar:
    """One bar: its number in the tables, its day in the account, and prices to fill orders at."""

    tables: Tables
    number: int
    day: int
    reference: Sequence[float]
    gone: Sequence[bool]

    def volume(self, symbol: int) -> float:
        """Shares traded on the bar, 0 where that is not known."""
        volume = cell(self.tables.volume, self.number, symbol)
        return 0.0 if math.isnan(volume) else volume


@dataclass(frozen=True)
class Asked:
    """What is asked of one symbol on one bar, and can be done."""

    symbol: int
    weight: float
    reference: float
    held: float
    volume: float
    estimates: Estimates
    forced: bool = False
    delisted: bool = False


@dataclass(frozen=True)
class Traded:
    """The sizes of one bar, and why they are not those asked for."""

    sizes: Sizes
    reasons: dict[int, set[str]]

    def cut_by_volume(self, symbol: int) -> bool:
        """Tell whether the volume left something of an order to be done."""
        return "participation" in self.reasons.get(symbol, ())


def keep_ledger(
    tables: Tables,
    decisions: Mapping[int, Sequence[float]],
    terms: Terms,
    session_ends: Mapping[str, set[int]] | None = None,
) -> Account:
    """Trade `decisions` (bar -> target weight of each symbol, NaN leaves it) in one account.

    `session_ends` says on which bars a "week" and a "month" have their last session. Decisions
    and session ends are by bar of the tables.
    """
    if terms.sizing.volatility is not None:
        raise ValueError("the ledger knows no volatility target")
    first, n_bars, n_symbols = min(decisions), len(tables.close), len(tables.close[0])
    gone_from = [_first_bar_gone(tables, symbol) for symbol in range(n_symbols)]
    orders, reasons = orders_of(decisions, terms, n_bars, session_ends or {}, gone_from)
    account = Account(reasons=reasons)
    book = Book(terms.capital, [0.0] * n_symbols, [math.nan] * n_symbols)
    for bar in range(first):
        _remember(tables, bar, book)

    for bar in range(first, n_bars):
        day = bar - first
        flow = 0.0 if bar == first else _night(book, tables, terms, bar)
        book.cash += flow
        account.flows.append(flow)
        if book.liquidating:
            account.liquidated.append(day)

        if terms.timing != "next_open":
            _remember(tables, bar, book)
        gone = [bar >= gone_from[symbol] for symbol in range(n_symbols)]
        reference = [
            math.nan if gone[symbol] else _reference(tables, terms, bar, symbol, book)
            for symbol in range(n_symbols)
        ]
        value = book.worth(_where_none(reference, book.last_close))
        if value > 0:
            for symbol in range(n_symbols):
                if bar == gone_from[symbol] and book.shares[symbol] != 0:
                    account.delisted.append((day, symbol))
            today = Bar(tables, bar, day, reference, gone)
            asked = _asked(book, account, today, orders.get(bar, {}), terms)
            _trade(book, account, asked, terms, day, value)

        _remember(tables, bar, book)
        equity = book.worth(book.last_close) if value > 0 else 0.0
        account.cash.append(book.cash)
        account.shares.append(list(book.shares))
        account.equity.append(max(equity, 0.0))
        if equity <= 0:  # A2 or A7
            account.ruined_on = day
            break
        _margin(book, terms, equity)
    return account


def _night(book: Book, tables: Tables, terms: Terms, bar: int) -> float:
    """A1: interest, borrow and dividends on what was held after the bar before."""
    costs = terms.costs
    free, borrow, dividends = book.cash, 0.0, 0.0
    for symbol, held in enumerate(book.shares):
        if held < 0:
            short = -held * book.last_close[symbol]
            free -= short  # the proceeds are collateral
            borrow += short * _borrow_rate(tables, terms, symbol)
        dividend = cell(tables.dividends, bar, symbol)
        if not math.isnan(dividend):
            dividends += held * dividend
    interest = max(free, 0.0) * costs.cash_rate - max(-free, 0.0) * costs.debit_rate
    return (interest - borrow) / terms.periods_per_year + dividends


def _borrow_rate(tables: Tables, terms: Terms, symbol: int) -> float:
    costs = terms.costs
    if not costs.borrow_by_symbol:
        return costs.borrow
    return costs.borrow_by_symbol.get(tables.symbols[symbol], costs.borrow)


def _reference(tables: Tables, terms: Terms, bar: int, symbol: int, book: Book) -> float:
    """A2: the price that orders are filled at before costs, NaN where there is none."""
    close = tables.close[bar][symbol]
    if math.isnan(book.last_close[symbol]) and math.isnan(close):
        return math.nan
    return cell(tables.open, bar, symbol) if terms.timing == "next_open" else close


def _asked(
    book: Book, account: Account, bar: Bar, orders: Mapping[int, float], terms: Terms
) -> list[Asked]:
    """A3: the forced closes and the orders of a bar that can be filled.

    What cannot be filled is noted and, where the terms say so, carried to the next bar (A9).
    """
    asked = []
    waiting, book.carried = book.carried, {}
    for symbol, held in enumerate(book.shares):
        weight = orders.get(symbol, waiting.get(symbol))
        if weight is None and held == 0:
            continue
        has_price = not math.isnan(bar.reference[symbol])
        estimates = estimates_before(bar.tables, bar.number, symbol)
        if bar.gone[symbol] and held != 0:
            forced = Asked(symbol, 0.0, book.last_close[symbol], held, 0.0, estimates, True, True)
            asked.append(forced)
        elif book.liquidating:
            if held != 0 and has_price:
                asked.append(Asked(symbol, 0.0, bar.reference[symbol], held, 0.0, estimates, True))
            if weight is not None:
                account.note(bar.day, symbol, "margin")
        elif weight is None:
            continue
        elif has_price and estimates.suffice(terms.costs):
            price, volume = bar.reference[symbol], bar.volume(symbol)
            asked.append(Asked(symbol, weight, price, held, volume, estimates))
        else:
            account.note(bar.day, symbol, "no_estimate" if has_price else "no_price")
            if terms.rebalancing.unfilled == "carry" and not bar.gone[symbol]:
                book.carried[symbol] = weight
    return asked


def _trade(
    book: Book, account: Account, asked: Sequence[Asked], terms: Terms, day: int, value: float
) -> None:
    """A4 to A7: size what is asked, pay for it, and book it, sells before buys."""
    stopped = _stopped(asked, terms, value)
    trading = [order for order in asked if order.symbol not in stopped]
    traded = _inside_cash(trading, terms, value, book.cash)
    for symbol in stopped:
        account.note(day, symbol, "band")
    for order in trading:
        account.note(day, order.symbol, *traded.reasons[order.symbol])
        if terms.rebalancing.unfilled == "carry" and traded.cut_by_volume(order.symbol):  # A9
            book.carried[order.symbol] = order.weight

    for buys in (False, True):
        for order in trading:
            size = traded.sizes[order.symbol]
            if size == 0 or (size > 0) != buys:
                continue
            price = _price(order, size, terms)
            paid = commission(size, price, terms.costs)
            book.cash -= size * price + paid
            held = order.held + size
            if abs(held) <= _ROUNDING * max(abs(order.held), abs(size)):
                held = 0.0
            book.shares[order.symbol] = held
            account.fills.append(Fill(day, order.symbol, size, order.reference, price, paid))


def _stopped(asked: Sequence[Asked], terms: Terms, value: float) -> set[int]:
    """A4, drift and band: symbols that are near enough to their weights not to trade."""
    free = [order for order in asked if not order.forced]
    away = {
        order.symbol: abs(order.weight - order.held * order.reference / value) for order in free
    }
    drift, band = terms.rebalancing.drift, terms.sizing.band
    if drift > 0 and sum(away.values()) <= drift:
        return set(away)
    return {
        order.symbol
        for order in free
        if band > 0 and order.weight != 0 and away[order.symbol] <= band
    }


def _trades(trading: Sequence[Asked], terms: Terms, value: float) -> Callable[[float], Traded]:
    """A4: return the function from the factor of the longs to what is traded."""
    turnover = _turnover_factor(trading, terms, value)

    def traded(factor: float) -> Traded:
        sizes: Sizes = {}
        reasons: dict[int, set[str]] = {}
        for order in trading:
            size = _wanted(order, factor, value)
            sizes[order.symbol], reasons[order.symbol] = _cut(order, size, turnover, terms)
            if turnover < 1 and not order.forced and _wanted(order, 1.0, value) != 0:
                reasons[order.symbol].add("turnover")
        return Traded(sizes, reasons)

    return traded


def _wanted(order: Asked, factor: float, value: float) -> float:
    """A4: shares to trade when the long targets are multiplied by a factor."""
    weight = order.weight * factor if order.weight > 0 else order.weight
    target = weight * value / order.reference
    size = target - order.held
    return 0.0 if abs(size) <= _ROUNDING * max(abs(target), abs(order.held)) else size


def _turnover_factor(trading: Sequence[Asked], terms: Terms, value: float) -> float:
    """A4: what orders are multiplied by when they would trade too much, found at f = 1."""
    if terms.limits.turnover is None:
        return 1.0
    most = terms.limits.turnover * value
    total = sum(
        abs(_wanted(order, 1.0, value)) * order.reference for order in trading if not order.forced
    )
    return most / total if total > most * (1 + _ROUNDING) else 1.0


def _cut(order: Asked, size: float, turnover: float, terms: Terms) -> tuple[float, set[str]]:
    """A4: turnover, participation and lot, in this order; forced closes know none of them."""
    reasons: set[str] = set()
    if order.forced:
        return size, reasons
    side = math.copysign(1.0, size)
    shares = abs(size) * turnover
    if terms.limits.participation is not None:
        most = terms.limits.participation * order.volume
        if shares > most:
            reasons.add("participation")
            shares = most
    whole = _whole_lots(shares, terms)
    if whole < shares * (1 - _ROUNDING):
        reasons.add("lot")
    return side * whole, reasons


def _whole_lots(shares: float, terms: Terms) -> float:
    lot = terms.sizing.lot
    return math.floor(shares / lot + 1e-9) * lot if lot > 0 else shares


def _price(order: Asked, size: float, terms: Terms) -> float:
    """A5: the price of a fill; a delisted one loses the haircut first."""
    side = math.copysign(1.0, size)
    price = order.reference
    if order.delisted:
        price *= 1 + side * terms.costs.haircut
    return price * (1 + side * slip(size, terms.costs, order.estimates))


def _need(trading: Sequence[Asked], sizes: Mapping[int, float], terms: Terms) -> float:
    """A6: cash that the buys take, less what the sells bring, costs included."""
    cash = 0.0
    for order in trading:
        size = sizes[order.symbol]
        price = _price(order, size, terms)
        cash += size * price + commission(size, price, terms.costs)
    return cash


def _inside_cash(trading: Sequence[Asked], terms: Terms, value: float, cash: float) -> Traded:
    """A6: one factor for all long targets, or for all covers, that the cash can pay for."""
    trades = _trades(trading, terms, value)
    floor = -max(terms.limits.net - 1, 0.0) * value

    def affordable(sizes: Sizes, rounding: float = 0.0) -> bool:
        return _need(trading, sizes, terms) <= cash - floor + rounding

    full = trades(1.0)
    if affordable(full.sizes, _ROUNDING * value):
        return full
    if affordable(trades(0.0).sizes):
        part = trades(_largest(lambda factor: affordable(trades(factor).sizes)))
    else:
        sold = trades(0.0)
        share = _largest(lambda share: affordable(_share_covers(trading, sold, share, terms)))
        part = Traded(_share_covers(trading, sold, share, terms), sold.reasons)
    for symbol, size in part.sizes.items():
        part.reasons[symbol] |= full.reasons[symbol]
        wanted = full.sizes[symbol]
        if abs(size - wanted) > _ROUNDING * max(abs(size), abs(wanted)):
            part.reasons[symbol].add("cash")
    return part


def _largest(affordable: Callable[[float], bool]) -> float:
    """Halve [0, 1] a hundred times, keeping what is affordable at the lower end.

    0 is taken for affordable: there is nothing below it.
    """
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if affordable(middle) else (low, middle)
    return low


def _share_covers(trading: Sequence[Asked], sold: Traded, share: float, terms: Terms) -> Sizes:
    """A6: the sells as they are and the same share of every buy."""
    sizes = dict(sold.sizes)
    for order in trading:
        size = sizes[order.symbol]
        if size > 0:
            size *= share
            sizes[order.symbol] = size if order.forced else _whole_lots(size, terms)
    return sizes


def _margin(book: Book, terms: Terms, equity: float) -> None:
    """A8: begin to liquidate, go on, or have done."""
    if not any(book.shares):
        book.liquidating = False
    elif equity < terms.limits.maintenance * book.exposure():
        book.liquidating = True


def _first_bar_gone(tables: Tables, symbol: int) -> float:
    """A2: the bar after the last close in the data; a symbol that never traded is never gone."""
    traded = [bar for bar, row in enumerate(tables.close) if not math.isnan(row[symbol])]
    return traded[-1] + 1 if traded else math.inf


def _where_none(reference: Sequence[float], last_close: Sequence[float]) -> list[float]:
    """A2: the prices that size orders."""
    return [
        latest if math.isnan(price) else price
        for price, latest in zip(reference, last_close, strict=True)
    ]


def _remember(tables: Tables, bar: int, book: Book) -> None:
    for symbol, price in enumerate(tables.close[bar]):
        if not math.isnan(price):
            book.last_close[symbol] = price
