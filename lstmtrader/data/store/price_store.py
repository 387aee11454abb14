"""PriceStore: every price ever fetched, and what was believed when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lstmtrader.clock import Calendar
from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.store import tables
from lstmtrader.data.store.connection import default_path, reading, writing
from lstmtrader.data.store.incoming import Fetched, check_histories, day, in_utc
from lstmtrader.data.store.ranges import DayRange, covered_days, gaps
from lstmtrader.data.store.read import read_frame
from lstmtrader.data.store.series import known_series, read_history, require_distinct
from lstmtrader.data.store.vintage import AsOf, Vintage, latest, resolved
from lstmtrader.data.store.write import WriteReport, merge
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class PriceStore:
    """Prices, actions and the log of fetches, in one DuckDB file.

    Nothing that was stored is lost: a bar that its source restates, or has no more, is superseded
    and stays readable with `as_of`. The file is opened inside each call only. Several processes
    may read at once; a writer has the file for itself, and the others wait for it.

    Parameters
    ----------
    path : Path, optional
        The file, made by the first write; None for `default_path`.
    timeout : float
        Seconds to wait while another process has the file, before a `StoreBusyError`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = PriceStore(Path(folder) / "prices.duckdb", timeout=5.0)
    ...     store.file.name
    'prices.duckdb'
    """

    path: Path | None = None
    timeout: float = 30.0

    @property
    def file(self) -> Path:
        """The file of the store, whether it is there yet or not."""
        return default_path() if self.path is None else Path(self.path)

    def write(
        self,
        history: SymbolHistory,
        *,
        provider: str,
        start: datetime.date,
        end: datetime.date,
        fetched_at: datetime.datetime | None = None,
        source_version: str | None = None,
    ) -> WriteReport:
        """Store what a source says about a symbol; once this returns, it is on disk.

        Bars that the store has not are added, those it has are left alone, those that differ
        (prices by more than 1e-9 of themselves, volumes at all) are restated, and those from
        `start` to `end` that the source has no more have vanished. Actions likewise.

        Parameters
        ----------
        history : SymbolHistory
        provider : str
        start, end : date
            The days that were asked for, both included; of the exchange, for intraday bars.
        fetched_at : datetime, optional
            UTC where it has no zone; now by default.
        source_version : str, optional
            Of the program that fetched it.

        Raises
        ------
        StoreError
            If the store is busy, unreadable, or its disk is full: then nothing was changed.
        DataError
            For infinite numbers and times the store could not give back as they are.
        """
        return self.write_many(
            [history],
            provider=provider,
            start=start,
            end=end,
            fetched_at=fetched_at,
            source_version=source_version,
        )[0]

    def write_many(
        self,
        histories: Iterable[SymbolHistory],
        *,
        provider: str,
        start: datetime.date,
        end: datetime.date,
        fetched_at: datetime.datetime | None = None,
        source_version: str | None = None,
    ) -> list[WriteReport]:
        """Store several histories in one transaction, each as a fetch of its own; see `write`."""
        histories = list(histories)
        fetched = Fetched(provider, day(start), day(end), in_utc(fetched_at), source_version)
        check_histories(histories)
        if not histories:
            return []
        with writing(self.file, self.timeout) as connection:
            return merge(connection, histories, fetched)

    def covered(self, provider: str, symbol: str, interval: str = "1d") -> list[DayRange]:
        """Return the days that were asked for, merged: first and last day of each range.

        Days without bars count as well. Days after the fetch do not, even if they were asked for:
        nobody knew them. The day of the fetch itself counts.
        """
        return self.coverage(provider, interval).get(symbol, [])

    def coverage(self, provider: str, interval: str = "1d") -> dict[str, list[DayRange]]:
        """Return the days that were asked for of each symbol; see `covered`."""
        if not self.file.exists():
            return {}
        with reading(self.file, self.timeout) as connection:
            return covered_days(connection, provider, interval)

    def missing(
        self,
        provider: str,
        symbol: str,
        interval: str = "1d",
        *,
        start: datetime.date,
        end: datetime.date,
    ) -> list[DayRange]:
        """Return the ranges of days from `start` to `end` that are still to be fetched."""
        return gaps(self.covered(provider, symbol, interval), day(start), day(end))

    def read(
        self,
        provider: str,
        symbols: Sequence[str] | None = None,
        *,
        interval: str = "1d",
        start: datetime.date | None = None,
        end: datetime.date | None = None,
        as_of: AsOf = None,
        adjusted: bool = True,
        calendar: Calendar | None = None,
    ) -> PriceFrame:
        """Return the prices of several symbols on the union of their bars.

        Parameters
        ----------
        symbols : sequence of str, optional
            In this order; None for all that have a close in these days, by name.
        start, end : date, optional
            First and last day, both included.
        as_of : int, datetime or Vintage, optional
            Read what was known after that fetch, or at that moment (UTC where it has no zone).
            The result is the same to the last bit whatever is written later; its `vintage` names
            the fetch.
        adjusted : bool
            Adjust for distributions and splits as `adjustment_factors` does, by the actions until
            `end`: what happened later does not change these prices. Volumes follow the splits.
            False leaves prices as the source gave them and puts the distributions of these days
            into `dividends`, which accounts book in cash. A source that does not adjust for splits
            leaves their jumps in such prices: accounts must not trade on them.
        calendar : Calendar, optional
            XNYS by default.

        Raises
        ------
        UnknownSymbolError
            For a symbol that the store does not have, naming the nearest.
        DataError
            For a symbol without a close in these days, and for a distribution that is not below
            the close before it.
        """
        if symbols is not None:
            require_distinct(symbols)
        with reading(self.file, self.timeout) as connection:
            vintage = resolved(connection, as_of)
            return read_frame(
                connection,
                known_series(connection, provider, symbols, interval, vintage),
                interval=interval,
                days=(None if start is None else day(start), None if end is None else day(end)),
                vintage=vintage,
                adjusted=adjusted,
                complete=symbols is not None,
                calendar=calendar or Calendar(),
            )

    def history(
        self, provider: str, symbol: str, interval: str = "1d", as_of: AsOf = None
    ) -> SymbolHistory:
        """Return one symbol as it was fetched, raw; see `histories`."""
        return self.histories(provider, [symbol], interval, as_of)[0]

    def histories(
        self, provider: str, symbols: Sequence[str], interval: str = "1d", as_of: AsOf = None
    ) -> list[SymbolHistory]:
        """Return symbols as they were fetched, raw; their actions by time, kind and value.

        Raises
        ------
        UnknownSymbolError
            If the store does not have one, naming the nearest.
        """
        with reading(self.file, self.timeout) as connection:
            vintage = resolved(connection, as_of)
            known = known_series(connection, provider, symbols, interval, vintage)
            return [
                read_history(connection, symbol, facts, interval, vintage)
                for symbol, facts in known.iterrows()
            ]

    def vintage(self) -> Vintage | None:
        """Return the latest fetch: what a run records, and reads again with `as_of`."""
        if not self.file.exists():
            return None
        with reading(self.file, self.timeout) as connection:
            return latest(connection)

    def listing(self) -> pd.DataFrame:
        """Return one row a series, by provider, symbol and interval.

        Columns provider, symbol, interval, first, last, bars; holes: bars without a close, and
        moments between first and last at which more than half of the exchange's series in the
        store have a bar and this one has none; vintages: the fetches that changed anything;
        last_fetch; needs_refetch: see `WriteReport`.
        """
        with reading(self.file, self.timeout) as connection:
            return tables.listing(connection)

    def restatements(self, symbol: str | None = None) -> pd.DataFrame:
        """Return one row a number that a source changed, or dropped, after it was stored.

        Columns provider, symbol, interval, time, change (``restated`` or ``vanished``), field (of
        the bar, or the kind of action; the close stands for a vanished bar), old, new, fetch_id,
        fetched_at.
        """
        with reading(self.file, self.timeout) as connection:
            return tables.restatements(connection, symbol)

    def actions(self, symbol: str | None = None, as_of: AsOf = None) -> pd.DataFrame:
        """Return one row an action, and the fetch by which it became known.

        Columns provider, symbol, interval, time, kind, value, fetch_id, fetched_at.
        """
        with reading(self.file, self.timeout) as connection:
            return tables.actions(connection, symbol, resolved(connection, as_of))

    def fetches(self, symbol: str | None = None) -> pd.DataFrame:
        """Return one row a fetch: what was asked, when, of which version, and the facts told."""
        with reading(self.file, self.timeout) as connection:
            return tables.fetches(connection, symbol)

    def export(self, folder: Path, format: str = "parquet", as_of: AsOf = None) -> list[Path]:
        """Write ``bars``, ``actions`` and ``fetches`` as long tables, and return their paths.

        Parameters
        ----------
        folder : Path
            Made if it is not there; files of these names in it are replaced.
        format : str
            ``parquet`` or ``csv``.
        as_of : int, datetime or Vintage, optional
        """
        with reading(self.file, self.timeout) as connection:
            vintage = resolved(connection, as_of)
            return tables.export(connection, Path(folder), format, vintage)
