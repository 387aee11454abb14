"""Reading the store: many symbols side by side as a `PriceFrame`, or one as it was fetched."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lstmtrader.clock import Calendar
from lstmtrader.data.history import BAR_FIELDS, SymbolHistory
from lstmtrader.data.provider import require_symbols
from lstmtrader.data.store.adjust import adjust
from lstmtrader.data.store.ranges import instants
from lstmtrader.data.store.schema import seen_at
from lstmtrader.data.store.wide import read_wide
from lstmtrader.errors import DataError, UnknownSymbolError
from lstmtrader.prices import PriceFrame

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection

_FIRST, _LAST = datetime.date.min, datetime.date.max


def known_series(
    connection: Connection, provider: str, interval: str, vintage: int | None
) -> pd.DataFrame:
    """Return the series of a provider, by symbol: series, split_adjusted and the other facts."""
    limit = "" if vintage is None else f"AND f.id <= {vintage}"
    return (
        connection.execute(
            "SELECT s.symbol, s.id AS series, arg_max(f.split_adjusted, f.id) AS split_adjusted, "
            "arg_max(f.currency, f.id) AS currency, arg_max(f.exchange, f.id) AS exchange, "
            "arg_max(f.timezone, f.id) AS timezone FROM series s JOIN fetches f ON f.series = s.id "
            f'WHERE s.provider = ? AND s."interval" = ? {limit} GROUP BY ALL ORDER BY s.symbol',
            [provider, interval],
        )
        .df()
        .set_index("symbol")
    )


def require_known(wanted: Sequence[str], known: pd.DataFrame, source: str) -> None:
    """Raise an `UnknownSymbolError` for the first symbol that the store does not have."""
    if known.empty:
        raise UnknownSymbolError(f"{source} has no symbols; download some first")
    require_symbols(wanted, tuple(known.index), source)


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
    label: str,
) -> PriceFrame:
    """Read the series in the rows of `known`, in that order.

    Parameters
    ----------
    complete : bool
        Whether a symbol without a close in these days is an error; otherwise it is left out.
    label : str
        The vintage, for the record.
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
    if adjusted:
        without_close = (np.isnan(close) & bars.present).any()
        earlier = _closes_before(connection, bounds, seen) if without_close else {}
        adjust(bars, tuple(known.index), _actions(connection, known, bounds, vintage), earlier)
    kept = np.ones(len(known), dtype=bool)
    if not complete:
        kept = ~np.isnan(close).all(axis=1)
    index, columns = pd.DatetimeIndex(bars.times), pd.Index(known.index[kept], name=None)
    for values in bars.fields.values():
        values.setflags(write=False)  # final: a `PriceFrame` need not copy them
    frames = {
        name: pd.DataFrame((values if kept.all() else values[kept]).T, index, columns, copy=False)
        for name, values in bars.fields.items()
        if name == "close" or not np.isnan(values).all()
    }
    return PriceFrame(**frames, calendar=calendar, vintage=label)


def read_history(
    connection: Connection, symbol: str, facts: pd.Series, interval: str, vintage: int | None
) -> SymbolHistory:
    """Read one series as it was fetched: raw bars, and actions by time, kind and value."""
    series = int(facts["series"])
    bars = connection.execute(
        f'SELECT "time", {", ".join(map(_quoted, BAR_FIELDS))} FROM bars b '
        f'WHERE series = ? AND {seen_at(vintage, "b")} ORDER BY "time"',
        [series],
    ).df()
    actions = connection.execute(
        f'SELECT "time", kind, "value" FROM actions a WHERE series = ? '
        f'AND {seen_at(vintage, "a")} ORDER BY "time", kind, "value"',
        [series],
    ).df()
    currency, exchange, timezone = (
        None if pd.isna(facts[name]) else str(facts[name])
        for name in ("currency", "exchange", "timezone")
    )
    return SymbolHistory(
        symbol=symbol,
        interval=interval,
        bars=bars.set_index("time"),
        actions=actions.astype({"kind": object}).set_index("time"),
        split_adjusted=bool(facts["split_adjusted"]),
        currency=currency,
        exchange=exchange,
        timezone=timezone,
    )


def _quoted(name: str) -> str:
    return f'"{name}"'


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
