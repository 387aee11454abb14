"""Wanted against held: every order, and the reason where it was not filled as wanted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.backtest.account import Books
from lstmtrader.backtest.decisions import Decisions
from lstmtrader.backtest.market import Market
from lstmtrader.backtest.reasons import ORIGINS, WORDS, Reason

_TOLERANCE = 1e-9
UNEXPLAINED = "unexplained"
_ORIGINS = {
    Reason.CARRIED: "carried",
    Reason.LIQUIDATED: "liquidation",
    Reason.DELISTED: "delisting",
}


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
        date (of the fill), symbol, wanted (the weight the strategy asked for; what was left of
        the decision, for a carried order; 0 for a forced one), achieved (the weight after the
        fills, as a fraction of the value that sized the orders), reason (``""`` if achieved is
        wanted, else a `Reason` in lower case), origin (``decision``, ``carried``, ``delisting``,
        ``liquidation``).
    """
    shares, flags = books.shares[:, 0], books.reasons[:, 0].copy()
    n_bars = len(shares)
    wanted, limited = np.full((2, *shares.shape), np.nan)
    there = decisions.bars < n_bars
    bars = decisions.bars[there]
    wanted[bars], limited[bars] = decisions.wanted[there], decisions.weights[there]
    flags[bars] |= decisions.reasons[there]

    carried = (flags & Reason.CARRIED) != 0
    if carried.any():
        left_over = pd.DataFrame(limited).ffill().to_numpy()
        wanted = np.where(carried, left_over, wanted)
    forced = (flags & (Reason.DELISTED | Reason.LIQUIDATED)) != 0
    wanted = np.where(forced, 0.0, wanted)

    bar, symbol = np.nonzero(~np.isnan(wanted))
    value = books.value[bar, 0]
    held = shares[bar, symbol]
    worth = np.where(held == 0, 0.0, held * market.sizing[bar, symbol])
    achieved = np.divide(worth, value, out=np.zeros_like(worth), where=value > 0)
    asked, why = wanted[bar, symbol], flags[bar, symbol]
    missed = np.abs(achieved - asked) > _TOLERANCE
    return pd.DataFrame(
        {
            "date": market.index[bar],
            "symbol": np.array(market.symbols, dtype=object)[symbol],
            "wanted": asked,
            "achieved": achieved,
            "reason": _reasons(why, missed),
            "origin": _origins(why),
        }
    )


def summarise(orders: pd.DataFrame, liquidations: pd.DatetimeIndex) -> str:
    """Say in one line what became of the orders."""
    total = len(orders)
    if not total:
        return "no orders"
    counts = orders["reason"].value_counts()
    as_wanted = int(counts.get("", 0))
    share = f"{np.floor(1000 * as_wanted / total) / 10:g}"
    parts = [f"{_count(total)} orders: {share} % as wanted"]
    words = {reason.name.lower(): text for reason, text in WORDS.items() if reason.name}
    for name in reversed(words):
        if name in counts:
            parts.append(f"{_count(int(counts[name]))} {words[name]}")
    if UNEXPLAINED in counts:
        parts.append(f"{_count(int(counts[UNEXPLAINED]))} {UNEXPLAINED}")
    delisted = orders.loc[orders["origin"] == "delisting", "symbol"].nunique()
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
            words[missed & ((flags & reason) != 0)] = reason.name.lower()
    return words


def _origins(flags: np.ndarray) -> np.ndarray:
    words = np.full(len(flags), "decision", dtype=object)
    for reason, word in _ORIGINS.items():
        words[(flags & reason) != 0] = word
    return words


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")
