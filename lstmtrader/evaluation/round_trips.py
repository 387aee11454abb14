"""Round trips: positions from flat to flat, and what each of them was worth.

A fill that turns a long position into a short one closes one round trip and opens another; its
fees are shared by the shares. Fills between the first and the last are part of the trip. What is
open at the end counts as sold at the last close, without costs.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.backtest.track_record import TrackRecord

# Below this fraction of a fill what is left is rounding.
_FLAT = 1e-9


def round_trips(record: TrackRecord) -> pd.DataFrame:
    """Return every position from flat to flat, by the bar of its first fill.

    Parameters
    ----------
    record : TrackRecord

    Returns
    -------
    DataFrame of shape (n_trips, 10)
        ``symbol``; ``side``, 1 or -1; ``opened`` and ``closed``, bars of the first and the last
        fill, NaT for what is open at the end; ``bars`` between them, or to the last bar; ``entry``
        and ``exit``, average prices after slippage of all fills that added and that took away, the
        last close for what is open; ``pnl``, money after slippage and fees; ``ret``, `pnl` over
        the largest value that the position had after a fill; ``fees``, money.

        The sum of `pnl` and of what was received, less interest and borrowing fees paid, is what
        the account gained. An account that is ruined ends at zero, whatever its positions were
        worth: what is open then is closed on that bar, and the difference is shared among them by
        their last known value.
    """
    fills = _parts(record)
    first = np.flatnonzero(fills["opens"])
    if not len(first):
        return _table(np.array([], dtype=object), record, *[np.array([])] * 9)
    last = np.append(first[1:], len(fills["size"])) - 1
    size, price, held = fills["size"], fills["price"], fills["held"]
    side = np.sign(size[first])
    shares, cash = np.abs(size), -size * price
    adds = np.repeat(side, last - first + 1) * size > 0

    def total(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, first)

    left, ends = held[last], fills["bar"][last]
    is_open = left != 0
    fees = total(fills["fees"])
    worth = np.where(is_open, _worth(record, fills["symbol"][last], left, ends, price[last]), 0.0)
    if record.ruined_on is not None:
        spent = float(fees.sum() - cash.sum())
        worth = worth + _settlement(record, spent, worth, ends, shares[last] * price[last])
        is_open = np.zeros_like(is_open)
        ends = np.where(left != 0, len(record.equity) - 1, ends)
    returned = total(np.where(adds, 0.0, cash)) + worth
    sold = total(np.where(adds, 0.0, shares)) + np.abs(left)
    pnl = total(cash) - fees + worth
    most = np.maximum.reduceat(np.abs(held) * price, first)
    names = np.asarray(record.weights.columns, dtype=object)[fills["symbol"][first]]
    return _table(
        names, record, side, fills["bar"][first], ends, is_open,
        total(np.where(adds, -cash, 0.0)) * side / total(np.where(adds, shares, 0.0)),
        returned * side / sold, pnl, pnl / most, fees,
    )  # fmt: skip


def trade_figures(trips: pd.DataFrame) -> dict[str, float]:
    """Return what round trips have in common; those still open count at the last close.

    Parameters
    ----------
    trips : DataFrame
        As `round_trips` gives them.

    Returns
    -------
    dict of str to float
        ``n_trades``; ``n_open``; ``winners``, the fraction with a gain after costs;
        ``profit_factor``, money gained over money lost, NaN without a loss; ``average_bars``;
        ``best`` and ``worst``, of `ret`. NaN without any.
    """
    pnl, n = trips["pnl"].to_numpy(dtype=np.float64), len(trips)
    lost = -float(pnl[pnl < 0].sum())
    return {
        "n_trades": float(n),
        "n_open": float(trips["closed"].isna().sum()),
        "winners": float((pnl > 0).mean()) if n else math.nan,
        "profit_factor": float(pnl[pnl > 0].sum()) / lost if lost else math.nan,
        "average_bars": float(trips["bars"].mean()) if n else math.nan,
        "best": float(trips["ret"].max()) if n else math.nan,
        "worst": float(trips["ret"].min()) if n else math.nan,
    }


def _parts(record: TrackRecord) -> dict[str, np.ndarray]:
    """Fills by symbol and bar, those that change the side cut in two.

    Keys bar, symbol, size, price, fees; held, shares after the fill; opens, True for the first of
    a round trip.
    """
    trades, index = record.trades, record.equity.index
    bar = index.get_indexer(pd.DatetimeIndex(trades["date"]))
    symbol = record.weights.columns.get_indexer(trades["symbol"])
    order = np.lexsort((bar, symbol))
    bar, symbol = bar[order], symbol[order]
    size, price, fees = (
        trades[name].to_numpy(dtype=np.float64)[order] for name in ("size", "price", "fees")
    )
    held = pd.Series(size).groupby(symbol).cumsum().to_numpy()
    # The account says when it is flat; sums of sizes only nearly do. A ruined one holds nothing.
    flat = record.weights.to_numpy()[bar, symbol] == 0
    if record.ruined_on is not None:
        flat &= (bar < len(index) - 1) | (np.abs(held) <= _FLAT * np.abs(size))
    held = np.where(flat, 0.0, held)
    before = np.where(np.diff(symbol, prepend=-1) != 0, 0.0, np.roll(held, 1))
    turns = before * held < 0
    copies = np.repeat(np.arange(len(size)), 1 + turns)
    second = np.diff(copies, prepend=-1) == 0
    turned = turns[copies]
    part = np.where(turned, np.where(second, held[copies], -before[copies]), size[copies])
    return {
        "bar": bar[copies],
        "symbol": symbol[copies],
        "size": part,
        "price": price[copies],
        "fees": fees[copies] * np.abs(part) / np.abs(size[copies]),
        "held": np.where(turned & ~second, 0.0, held[copies]),
        "opens": np.where(turned, second, before[copies] == 0),
    }


def _worth(
    record: TrackRecord, symbol: np.ndarray, left: np.ndarray, bar: np.ndarray, price: np.ndarray
) -> np.ndarray:
    """Value of what is held at the end, or last known to have had where the account was ruined."""
    at = len(record.equity) - (1 if record.ruined_on is None else 2)
    value: np.ndarray = np.asarray(left * price)
    if at < 0:
        return value
    known = (record.weights.iloc[at] * record.equity.iloc[at]).to_numpy()[symbol]
    return np.asarray(np.where(bar <= at, known, value))


def _settlement(
    record: TrackRecord, spent: float, worth: np.ndarray, ends: np.ndarray, closing: np.ndarray
) -> np.ndarray:
    """Share what a ruined account did not keep, or did not have to pay, among what it held."""
    nights = record.received.to_numpy().sum() - sum(
        float(record.costs_paid[kind].sum())
        for kind in ("debit", "borrow")
        if kind in record.costs_paid
    )
    missing = -record.capital - float(nights) + spent - float(worth.sum())
    by = np.abs(worth)
    if not by.any():  # everything was closed on the bar of the ruin
        by = np.where(ends == len(record.equity) - 1, closing, 0.0)
    return missing * by / by.sum() if by.any() else np.zeros_like(by)


def _table(
    symbol: np.ndarray, record: TrackRecord, side: np.ndarray, opened: np.ndarray,
    ends: np.ndarray, is_open: np.ndarray, entry: np.ndarray, exit_: np.ndarray,
    pnl: np.ndarray, ret: np.ndarray, fees: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    index = record.equity.index
    opened, is_open = opened.astype(np.intp), is_open.astype(bool)
    stops = np.where(is_open, len(index) - 1, ends).astype(np.intp)
    closed = index[stops]
    table = pd.DataFrame(
        {
            "symbol": pd.Series(symbol, dtype=object),
            "side": side.astype(np.int64),
            "opened": index[opened],
            "closed": closed.where(~is_open),
            "bars": (stops - opened).astype(np.int64),
            "entry": entry,
            "exit": exit_,
            "pnl": pnl,
            "ret": ret,
            "fees": fees,
        }
    )
    return table.iloc[np.lexsort((np.arange(len(table)), opened))].reset_index(drop=True)
