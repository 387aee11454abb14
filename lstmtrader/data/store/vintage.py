"""Vintages: what the store knew, and when it came to know it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmtrader.data.store.incoming import in_utc
from lstmtrader.errors import DataError

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection


@dataclass(frozen=True)
class Vintage:
    """The state of the store after a fetch.

    Parameters
    ----------
    id : int
        The fetch; give it as ``as_of`` to read this state again, whatever came later.
    fetched_at : datetime
        In UTC, without a zone.
    """

    id: int
    fetched_at: datetime.datetime


AsOf = int | datetime.datetime | Vintage | None


def latest(connection: Connection) -> Vintage | None:
    """Return the newest vintage, or None if nothing was ever fetched."""
    rows = connection.execute(
        "SELECT id, fetched_at FROM fetches ORDER BY id DESC LIMIT 1"
    ).fetchall()
    return Vintage(*rows[0]) if rows else None


def resolved(connection: Connection, as_of: AsOf) -> int | None:
    """Return the fetch to read after, None for the current state.

    For a moment it is the last fetch before the first one made after that moment: where two
    downloads overlapped, rather too little is known than too much.

    Raises
    ------
    DataError
        If the store has no such fetch.
    """
    if as_of is None:
        return None
    if isinstance(as_of, datetime.datetime):
        [(fetch,)] = connection.execute(
            "SELECT coalesce((SELECT min(id) - 1 FROM fetches WHERE fetched_at > ?), max(id), 0) "
            "FROM fetches",
            [in_utc(as_of)],
        ).fetchall()
        return int(fetch)
    wanted = as_of.id if isinstance(as_of, Vintage) else int(as_of)
    newest = latest(connection)
    if newest is None or not 1 <= wanted <= newest.id:
        there = "nothing yet" if newest is None else f"vintages 1 to {newest.id}"
        raise DataError(f"as_of: the store has {there}; got {wanted}")
    return wanted
