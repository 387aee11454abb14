"""Tables of what was held and traded, as rows of text."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lstmtrader.backtest.reasons import WORDS
from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.tables import Table, table
from lstmtrader.report.wording import count, date, number, percent

_SHOWN = 50
_EXTREMES = 10
_MOST_NAMES = 25
# Not the return of the prices: a position that was built up or trimmed has several.
_SHARE = "Gain / largest value"
_REASONS = {reason.name.lower(): text for reason, text in WORDS.items() if reason.name}


def extreme_trips(trips: pd.DataFrame, *, best: bool) -> Table:
    """Return the round trips that earned most, or lost most, up to ten.

    Parameters
    ----------
    trips : DataFrame
        symbol, side, opened, closed (NaT for an open one), bars, entry, exit, pnl, ret, fees.
    best : bool
        Those with a gain, else those with a loss.
    """
    if trips.empty:
        return table(["Symbol"], [])
    kept = trips[trips["pnl"] > 0] if best else trips[trips["pnl"] < 0]
    kept = kept.sort_values("pnl", ascending=not best, kind="stable")
    rows = [
        (
            str(trip["symbol"]),
            _side(trip["side"]),
            date(trip["opened"]),
            "still open" if pd.isna(trip["closed"]) else date(trip["closed"]),
            count(trip["bars"]),
            number(trip["entry"]),
            number(trip["exit"]),
            percent(trip["ret"]),
            count(trip["pnl"]),
        )
        for trip in kept.head(_EXTREMES).to_dict("records")
    ]
    columns = ["Symbol", "Side", "Opened", "Closed", "Bars", "Entry", "Exit", _SHARE, "Gain"]
    return table(columns, rows, len(kept))


def trips_by_side(trips: pd.DataFrame) -> Table:
    """Return how many round trips there were and what they earned, by side and in all."""
    if trips.empty:
        return table(["Side"], [])
    rows = []
    sides = trips["side"].map(_side)
    for name in [*sorted(sides.unique()), "All"]:
        some = trips if name == "All" else trips[sides == name]
        closed = some[some["closed"].notna()]
        won = float((closed["pnl"] > 0).mean()) if len(closed) else math.nan
        rows.append(
            (
                name.capitalize(),
                count(len(some)),
                count(len(some) - len(closed)),
                percent(won),
                percent(float(some["ret"].mean()), 2),
                number(float(some["bars"].median()), 0),
                count(float(some["pnl"].sum())),
                count(float(some["fees"].sum())),
            )
        )
    columns = ["Side", "Round trips", "Still open", "With a gain", f"{_SHARE}, mean", "Median bars"]
    return table([*columns, "Gain", "Fees"], rows[-1:] if len(rows) == 2 else rows)


def holdings_table(account: TrackRecord, trips: pd.DataFrame) -> Table:
    """Return what was held of each symbol, the largest by mean size first, up to 25."""
    weights = account.weights
    size = weights.abs()
    mean = size.mean().sort_values(ascending=False, kind="stable")
    names = [name for name in mean.index if mean[name] > 0]
    gains = trips.groupby("symbol")["pnl"].sum() if not trips.empty else pd.Series(dtype=float)
    rows = [
        (
            str(name),
            percent(float(weights[name].mean())),
            percent(float(mean[name])),
            percent(float(size[name].max())),
            percent(float((weights[name] != 0).mean())),
            count(float(gains.get(name, math.nan))),
        )
        for name in names[:_MOST_NAMES]
    ]
    columns = ["Symbol", "Mean weight", "Mean size", "Largest", "Bars held", "Gain"]
    shown = columns if not gains.empty else columns[:-1]
    return table(shown, [row[: len(shown)] for row in rows], len(names))


def order_words(account: TrackRecord) -> str:
    """Say in one sentence what became of the orders; no line breaks before a percent sign."""
    return f"{account.order_summary()}.".replace(" %", "\u202f%")


def reasons_table(orders: pd.DataFrame) -> Table:
    """Return how many orders met with each reason, and by how much they missed."""
    if orders.empty:
        return table(["Reason"], [])
    missed = (orders["achieved"] - orders["wanted"]).abs()
    by_reason = missed.groupby(orders["reason"].astype(str)).agg(["size", "mean", "max"])
    by_reason = by_reason.sort_values("size", ascending=False, kind="stable")
    rows = [
        (
            "as wanted" if reason == "" else _REASONS.get(str(reason), str(reason)),
            count(row["size"]),
            percent(row["size"] / len(orders)),
            percent(row["mean"], 3),
            percent(row["max"], 2),
        )
        for reason, row in by_reason.iterrows()
    ]
    return table(["Filled", "Orders", "Share", "Missed weight, mean", "Most"], rows)


def unfilled_table(unfilled: pd.DataFrame) -> Table:
    """Orders that were not filled as wanted, the first fifty."""
    rows = [
        (
            date(row["date"]),
            str(row["symbol"]),
            percent(row["wanted"], 2),
            percent(row["achieved"], 2),
            _REASONS.get(str(row["reason"]), str(row["reason"])),
        )
        for row in unfilled.head(_SHOWN).to_dict("records")
    ]
    return table(["Date", "Symbol", "Wanted", "Held", "Reason"], rows, len(unfilled))


def delisted_table(delisted: pd.DataFrame) -> Table:
    """Positions closed because the symbol stopped trading, the first fifty."""
    rows = [
        (date(row["date"]), str(row["symbol"]), number(row["price"], 4))
        for row in delisted.head(_SHOWN).to_dict("records")
    ]
    return table(["Date", "Symbol", "Last close"], rows, len(delisted))


def _side(side: Any) -> str:
    if isinstance(side, str):
        return side
    return "long" if side > 0 else "short"
