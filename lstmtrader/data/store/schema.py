"""The tables of the price store, and the check that a file has them.

Bars and actions are *bitemporal*: a row carries the bar's own time, and the fetches between which
the store believed it: ``known``, by which it came, and ``superseded``, by which it was replaced or
found gone (NULL: it is current). Nothing else is ever changed in a row, and none is deleted, so
the state after fetch ``v`` is ``known <= v AND (superseded IS NULL OR superseded > v)``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lstmtrader.data.store.errors import StoreFormatError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA_VERSION = 1

# No keys or indexes: they would double the file and the time to fill it. A write is one
# transaction under an exclusive lock, and the merge itself keeps current rows unique.
_TABLES = """
CREATE TABLE series (
    id INTEGER NOT NULL, provider VARCHAR NOT NULL, symbol VARCHAR NOT NULL,
    "interval" VARCHAR NOT NULL);
CREATE TABLE fetches (
    id BIGINT NOT NULL, series INTEGER NOT NULL, first_day DATE NOT NULL, last_day DATE NOT NULL,
    fetched_at TIMESTAMP NOT NULL, source_version VARCHAR, currency VARCHAR, exchange VARCHAR,
    timezone VARCHAR, split_adjusted BOOLEAN NOT NULL);
CREATE TABLE bars (
    series INTEGER NOT NULL, "time" TIMESTAMP NOT NULL, "open" DOUBLE, high DOUBLE, low DOUBLE,
    "close" DOUBLE, volume DOUBLE, adj_close DOUBLE, known BIGINT NOT NULL, superseded BIGINT);
CREATE TABLE actions (
    series INTEGER NOT NULL, "time" TIMESTAMP NOT NULL, kind VARCHAR NOT NULL,
    rank INTEGER NOT NULL, "value" DOUBLE NOT NULL, known BIGINT NOT NULL, superseded BIGINT);
CREATE TABLE price_store (schema_version INTEGER NOT NULL);
"""


def create_tables(connection: DuckDBPyConnection) -> None:
    """Make the tables of an empty store."""
    connection.begin()
    connection.execute(_TABLES)
    connection.execute("INSERT INTO price_store VALUES (?)", [SCHEMA_VERSION])
    connection.commit()


def check_tables(connection: DuckDBPyConnection, path: Path) -> None:
    """Raise a `StoreFormatError` unless this version can read the store."""
    import duckdb

    try:
        [(found,)] = connection.execute("SELECT max(schema_version) FROM price_store").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise StoreFormatError(
            f"{path}: a DuckDB file, but no price store; name another file"
        ) from error
    if found != SCHEMA_VERSION:
        raise StoreFormatError(
            f"{path}: expected a price store of schema {SCHEMA_VERSION}; got {found}; "
            "use the version of lstmtrader that wrote it, or name another file"
        )


def seen_at(vintage: int | None, table: str) -> str:
    """Return the SQL condition for the rows of `table` that were current after a fetch."""
    if vintage is None:
        return f"{table}.superseded IS NULL"
    return (
        f"({table}.known <= {int(vintage)} AND "
        f"({table}.superseded IS NULL OR {table}.superseded > {int(vintage)}))"
    )
