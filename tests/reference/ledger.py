"""A slow account in plain Python, written from the rules of the backtest and from nothing else.

It exists to be read: no arrays, no shortcuts, no code of the package. Numbers go in as nested
lists, NaN where there is none. Where the rules leave something open it is decided here:

- A decision that leaves a symbol as it is counts with the latest target for it, inside the gross
  limit of its own row.
- An open before the first close of a symbol is no price: the position could not be marked.
- A delisted position that cannot be closed in full for want of cash is closed on as many later
  bars as it takes, always at the last close.
- A decision for a symbol that will never trade again is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Table = Sequence[Sequence[float]]

# A share count or a sum this far below what it is compared with is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Fill:
    """One fill: signed shares, the price before slippage, the price after it, fees in money."""

    bar: int
    symbol: int
    size: float
    reference: float
    price: float
    fees: float


@dataclass
class Account:
    """The account from the bar of the first decision on; bars are counted from there."""

    equity: list[float] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    shares: list[list[float]] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    scaled_longs: list[int] = field(default_factory=list)
    shared_covers: list[int] = field(default_factory=list)
    delisted: list[tuple[int, int]] = field(default_factory=list)
    scaled_to_gross: set[int] = field(default_factory=set)
    scaled_to_cash: set[int] = field(default_factory=set)
    ruined_on: int | None = None


@dataclass(frozen=True)
class Bar:
    """What sizes the orders of one bar."""

    weights: Mapping[int, float]
    reference: Sequence[float]
    shares: Sequence[float]
    value: float
    fees: float
    slippage: float

    def sizes(self, factor: float) -> dict[int, float]:
        """Shares to trade of each symbol when the long targets are scaled by a factor."""
        return {
            symbol: (weight * factor if weight > 0 else weight)
            * self.value
            / self.reference[symbol]
            - self.shares[symbol]
            for symbol, weight in self.weights.items()
        }

    def needs(self, sizes: Mapping[int, float]) -> float:
        """Cash that the buys take, less what the sells bring, costs included."""
        cash = 0.0
        for symbol, size in sizes.items():
            if size > 0:
                cash += size * self.reference[symbol] * (1 + self.slippage) * (1 + self.fees)
            else:
                cash += size * self.reference[symbol] * (1 - self.slippage) * (1 - self.fees)
        return cash


def keep_ledger(
    close: Table,
    open_: Table | None,
    decisions: Mapping[int, Sequence[float]],
    *,
    timing: str,
    fees: float,
    slippage: float,
    gross_limit: float,
    capital: float,
) -> Account:
    """Trade `decisions` (bar -> target weight of each symbol, NaN holds) in one account."""
    first, n_bars, n_symbols = min(decisions), len(close), len(close[0])
    lag = 0 if timing == "same_close" else 1
    account = Account()
    orders, carried = {}, [0.0] * n_symbols
    for bar in sorted(decisions):
        row = decisions[bar]
        scaled = _inside_limits(row, carried, fees, slippage, gross_limit)
        orders[bar + lag], to_gross, to_cash = scaled
        if to_gross < 1:
            account.scaled_to_gross.add(bar - first)
        if to_cash < 1:
            account.scaled_to_cash.add(bar - first)
    gone_from = [_first_bar_gone(close, first, symbol) for symbol in range(n_symbols)]

    cash = capital
    shares = [0.0] * n_symbols
    last_close = [math.nan] * n_symbols
    for bar in range(first):
        _remember(close[bar], last_close)

    for bar in range(first, n_bars):
        if timing != "next_open":
            _remember(close[bar], last_close)
        traded_at = open_[bar] if timing == "next_open" else close[bar]  # type: ignore[index]
        target = list(orders.get(bar, [math.nan] * n_symbols))
        reference = list(traded_at)
        for symbol in range(n_symbols):
            gone = gone_from[symbol] is not None and bar >= gone_from[symbol]
            if gone and shares[symbol] != 0:
                if bar == gone_from[symbol]:
                    account.delisted.append((bar - first, symbol))
                target[symbol], reference[symbol] = 0.0, last_close[symbol]
            elif gone or (math.isnan(last_close[symbol]) and math.isnan(close[bar][symbol])):
                reference[symbol] = math.nan

        # Rule 2: one value sizes every order of the bar, before costs.
        sized_at = [
            last_close[symbol] if math.isnan(reference[symbol]) else reference[symbol]
            for symbol in range(n_symbols)
        ]
        value = cash
        for symbol in range(n_symbols):
            if shares[symbol] != 0:
                value += shares[symbol] * sized_at[symbol]

        if value <= 0:  # Rule 8, when orders are sized
            account.cash.append(cash)
            account.shares.append(list(shares))
            account.equity.append(0.0)
            account.ruined_on = bar - first
            break

        weights: dict[int, float] = {}
        for symbol in range(n_symbols):
            if math.isnan(target[symbol]):
                continue
            if math.isnan(reference[symbol]):
                account.dropped.append((bar - first, symbol))
            else:
                weights[symbol] = target[symbol]

        # Rule 7: one factor for all long targets, by halving the interval it must lie in.
        bar_of = Bar(weights, reference, shares, value, fees, slippage)
        to_trade = bar_of.sizes(1.0)
        if bar_of.needs(to_trade) > cash * (1 + _ROUNDING):
            if bar - lag in decisions:
                account.scaled_to_cash.add(bar - lag - first)
            if bar_of.needs(bar_of.sizes(0.0)) <= cash:
                account.scaled_longs.append(bar - first)
                low, high = 0.0, 1.0
                for _ in range(100):
                    middle = (low + high) / 2
                    enough = bar_of.needs(bar_of.sizes(middle)) <= cash
                    low, high = (middle, high) if enough else (low, middle)
                to_trade = bar_of.sizes(low)
            else:
                account.shared_covers.append(bar - first)
                to_trade = bar_of.sizes(0.0)
                sells = {s: size for s, size in to_trade.items() if size < 0}
                covers = {s: size for s, size in to_trade.items() if size > 0}
                share = max(cash - bar_of.needs(sells), 0.0) / bar_of.needs(covers)
                to_trade = {s: size * share if size > 0 else size for s, size in to_trade.items()}

        # Rule 3.
        for size, symbol in sorted((size, symbol) for symbol, size in to_trade.items()):
            if size == 0:
                continue
            price = reference[symbol] * (1 - slippage if size < 0 else 1 + slippage)
            fee = abs(size) * price * fees
            cash = max(cash - size * price - fee, 0.0)
            held = shares[symbol] + size
            if abs(held) <= _ROUNDING * max(abs(shares[symbol]), abs(size)):
                held = 0.0
            shares[symbol] = held
            account.fills.append(Fill(bar - first, symbol, size, reference[symbol], price, fee))

        # Rule 5: marked at the close, after the day's trades.
        _remember(close[bar], last_close)
        equity = cash
        for symbol in range(n_symbols):
            if shares[symbol] != 0:
                equity += shares[symbol] * last_close[symbol]
        account.cash.append(cash)
        account.shares.append(list(shares))
        account.equity.append(max(equity, 0.0))
        if equity <= 0:
            account.ruined_on = bar - first
            break
    return account


def _inside_limits(
    row: Sequence[float],
    carried: list[float],
    fees: float,
    slippage: float,
    gross_limit: float,
) -> tuple[list[float], float, float]:
    """Scale a decision pro rata into the gross limit, then into the cash left after costs.

    `carried` holds the latest target of each symbol; it is brought up to date.
    """
    stated = [symbol for symbol, weight in enumerate(row) if not math.isnan(weight)]
    gross = sum(abs(row[symbol]) for symbol in stated)
    net = sum(row[symbol] for symbol in stated)
    others = [carried[symbol] for symbol in range(len(row)) if symbol not in stated]
    gross_room = max(gross_limit - sum(abs(weight) for weight in others), 0.0)
    to_gross = gross_room / gross if gross > gross_room else 1.0
    cost_of_a_buy = (1 + slippage) * (1 + fees) - 1
    reserve = 2 * cost_of_a_buy * max(1.0, gross_limit)
    cash_room = max(1 / (1 + reserve) - sum(others), 0.0)
    to_cash = cash_room / (net * to_gross) if net * to_gross > cash_room else 1.0
    for symbol in stated:
        carried[symbol] = row[symbol] * (gross_limit / gross if gross > gross_limit else 1.0)
    return [weight * (to_gross * to_cash) for weight in row], to_gross, to_cash


def _first_bar_gone(close: Table, first: int, symbol: int) -> int | None:
    """Return the bar after the last one with a close, if it traded and then stopped."""
    traded = [bar for bar in range(first, len(close)) if not math.isnan(close[bar][symbol])]
    if not traded or traded[-1] == len(close) - 1:
        return None
    return traded[-1] + 1


def _remember(row: Sequence[float], last_close: list[float]) -> None:
    for symbol, price in enumerate(row):
        if not math.isnan(price):
            last_close[symbol] = price
