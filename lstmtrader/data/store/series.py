"""The series of a provider: which the store has, and one of them as it was fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory
from lstmtrader.data.provider import require_symbols
from lstmtrader.data.store.schema import seen_at
from lstmtrader.errors import DataError, UnknownSymbolError

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection


def require_distinct(symbols: Sequence[str]) -> None:
    """Raise a `DataError` unless there are symbols, each of them once."""
    if not len(symbols):
        raise DataError("symbols: the list is empty; leave it out for all symbols")
    twice = [name for name in symbols if list(symbols).count(name) > 1]
    if twice:
        raise DataError(f"symbols: {twice[0]} is listed more than once")


def known_series(
    connection: Connection,
    provider: str,
    symbols: Sequence[str] | None,
    interval: str,
    vintage: int | None,
) -> pd.DataFrame:
    """Return the series of these symbols, in this order, or of all that the store has, by name.

    Returns
    -------
    DataFrame
        Indexed by symbol; columns series, split_adjusted, currency, exchange, timezone.

    Raises
    ------
    UnknownSymbolError
        For the first symbol that the store does not have, naming the nearest.
    """
    limit = "" if vintage is None else f"AND f.id <= {vintage}"
    known = (
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
    source = f"the store ({provider}, {interval})"
    if known.empty:
        raise UnknownSymbolError(f"{source} has no symbols; download some first")
    require_symbols(symbols or (), tuple(known.index), source)
    return known if symbols is None else known.loc[list(symbols)]


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
