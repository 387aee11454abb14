"""From long rows in the store to wide arrays, batch by batch: no pivot, no second copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection

FIELDS = ("open", "high", "low", "close", "volume")
_BATCH = 122_880  # rows: one row group of DuckDB, small enough for a processor's cache
_LARGEST_TABLE = 20_000_000


@dataclass(frozen=True, eq=False)
class WideBars:
    """Bars side by side.

    Parameters
    ----------
    times : datetime64 array of shape (n_bars,)
        Sorted, unique.
    fields : dict of name to float64 array of shape (n_symbols, n_bars)
        NaN where there is none. The transposed arrays are frames as pandas keeps them.
    present : bool array of shape (n_symbols, n_bars)
        Where the symbol has a bar, be it without prices.
    """

    times: np.ndarray
    fields: dict[str, np.ndarray]
    present: np.ndarray


def read_wide(
    connection: Connection, seen: str, series: np.ndarray, bounds: np.ndarray
) -> WideBars:
    """Read the bars of some series into the rows of wide arrays.

    Parameters
    ----------
    connection : DuckDBPyConnection
        With a table ``wanted`` that has the series.
    seen : str
        Condition for the rows that count, of table ``b``.
    series : array of shape (n_symbols,)
    bounds : datetime64 array of shape (n_symbols, 2)
        When the days of each series begin, and when they have ended.
    """
    rows = f"FROM bars b WHERE {seen} AND b.series IN (SELECT series FROM wanted)"
    earliest, latest = bounds[:, 0].min(), bounds[:, 1].max()
    rows += f" AND b.\"time\" >= TIMESTAMP '{earliest}' AND b.\"time\" < TIMESTAMP '{latest}'"
    found = connection.sql(f'SELECT DISTINCT b."time" {rows}').to_arrow_table()
    times = np.sort(found["time"].to_numpy())
    row_of = _row_finder(times.view(np.int64))
    offset = np.full(int(series.max()) + 1, -1)
    offset[series] = np.arange(len(series)) * len(times)
    shape = (len(series), len(times))
    fields = {name: np.full(shape, np.nan) for name in FIELDS}
    present = np.zeros(shape, dtype=bool)
    columns = ", ".join(f'b."{name}"' for name in ("series", "time", *FIELDS))
    differing = bool((bounds != bounds[0]).any())
    for batch in connection.sql(f"SELECT {columns} {rows}").to_arrow_reader(_BATCH):
        start = offset[batch["series"].to_numpy()]
        moments = batch["time"].to_numpy()
        place = start + row_of(moments.view(np.int64))
        inside: slice | np.ndarray = slice(None)
        if differing:
            symbol = start // max(len(times), 1)
            inside = (bounds[symbol, 0] <= moments) & (moments < bounds[symbol, 1])
        place = place[inside]
        values = {name: batch[name].to_numpy()[inside] for name in FIELDS}
        for there, here in _stretches(place):
            present.reshape(-1)[there] = True
            for name, wide in fields.items():
                wide.reshape(-1)[there] = values[name][here]
    if not differing:
        return WideBars(times, fields, present)
    kept = present.any(axis=0)  # the moments that some zone's days leave out
    return WideBars(
        times[kept], {name: wide[:, kept] for name, wide in fields.items()}, present[:, kept]
    )


def _stretches(place: np.ndarray) -> Iterator[tuple[slice | np.ndarray, slice]]:
    """Cut places into stretches that follow one another: copying those is faster than scattering.

    Bars lie in the store as they were written, symbol by symbol in time, so there are few.
    """
    breaks = np.flatnonzero(np.diff(place) != 1) + 1
    if len(breaks) > len(place) // 64:
        yield place, slice(None)
        return
    edges = [0, *breaks.tolist(), len(place)]
    for start, stop in pairwise(edges):
        if stop > start:
            yield slice(int(place[start]), int(place[stop - 1]) + 1), slice(start, stop)


def _row_finder(times: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return what finds the row of each time: by a table where they lie on a small grid."""
    if len(times) < 2:
        return np.zeros_like
    step = np.gcd.reduce(np.diff(times))
    first, last = times[0], (times[-1] - times[0]) // step
    if last > _LARGEST_TABLE:
        return lambda moments: np.searchsorted(times, moments)
    table = np.zeros(last + 1, dtype=np.int32)
    table[(times - first) // step] = np.arange(len(times))
    return lambda moments: np.asarray(table[(moments - first) // step])
