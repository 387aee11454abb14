"""What the store can tell about itself: what it has, what was restated, what was fetched."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lstmtrader.data.history import BAR_FIELDS
from lstmtrader.data.store.errors import StoreWriteError
from lstmtrader.data.store.scale import on_two_scales
from lstmtrader.data.store.schema import seen_at
from lstmtrader.data.store.write import differ
from lstmtrader.errors import ConfigError

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection

_NAMES = 's.provider, s.symbol, s."interval"'

# A session is a moment at which more than half of the listed series of an exchange have a bar.
_LISTING = f"""
WITH facts AS (
    SELECT series, arg_max(exchange, id) AS exchange, max(fetched_at) AS last_fetch
    FROM fetches GROUP BY series),
places AS (
    SELECT s.id AS series,
        dense_rank() OVER (ORDER BY s.provider, s."interval", f.exchange) AS place
    FROM series s JOIN facts f ON f.series = s.id),
rows AS (
    SELECT b.series, p.place, b."time", NOT isnan(b."close") AS good
    FROM bars b JOIN places p ON p.series = b.series WHERE b.superseded IS NULL),
spans AS (
    SELECT series, any_value(place) AS place, min("time") AS first, max("time") AS last,
        count(*) AS bars FROM rows GROUP BY series),
counts AS (SELECT place, "time", count(*) AS n FROM rows GROUP BY ALL),
sessions AS (
    SELECT c.place, c."time" FROM counts c JOIN spans s ON s.place = c.place
        AND s.first <= c."time" AND s.last >= c."time"
    GROUP BY c.place, c."time", c.n HAVING 2 * c.n > count(*)),
wanted AS (
    SELECT s.series, count(*) AS n FROM spans s JOIN sessions x ON x.place = s.place
        AND x."time" BETWEEN s.first AND s.last GROUP BY s.series),
had AS (
    SELECT r.series, count(*) AS n FROM rows r JOIN sessions x ON x.place = r.place
        AND x."time" = r."time" WHERE r.good GROUP BY r.series),
vintages AS (
    SELECT series, count(DISTINCT fetch_id) AS n FROM (
        SELECT series, unnest([known, superseded]) AS fetch_id FROM bars
        UNION ALL SELECT series, unnest([known, superseded]) FROM actions) GROUP BY series)
SELECT {_NAMES}, p.first, p.last, coalesce(p.bars, 0) AS bars,
    coalesce(wanted.n, 0) - coalesce(had.n, 0) AS holes, coalesce(v.n, 0) AS vintages,
    facts.last_fetch, s.id AS series
FROM series s JOIN facts ON facts.series = s.id LEFT JOIN spans p ON p.series = s.id
LEFT JOIN wanted ON wanted.series = s.id LEFT JOIN had ON had.series = s.id
LEFT JOIN vintages v ON v.series = s.id
ORDER BY {_NAMES}
"""


def _differ(field: str) -> str:
    return differ(field, f'o."{field}"', f'n."{field}"')


def listing(connection: Connection) -> pd.DataFrame:
    """One row a series; see `PriceStore.listing`."""
    table = connection.execute(_LISTING).df()
    table["needs_refetch"] = table.pop("series").isin(on_two_scales(connection))
    return table


def restatements(connection: Connection, symbol: str | None) -> pd.DataFrame:
    """One row a number that changed or went; see `PriceStore.restatements`."""
    revised = " UNION ALL ".join(
        f"SELECT o.series, o.\"time\", 'restated' AS change, '{field}' AS field, "
        f'o."{field}" AS old, n."{field}" AS new, o.superseded AS fetch_id, {position} AS position '
        f'FROM bars o JOIN bars n ON n.series = o.series AND n."time" = o."time" '
        f"AND n.known = o.superseded WHERE {_differ(field)}"
        for position, field in enumerate(BAR_FIELDS)
    )
    return connection.execute(
        f"""
        WITH changes AS ({revised} UNION ALL
            SELECT o.series, o."time", 'vanished', 'close', o."close", 'NaN'::DOUBLE,
                o.superseded, 0
            FROM bars o ANTI JOIN bars n ON n.series = o.series AND n."time" = o."time"
            AND n.known = o.superseded WHERE o.superseded IS NOT NULL UNION ALL
            SELECT o.series, o."time", CASE WHEN n.series IS NULL THEN 'vanished'
                ELSE 'restated' END, o.kind, o."value", coalesce(n."value", 'NaN'::DOUBLE),
                o.superseded, 9
            FROM actions o LEFT JOIN actions n ON n.series = o.series AND n."time" = o."time"
            AND n.kind = o.kind AND n.rank = o.rank AND n.known = o.superseded
            WHERE o.superseded IS NOT NULL)
        SELECT {_NAMES}, c."time", c.change, c.field, c.old, c.new, c.fetch_id, f.fetched_at
        FROM changes c JOIN series s ON s.id = c.series JOIN fetches f ON f.id = c.fetch_id
        WHERE $1 IS NULL OR s.symbol = $1
        ORDER BY {_NAMES}, c.fetch_id, c."time", c.position, c.field
        """,
        [symbol],
    ).df()


def actions(connection: Connection, symbol: str | None, vintage: int | None) -> pd.DataFrame:
    """One row an action; see `PriceStore.actions`."""
    return connection.execute(
        f'SELECT {_NAMES}, a."time", a.kind, a."value", a.known AS fetch_id, f.fetched_at '
        "FROM actions a JOIN series s ON s.id = a.series JOIN fetches f ON f.id = a.known "
        f"WHERE {seen_at(vintage, 'a')} AND ($1 IS NULL OR s.symbol = $1) "
        f'ORDER BY {_NAMES}, a."time", a.kind, a."value"',
        [symbol],
    ).df()


def fetches(connection: Connection, symbol: str | None) -> pd.DataFrame:
    """One row a fetch; see `PriceStore.fetches`."""
    return connection.execute(
        f"SELECT f.id, {_NAMES}, f.first_day AS start, f.last_day AS end, f.fetched_at, "
        "f.source_version, f.currency, f.exchange, f.timezone, f.split_adjusted "
        "FROM fetches f JOIN series s ON s.id = f.series "
        "WHERE $1 IS NULL OR s.symbol = $1 ORDER BY f.id",
        [symbol],
    ).df()


def export(
    connection: Connection, folder: Path, file_format: str, vintage: int | None
) -> list[Path]:
    """Write bars, actions and fetches as one file each; see `PriceStore.export`."""
    if file_format not in ("parquet", "csv"):
        raise ConfigError(f"format: expected parquet or csv; got {file_format!r}")
    fields = ", ".join(f'x."{field}"' for field in BAR_FIELDS)
    of_series = "JOIN series s ON s.id = x.series"
    tables = {
        "bars": f'SELECT {_NAMES}, x."time", {fields} FROM bars x {of_series} '
        f'WHERE {seen_at(vintage, "x")} ORDER BY {_NAMES}, x."time"',
        "actions": f'SELECT {_NAMES}, x."time", x.kind, x."value" FROM actions x {of_series} '
        f'WHERE {seen_at(vintage, "x")} ORDER BY {_NAMES}, x."time", x.kind, x."value"',
        "fetches": f"SELECT {_NAMES}, x.* EXCLUDE (series) FROM fetches x {of_series} "
        f"WHERE {'TRUE' if vintage is None else f'x.id <= {vintage}'} ORDER BY x.id",
    }
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as half:
            for name, query in tables.items():
                made = Path(half, f"{name}.{file_format}")
                relation = connection.sql(query)
                if file_format == "parquet":
                    relation.write_parquet(os.fspath(made))
                else:
                    relation.write_csv(os.fspath(made), header=True)
                written.append(made.replace(folder / made.name))
    except OSError as error:
        raise StoreWriteError(f"{folder}: cannot be written to; {error}") from error
    return written
