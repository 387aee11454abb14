"""Merging what a source says now into what the store believes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory
from lstmtrader.data.store.incoming import Fetched, actions_table, bars_table, requests_table
from lstmtrader.data.store.scale import on_two_scales

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection

TOLERANCE = 1e-9  # relative; what a source rounds differently from day to day is no restatement


@dataclass(frozen=True, eq=False)
class WriteReport:
    """What one write changed.

    Attributes
    ----------
    symbol, interval, provider : str
    fetch_id : int
        The fetch by which the changes became known: the newest vintage of the symbol.
    fetched_at : datetime
        In UTC, without a zone.
    added, unchanged : int
        Bars that the store did not have, and bars that it had already.
    restated : DataFrame
        One row a number that changed: time, field, old, new.
    vanished : DatetimeIndex
        Bars inside the request that the source has no more.
    actions_added, actions_removed : int
        A revised action counts in both.
    needs_refetch : bool
        The source has put its prices on another scale (a split, another currency), and bars
        outside this request still are on the old one: fetch the whole history. It stays true in
        later reports, and in the listing, until that is done.
    """

    symbol: str
    interval: str
    provider: str
    fetch_id: int
    fetched_at: datetime.datetime
    added: int
    unchanged: int
    restated: pd.DataFrame
    vanished: pd.DatetimeIndex
    actions_added: int
    actions_removed: int
    needs_refetch: bool

    @property
    def changed(self) -> bool:
        """Whether the store now says anything else than before."""
        return bool(
            self.added
            or len(self.restated)
            or len(self.vanished)
            or self.actions_added
            or self.actions_removed
        )


def differ(field: str, old: str, new: str) -> str:
    """Return the SQL condition that two numbers differ; two NaN do not."""
    if field == "volume":
        return f"({old} IS DISTINCT FROM {new})"
    return (
        f"(CASE WHEN isfinite({old}) AND isfinite({new}) "
        f"THEN abs({old} - {new}) > {TOLERANCE!r} * greatest(abs({old}), abs({new})) "
        f"ELSE {old} IS DISTINCT FROM {new} END)"
    )


def merge(
    connection: Connection, histories: Sequence[SymbolHistory], fetched: Fetched
) -> list[WriteReport]:
    """Write histories, all of different series, inside the transaction of the connection."""
    if not histories:
        return []
    series = _series(connection, histories, fetched.provider)
    first_fetch = _scalar(connection, "SELECT coalesce(max(id), 0) + 1 FROM fetches")
    connection.register("requests", requests_table(histories, series, first_fetch, fetched))
    connection.execute(
        "INSERT INTO fetches SELECT fetch_id, series, ?, ?, ?, ?, currency, exchange, timezone, "
        "split_adjusted FROM requests",
        [fetched.start, fetched.end, fetched.at, fetched.source_version],
    )
    connection.register("incoming", bars_table(histories, series))
    _merge_table(connection, "bars", ("series", "time"), BAR_FIELDS)
    connection.register("incoming", actions_table(histories, series))
    _merge_table(connection, "actions", ("series", "time", "kind", "rank"), ("value",))
    mixed = on_two_scales(connection, "requests")
    refetch = [number in mixed for number in series]
    return _reports(connection, histories, fetched, first_fetch, refetch)


def _series(connection: Connection, histories: Sequence[SymbolHistory], provider: str) -> list[int]:
    """Return the numbers of the series, after giving one to those that are new."""
    known: dict[tuple[str, str], int] = {
        (symbol, interval): number
        for symbol, interval, number in connection.execute(
            'SELECT symbol, "interval", id FROM series WHERE provider = ?', [provider]
        ).fetchall()
    }
    following = _scalar(connection, "SELECT coalesce(max(id), 0) + 1 FROM series")
    numbers = []
    for history in histories:
        key = (history.symbol, history.interval)
        if key not in known:
            known[key] = following
            connection.execute(
                "INSERT INTO series VALUES (?, ?, ?, ?)", [following, provider, *key]
            )
            following += 1
        numbers.append(known[key])
    return numbers


def _merge_table(
    connection: Connection, table: str, keys: Sequence[str], fields: Sequence[str]
) -> None:
    """Merge ``incoming`` into a table; ``changed_<table>`` keeps the rows that are superseded."""
    quoted = [f'"{name}"' for name in keys]
    on = " AND ".join(f"n.{key} = o.{key}" for key in quoted)
    news = ", ".join(f'n."{field}" AS "new_{field}"' for field in fields)
    olds = ", ".join(f'o."{field}" AS "old_{field}"' for field in fields)
    revised = " OR ".join(differ(field, f'o."{field}"', f'n."{field}"') for field in fields)
    connection.execute(
        f"CREATE TEMP TABLE changed_{table} AS "
        f"SELECT {', '.join('o.' + key for key in quoted)}, r.fetch_id, "
        f"n.series IS NULL AS vanished, {olds}, {news} "
        f"FROM {table} o JOIN requests r ON r.series = o.series "
        f"LEFT JOIN incoming n ON {on} WHERE o.superseded IS NULL AND CASE WHEN n.series IS NULL "
        f'THEN o."time" >= r.start AND o."time" < r.stop ELSE {revised} END'
    )
    columns = [*quoted, *(f'"{field}"' for field in fields)]
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}, known) "
        f"SELECT {', '.join('n.' + name for name in columns)}, r.fetch_id "
        f"FROM incoming n JOIN requests r ON r.series = n.series "
        f"ANTI JOIN (SELECT * FROM {table} WHERE superseded IS NULL "
        f"AND series IN (SELECT series FROM requests)) o ON {on} "
        f"ORDER BY {', '.join('n.' + key for key in quoted)}"
    )
    same = " AND ".join(f"o.{key} = c.{key}" for key in quoted)
    connection.execute(
        f"UPDATE {table} AS o SET superseded = c.fetch_id FROM changed_{table} c "
        f"WHERE {same} AND o.superseded IS NULL"
    )
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}, known) SELECT {', '.join(quoted)}, "
        + ", ".join(f'"new_{field}"' for field in fields)
        + f", fetch_id FROM changed_{table} WHERE NOT vanished ORDER BY {', '.join(quoted)}"
    )


def _reports(
    connection: Connection,
    histories: Sequence[SymbolHistory],
    fetched: Fetched,
    first_fetch: int,
    refetch: Sequence[bool],
) -> list[WriteReport]:
    inserted = {table: _counts(connection, table, first_fetch) for table in ("bars", "actions")}
    removed = _by_fetch(connection, "SELECT fetch_id, count(*) FROM changed_actions GROUP BY 1")
    again = _by_fetch(
        connection,
        "SELECT fetch_id, count(*) FROM changed_bars WHERE NOT vanished GROUP BY 1",
    )
    lines = " UNION ALL ".join(
        f"SELECT fetch_id, \"time\", '{field}' AS field, old_{field} AS old, new_{field} AS new, "
        f"{position} AS position FROM changed_bars WHERE NOT vanished AND "
        f"{differ(field, f'old_{field}', f'new_{field}')}"
        for position, field in enumerate(BAR_FIELDS)
    )
    restated = connection.execute(f'{lines} ORDER BY fetch_id, "time", position').df()
    vanished = connection.execute(
        'SELECT fetch_id, "time" FROM changed_bars WHERE vanished ORDER BY fetch_id, "time"'
    ).df()
    reports = []
    for fetch_id, history in enumerate(histories, start=first_fetch):
        twice = again.get(fetch_id, 0)
        mine = restated[restated["fetch_id"] == fetch_id]
        added = inserted["bars"].get(fetch_id, 0) - twice
        reports.append(
            WriteReport(
                symbol=history.symbol,
                interval=history.interval,
                provider=fetched.provider,
                fetch_id=fetch_id,
                fetched_at=fetched.at,
                added=added,
                unchanged=len(history.bars) - added - twice,
                restated=mine[["time", "field", "old", "new"]].reset_index(drop=True),
                vanished=pd.DatetimeIndex(
                    vanished.loc[vanished["fetch_id"] == fetch_id, "time"], name="time"
                ),
                actions_added=inserted["actions"].get(fetch_id, 0),
                actions_removed=removed.get(fetch_id, 0),
                needs_refetch=refetch[fetch_id - first_fetch],
            )
        )
    return reports


def _counts(connection: Connection, table: str, first_fetch: int) -> dict[int, int]:
    return _by_fetch(
        connection, f"SELECT known, count(*) FROM {table} WHERE known >= {first_fetch} GROUP BY 1"
    )


def _by_fetch(connection: Connection, query: str) -> dict[int, int]:
    return {int(fetch_id): int(count) for fetch_id, count in connection.execute(query).fetchall()}


def _scalar(connection: Connection, query: str) -> int:
    [(number,)] = connection.execute(query).fetchall()
    return int(number)
