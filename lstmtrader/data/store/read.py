"""Reading the store: many symbols side by side as a `PriceFrame`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lstmtrader.clock import Calendar
from lstmtrader.data.store.adjust import adjust, cash_dividends
from lstmtrader.data.store.ranges import instants
from lstmtrader.data.store.schema import seen_at
from lstmtrader.data.store.vintage import latest
from lstmtrader.data.store.wide import read_wide
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection

_FIRST, _LAST = datetime.date.min, datetime.date.max


def read_frame(
    connection: Connection,
    known: pd.DataFrame,
    *,
    interval: str,
    days: tuple[datetime.date | None, datetime.date | None],
    vintage: int | None,
    adjusted: bool,
    complete: bool,
    calendar: Calendar,
) -> PriceFrame:
    """Read the series in the rows of `known`, in that order.

    Parameters
    ----------
    adjusted : bool
        Whether prices are adjusted for distributions and splits. Otherwise they are as the source
        gave them, and the distributions of these days (dividends and capital gains) are the
        `dividends` of the frame, None if there are none. Splits are adjusted for by the source or
        not at all then: where `split_adjusted` is False and a split is inside the days, its jump
        stays in the prices, and an account that trades on them takes it for a loss.
    complete : bool
        Whether a symbol without a close in these days is an error; otherwise it is left out.

    Raises
    ------
    DataError
        For a symbol without a close, and for a distribution that is not below the close before
        it, adjusted or not: an account would grow rich on it.
    """
    import pyarrow as pa

    known = known.assign(column=np.arange(len(known)))
    bounds = _bounds(known, interval, days)
    connection.register(
        "wanted",
        pa.table({"series": known["series"].to_numpy(), "column": known["column"].to_numpy()}),
    )
    seen = seen_at(vintage, "b")
    bars = read_wide(connection, seen, known["series"].to_numpy(), bounds)
    close = bars.fields["close"]
    _require_closes(connection, known, close, seen, complete)
    actions, symbols = _actions(connection, known, bounds, vintage), tuple(known.index)
    kept = np.ones(len(known), dtype=bool)
    if not complete:
        kept = ~np.isnan(close).all(axis=1)
    if adjusted:
        without_close = (np.isnan(close) & bars.present).any()
        earlier = _closes_before(connection, bounds, seen) if without_close else {}
        adjust(bars, symbols, actions, earlier)
    else:
        paid = cash_dividends(bars, symbols, actions)
        if paid is not None and not np.isnan(paid[kept]).all():
            bars.fields["dividends"] = paid
    index, columns = pd.DatetimeIndex(bars.times), pd.Index(known.index[kept], name=None)
    for values in bars.fields.values():
        values.setflags(write=False)  # final: a `PriceFrame` need not copy them
    frames = {
        name: pd.DataFrame((values if kept.all() else values[kept]).T, index, columns, copy=False)
        for name, values in bars.fields.items()
        if name == "close" or not np.isnan(values).all()
    }
    newest = latest(connection)
    label = str(newest.id if vintage is None and newest is not None else vintage)
    return PriceFrame(**frames, calendar=calendar, vintage=label)


def _bounds(
    known: pd.DataFrame, interval: str, days: tuple[datetime.date | None, datetime.date | None]
) -> np.ndarray:
    """Return when the days begin and end for each series, of shape (n_symbols, 2)."""
    start, end = days
    zones = [None if pd.isna(name) else str(name) for name in known["timezone"]]
    by_zone = {name: instants(start or _FIRST, end or _LAST, interval, name) for name in set(zones)}
    return np.array([by_zone[name] for name in zones], dtype="datetime64[us]")


def _require_closes(
    connection: Connection, known: pd.DataFrame, close: np.ndarray, seen: str, complete: bool
) -> None:
    empty = known.index[np.isnan(close).all(axis=1)]
    if not len(empty) or (not complete and len(empty) < len(known)):
        return
    symbol = empty[0]
    [(first, last)] = connection.execute(
        f'SELECT min("time"), max("time") FROM bars b WHERE series = ? AND {seen} '
        'AND NOT isnan("close")',
        [int(known.loc[symbol, "series"])],
    ).fetchall()
    has = "none at all" if first is None else f"those from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    raise DataError(
        f"{symbol}: no close between these days; the store has {has}; "
        "leave the symbol out, or change start and end"
    )


def _actions(
    connection: Connection, known: pd.DataFrame, bounds: np.ndarray, vintage: int | None
) -> pd.DataFrame:
    """Return the actions until the last day, without the splits that are adjusted for."""
    actions = connection.execute(
        'SELECT w."column", a."time", a.kind, a."value" FROM actions a '
        f"JOIN wanted w ON w.series = a.series WHERE {seen_at(vintage, 'a')} "
        'ORDER BY w."column", a."time", a.kind, a."value"'
    ).df()
    column = actions["column"].to_numpy()
    done = known["split_adjusted"].to_numpy(dtype=bool)[column]
    counts = (actions["time"].to_numpy() < bounds[column, 1]) & ~(
        done & (actions["kind"] == "split").to_numpy()
    )
    return actions[counts]


def _closes_before(connection: Connection, bounds: np.ndarray, seen: str) -> dict[int, float]:
    """Return the last close before the first day, for every column that has one."""
    import pyarrow as pa

    connection.register(
        "beginnings", pa.table({"column": np.arange(len(bounds)), "start": bounds[:, 0]})
    )
    rows = connection.execute(
        'SELECT w."column", arg_max(b."close", b."time") FROM bars b '
        'JOIN wanted w ON w.series = b.series JOIN beginnings s ON s."column" = w."column" '
        f'WHERE {seen} AND b."time" < s.start AND NOT isnan(b."close") GROUP BY 1'
    ).fetchall()
    return {int(column): float(close) for column, close in rows}
