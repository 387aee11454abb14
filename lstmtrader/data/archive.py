"""Archive: a source and a store that together never ask twice."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from lstmtrader.data.download import DownloadReport, HistorySource, download
from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.store import PriceStore
from lstmtrader.data.store_write import WriteReport
from lstmtrader.progress import Progress, silent

# Bars this close to the end of what is stored are asked for again, and compared.
OVERLAP = datetime.timedelta(days=7)
_FIRST_DAY = datetime.date(1927, 1, 1)  # no series is older


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


@dataclass(frozen=True, eq=False)
class Update:
    """What a download or an update did.

    Parameters
    ----------
    download : DownloadReport
        What became of the symbols that had to be asked for.
    writes : tuple of WriteReport
        What changed in the store, in the order it was written.
    complete_before : tuple of str
        Symbols that needed no request.
    """

    download: DownloadReport
    writes: tuple[WriteReport, ...]
    complete_before: tuple[str, ...] = ()

    @property
    def restated(self) -> pd.DataFrame:
        """Every number the source changed or dropped: symbol, time, field, old, new."""
        tables = [write.restated.assign(symbol=write.symbol) for write in self.writes]
        kept = [table for table in tables if len(table)]
        columns = ["symbol", "time", "field", "old", "new"]
        return pd.concat(kept)[columns] if kept else pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class Archive:
    """Fetches what the store does not have, and compares what it has.

    Parameters
    ----------
    source : HistorySource
    store : PriceStore
    provider : str
        Name under which the prices are stored.
    interval : str
    last_day : date
        The last day whose sessions are over everywhere: yesterday in UTC. Later days are left for
        another time, so that no half-finished bar is stored and no day is asked for twice.
    """

    source: HistorySource
    store: PriceStore
    provider: str = "yahoo"
    interval: str = "1d"
    last_day: datetime.date = field(default_factory=lambda: _today() - datetime.timedelta(days=1))

    def fetch(
        self,
        symbols: Sequence[str],
        start: datetime.date | None = None,
        end: datetime.date | None = None,
        progress: Progress = silent,
    ) -> Update:
        """Fetch the days that were never asked for; none, if there are none.

        Parameters
        ----------
        symbols : sequence of str
        start, end : date, optional
            First and last day, both included; None for all there is, until today.
        progress : Progress
        """
        first, last = start or _FIRST_DAY, min(end or self.last_day, self.last_day)
        starts: dict[str, datetime.date] = {}
        for symbol in dict.fromkeys(symbols) if first <= last else ():
            gaps = self.store.missing(self.provider, symbol, self.interval, start=first, end=last)
            if gaps:
                starts[symbol] = gaps[0][0]
        done = tuple(symbol for symbol in dict.fromkeys(symbols) if symbol not in starts)
        return replace(self._download(starts, last, progress), complete_before=done)

    def update(self, symbols: Sequence[str] | None = None, progress: Progress = silent) -> Update:
        """Fetch what is new since the last bar, with the week before it for comparison."""
        starts = {}
        for row in self.store.listing().itertuples():
            mine = row.provider == self.provider and row.interval == self.interval
            if mine and (symbols is None or row.symbol in symbols):
                ranges = self.store.covered(self.provider, row.symbol, self.interval)
                beginning = row.last if pd.notna(row.last) else pd.Timestamp(ranges[0][0])
                start = max((beginning - OVERLAP).date(), ranges[0][0])
                if start <= self.last_day:
                    starts[row.symbol] = start
        return self._download(starts, self.last_day, progress)

    def _download(
        self, starts: dict[str, datetime.date], last: datetime.date, progress: Progress
    ) -> Update:
        writes: list[WriteReport] = []

        def write(history: SymbolHistory) -> None:
            writes.append(
                self.store.write(
                    history, provider=self.provider, start=starts[history.symbol], end=last
                )
            )

        report = download(self.source, starts, starts, last, write, progress)
        # After a split Yahoo's whole history is on another scale: fetch all that was stored.
        rescaled = [one.symbol for one in writes if one.needs_refetch]
        if rescaled:
            for symbol in rescaled:
                starts[symbol] = self.store.covered(self.provider, symbol, self.interval)[0][0]
            again = download(self.source, rescaled, starts, last, write, progress)
            report = replace(
                report,
                failed={**report.failed, **again.failed},
                requests=report.requests + again.requests,
                retries=report.retries + again.retries,
            )
        return Update(report, tuple(writes))
