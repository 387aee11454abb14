"""What is about to be written: histories checked, and turned into tables the store can merge."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory
from lstmtrader.data.store.ranges import instants, zone
from lstmtrader.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_LATE = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class Fetched:
    """The circumstances of a fetch, the same for all histories of a write.

    Parameters
    ----------
    provider : str
    start, end : date
        The days that were asked for, both included.
    at : datetime
        When it was fetched, in UTC without a zone.
    source_version : str, optional
    """

    provider: str
    start: datetime.date
    end: datetime.date
    at: datetime.datetime
    source_version: str | None = None

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise DataError(f"expected start <= end; got {self.start} and {self.end}")
        if self.at > in_utc(None) + _LATE:
            raise DataError(f"fetched_at: expected a moment that has passed; got {self.at} UTC")


def in_utc(moment: datetime.datetime | None) -> datetime.datetime:
    """Return a moment (one without a zone is UTC, None is now) in UTC without a zone."""
    if moment is None:
        moment = datetime.datetime.now(datetime.UTC)
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)


def day(moment: datetime.date) -> datetime.date:
    """Return the day of a date, or of a datetime or timestamp given as one."""
    return moment.date() if isinstance(moment, datetime.datetime) else moment


def check_histories(histories: Sequence[SymbolHistory]) -> None:
    """Raise a `DataError` for what the store cannot keep exactly, and for a series given twice."""
    seen = set()
    for history in histories:
        _check(history)
        if (history.symbol, history.interval) in seen:
            raise DataError(f"{history.symbol}: given twice in one write")
        seen.add((history.symbol, history.interval))


def _check(history: SymbolHistory) -> None:
    name = history.symbol
    actions = history.actions.index
    if not isinstance(actions, pd.DatetimeIndex) or actions.tz is not None:
        raise DataError(f"{name}: expected actions indexed by times without a zone")
    for what, index in (("bar", history.bars.index), ("action", actions)):
        if index.hasnans:
            raise DataError(f"{name}: expected a time for every {what}; one has none")
    zone(history.timezone)
    values = history.bars.to_numpy(dtype=np.float64)
    if np.isinf(values).any():
        bar, column = np.argwhere(np.isinf(values))[0]
        raise DataError(
            f"{name}: {BAR_FIELDS[column]} is infinite on {history.bars.index[bar]}; "
            "expected a number, or NaN where there is none"
        )
    if not np.isfinite(history.actions["value"].to_numpy(dtype=np.float64)).all():
        raise DataError(f"{name}: expected a finite value for every action")


def bars_table(histories: Sequence[SymbolHistory], series: Sequence[int]) -> pa.Table:
    """Stack the bars of all histories, with the number of their series."""
    import pyarrow as pa

    columns = {"series": _numbers(series, [len(history.bars) for history in histories])}
    columns["time"] = np.concatenate([_microseconds(h.bars.index, h.symbol) for h in histories])
    for name in BAR_FIELDS:
        columns[name] = np.concatenate(
            [history.bars[name].to_numpy(dtype=np.float64) for history in histories]
        )
    return pa.table(columns)


def actions_table(histories: Sequence[SymbolHistory], series: Sequence[int]) -> pa.Table:
    """Stack the actions; ``rank`` tells those of one time and kind apart, by value."""
    import pyarrow as pa

    times = [_microseconds(h.actions.index, h.symbol) for h in histories]
    table = pd.DataFrame(
        {
            "series": _numbers(series, [len(part) for part in times]),
            "time": np.concatenate(times),
            "kind": np.concatenate([h.actions["kind"].to_numpy(dtype=object) for h in histories]),
            "value": np.concatenate(
                [h.actions["value"].to_numpy(dtype=np.float64) for h in histories]
            ),
        }
    ).sort_values(["series", "time", "kind", "value"], ignore_index=True)
    table["rank"] = table.groupby(["series", "time", "kind"]).cumcount()
    return pa.table(
        {
            "series": table["series"].to_numpy(),
            "time": table["time"].to_numpy(),
            "kind": pa.array(table["kind"], pa.string()),
            "rank": table["rank"].to_numpy(),
            "value": table["value"].to_numpy(),
        }
    )


def requests_table(
    histories: Sequence[SymbolHistory], series: Sequence[int], first_fetch: int, fetched: Fetched
) -> pa.Table:
    """One row a history: its series, its fetch, when its request begins and stops, its facts."""
    import pyarrow as pa

    spans = [
        instants(fetched.start, fetched.end, history.interval, history.timezone)
        for history in histories
    ]
    text = pa.string()
    return pa.table(
        {
            "series": pa.array(series, pa.int32()),
            "fetch_id": pa.array(range(first_fetch, first_fetch + len(histories)), pa.int64()),
            "start": pa.array([span[0] for span in spans], pa.timestamp("us")),
            "stop": pa.array([span[1] for span in spans], pa.timestamp("us")),
            "currency": pa.array([history.currency for history in histories], text),
            "exchange": pa.array([history.exchange for history in histories], text),
            "timezone": pa.array([history.timezone for history in histories], text),
            "split_adjusted": pa.array([history.split_adjusted for history in histories]),
        }
    )


def _numbers(series: Sequence[int], lengths: Sequence[int]) -> np.ndarray:
    return np.repeat(np.asarray(series, dtype=np.int32), lengths)


def _microseconds(index: pd.DatetimeIndex, symbol: str) -> np.ndarray:
    # The store counts microseconds; anything finer would come back as another time.
    rounded = index.as_unit("us")
    if not rounded.as_unit(index.unit).equals(index):
        raise DataError(f"{symbol}: expected times in whole microseconds")
    found: np.ndarray = rounded.to_numpy()
    return found
