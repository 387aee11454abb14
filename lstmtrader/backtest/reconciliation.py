"""Wanted against held: every order, and the reason where it was not filled as wanted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.backtest.books import Books
from lstmtrader.backtest.decisions import Decisions
from lstmtrader.backtest.market import Market
from lstmtrader.backtest.reasons import ORIGINS, WORDS, Reason, marked

_ROUNDING = 1e-9
_AS_WANTED = 1e-3
UNEXPLAINED = "unexplained"


def reconcile(market: Market, books: Books, decisions: Decisions) -> pd.DataFrame:
    """List every order of one account on its fill bar.

    Parameters
    ----------
    market : Market
    books : Books
        Of one account.
    decisions : Decisions

    Returns
    -------
    DataFrame
        date (of the fill), symbol, wanted (the weight the strategy asked for, scaled to the
        target volatility where there is one; what was left of the decision, for a carried order;
        0 for a forced one), achieved (the weight after the fills, as a fraction of the value that
        sized the orders), reason (``""`` if achieved is wanted, else a `Reason` in lower case),
        origin (``decision``, ``carried``, ``delisting``, ``liquidation``).
    """
    shares, flags = books.shares[:, 0], books.reasons[:, 0].copy()
    n_bars = len(shares)
    wanted, limited = np.full((2, *shares.shape), np.nan)
    there = decisions.bars < n_bars
    bars = decisions.bars[there]
    wanted[bars], limited[bars] = decisions.wanted[there], decisions.weights[there]
    flags[bars] |= decisions.reasons[there]

    carried = marked(flags, Reason.CARRIED)
    if carried.any():
        left_over = pd.DataFrame(limited).ffill().to_numpy()
        wanted = np.where(carried, left_over, wanted)
    forced = marked(flags, Reason.DELISTED | Reason.LIQUIDATED)
    tables = []
    for force, asked in ((False, ~np.isnan(wanted)), (True, forced)):
        bar, symbol = np.nonzero(asked)
        goal = np.zeros(len(bar)) if force else wanted[bar, symbol]
        held, value = shares[bar, symbol], books.value[bar, 0]
        worth = np.where(held == 0, 0.0, held * market.sizing[bar, symbol])
        achieved = np.divide(worth, value, out=np.zeros_like(worth), where=value > 0)
        why = flags[bar, symbol]
        tables.append(
            pd.DataFrame(
                {
                    "date": market.index[bar],
                    "symbol": np.array(market.symbols, dtype=object)[symbol],
                    "wanted": goal,
                    "achieved": achieved,
                    "reason": _reasons(why, np.abs(achieved - goal) > _ROUNDING),
                    "origin": _origins(why, forced=force),
                }
            )
        )
    if not forced.any():
        return tables[0]
    both = pd.concat(tables, ignore_index=True)
    return both.sort_values("date", kind="stable", ignore_index=True)


def fell_short(orders: pd.DataFrame) -> pd.DataFrame:
    """Keep the orders that missed more than a thousandth of what was wanted, the worst first.

    Scaling a whole decision by the two basis points that its costs take is no news of an order.
    """
    gap = (orders["achieved"] - orders["wanted"]).abs()
    missed = (orders["reason"] != "") & (gap > _AS_WANTED * orders["wanted"].abs())
    ordered = gap[missed].sort_values(ascending=False, kind="stable").index
    return orders.loc[ordered].reset_index(drop=True)


def summarise(orders: pd.DataFrame, liquidations: pd.DatetimeIndex) -> str:
    """Say in one line what became of the orders."""
    total = len(orders)
    if not total:
        return "no orders"
    short = fell_short(orders)
    # Rounded down: what is not all is not 100 %.
    share = np.floor(1000 * (1 - len(short) / total) + 1e-9) / 10
    parts = [f"{_count(total)} orders: {share:g} % as wanted"]
    counts = short["reason"].value_counts()
    words = {reason.name.lower(): text for reason, text in WORDS.items() if reason.name}
    for name, text in [*reversed(words.items()), (UNEXPLAINED, UNEXPLAINED)]:
        if name in counts:
            parts.append(f"{_count(int(counts[name]))} {text}")
    delisted = int((orders["origin"] == "delisting").sum())
    if delisted:
        parts.append(f"{_count(delisted)} closed at delisting")
    if len(liquidations):
        parts.append(f"sold off for want of margin on {_count(len(liquidations))} bars")
    return "; ".join(parts)


def _reasons(flags: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Name the highest flag of each order that was missed."""
    words = np.full(len(flags), "", dtype=object)
    words[missed] = UNEXPLAINED
    for reason in Reason:
        if not reason & ORIGINS and reason.name:
            words[missed & marked(flags, reason)] = reason.name.lower()
    return words


def _origins(flags: np.ndarray, *, forced: bool) -> np.ndarray:
    if not forced:
        return np.where(marked(flags, Reason.CARRIED), "carried", "decision").astype(object)
    delisted = marked(flags, Reason.DELISTED)
    return np.where(delisted, "delisting", "liquidation").astype(object)


def _count(number: int) -> str:
    # Narrow, and no line may break there.
    return f"{number:,}".replace(",", "\u202f")
