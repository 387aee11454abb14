"""Archive: a source and a store that together never ask twice."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from lstmtrader.data.download import Day, DownloadReport, HistorySource, download
from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.provider import require_symbols
from lstmtrader.data.retry import Traffic
from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.ranges import gaps
from lstmtrader.data.store.write import WriteReport
from lstmtrader.data.yahoo.empty import count_sessions
from lstmtrader.errors import ConfigError
from lstmtrader.progress import Progress, silent

# Stored bars this close to missing ones are asked for again, and compared.
OVERLAP = datetime.timedelta(days=7)

DayRange = tuple[datetime.date, datetime.date]
_FIRST_DAY = datetime.date(1927, 1, 1)  # no daily series is older
_DAYS_KEPT = {"1m": 7, "60m": 729, "1h": 729}  # of shorter bars; of the others 59
_CHANGES = (
    "provider", "symbol", "interval", "time", "change", "field", "old", "new", "fetch_id",
    "fetched_at",
)  # fmt: skip


def _yesterday() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)


def on_two_scales(store: PriceStore, provider: str, interval: str) -> set[str]:
    """Return the symbols whose history has to be fetched whole; see `WriteReport.needs_refetch`."""
    if not store.file.exists():
        return set()
    table = store.listing()
    mine = (table["provider"] == provider) & (table["interval"] == interval)
    return set(table.loc[mine & table["needs_refetch"], "symbol"])


@dataclass(frozen=True, eq=False)
class Update:
    """What a download or an update did.

    Parameters
    ----------
    download : DownloadReport
        What became of the symbols that had to be asked for.
    writes : tuple of WriteReport
        What changed in the store, in the order it was written.
    restated : DataFrame
        Every number the source changed or dropped; see `PriceStore.restatements`.
    complete_before : tuple of str
        Symbols that needed no request.
    """

    download: DownloadReport
    writes: tuple[WriteReport, ...]
    restated: pd.DataFrame
    complete_before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Archive:
    """Fetches what the store does not have, and compares what it has.

    A symbol costs one request, from the first day that is missing to the last one, with the week
    of stored bars beside them. Where that shows the prices on another scale, as after a split, all
    that was stored is fetched again, once.

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
    source_version : str, optional
        For the log of fetches.
    """

    source: HistorySource
    store: PriceStore
    provider: str = "yahoo"
    interval: str = "1d"
    last_day: datetime.date = field(default_factory=_yesterday)
    source_version: str | None = None

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
            First and last day, both included; None for all there is, until `last_day`.
        progress : Progress

        Raises
        ------
        ConfigError
            If no session of these days is over.
        """
        first, last = start or self._oldest, min(end or self.last_day, self.last_day)
        if first > last:
            raise ConfigError(
                f"start {first} is after {last}, the last day asked for whose sessions are over"
            )
        names = tuple(dict.fromkeys(symbols))
        torn = on_two_scales(self.store, self.provider, self.interval)
        stored = self.store.coverage(self.provider, self.interval)
        plan: dict[str, DayRange] = {}
        for symbol in names:
            missing = gaps(stored.get(symbol, []), first, last)
            if symbol in torn:
                whole = self._whole(symbol)
                plan[symbol] = (min(whole[0], first), max(whole[1], last))
            elif missing:
                covered = stored.get(symbol, [])
                plan[symbol] = self._beside_stored(covered, missing[0][0], missing[-1][1])
        return self._carry_out(plan, names, progress)

    def update(self, symbols: Sequence[str] | None = None, progress: Progress = silent) -> Update:
        """Fetch what is new since the last bar, with the week before it for comparison.

        Parameters
        ----------
        symbols : sequence of str, optional
            By default all that the store has of this provider and interval.
        progress : Progress

        Raises
        ------
        UnknownSymbolError
            For a symbol that the store does not have.
        """
        table = self.store.listing()
        table = table[(table["provider"] == self.provider) & (table["interval"] == self.interval)]
        known = table.set_index("symbol")
        names = tuple(known.index if symbols is None else dict.fromkeys(symbols))
        require_symbols(names, tuple(known.index), f"the store ({self.provider}, {self.interval})")
        plan: dict[str, DayRange] = {}
        for symbol in names:
            start = self._whole(symbol)[0]
            newest = known.loc[symbol, "last"]
            if not known.loc[symbol, "needs_refetch"] and pd.notna(newest):
                start = max(start, newest.date() - OVERLAP)
            if start <= self.last_day:
                plan[symbol] = (max(start, self._oldest), self.last_day)
        return self._carry_out(plan, names, progress)

    @property
    def _oldest(self) -> datetime.date:
        if self.interval == "1d":
            return _FIRST_DAY
        kept = _DAYS_KEPT.get(self.interval, 59)
        return self.last_day - datetime.timedelta(days=kept - 1)

    def _whole(self, symbol: str) -> DayRange:
        """Return all the days that were ever asked for and can be asked for again."""
        covered = self.store.covered(self.provider, symbol, self.interval)
        return max(covered[0][0], self._oldest), covered[-1][1]

    def _beside_stored(
        self, covered: Sequence[DayRange], first: datetime.date, last: datetime.date
    ) -> DayRange:
        """Widen missing days by those stored beside them, so that they can be compared.

        What is stored of a symbol stays one block: days that do not touch it bring all between
        and all of it, for two blocks could be on two scales without any day to tell it by.
        """
        if not covered:
            return first, last
        begins, ends = covered[0][0], covered[-1][1]
        if len(covered) > 1 or first > ends + OVERLAP or last < begins - OVERLAP:
            return max(min(first, begins), min(first, self._oldest)), max(last, ends)
        if begins < first:
            first = max(first - OVERLAP, begins, min(first, self._oldest))
        if ends > last:
            last = min(last + OVERLAP, ends)
        return first, last

    def _carry_out(
        self, plan: dict[str, DayRange], names: tuple[str, ...], progress: Progress
    ) -> Update:
        report, writes = self._download(plan, progress)
        again = {
            write.symbol: self._whole(write.symbol)
            for write in writes
            if write.needs_refetch or _all_closes_differ(write)
        }
        # A request for all of it has just been answered.
        again = {
            symbol: whole
            for symbol, whole in again.items()
            if not plan[symbol][0] <= whole[0] <= whole[1] <= plan[symbol][1]
        }
        if again:
            second, more = self._download(again, progress)
            report, writes = _joined(report, second), [*writes, *more]
        return Update(
            download=report,
            writes=tuple(writes),
            restated=self._restated(writes),
            complete_before=tuple(symbol for symbol in names if symbol not in plan),
        )

    def _download(
        self, plan: Mapping[str, DayRange], progress: Progress
    ) -> tuple[DownloadReport, list[WriteReport]]:
        writes: list[WriteReport] = []

        def write(history: SymbolHistory) -> None:
            first, last = plan[history.symbol]
            done = self.store.write(
                history, provider=self.provider, start=first, end=_answered(history, last),
                source_version=self.source_version,
            )  # fmt: skip
            writes.append(done)

        return download(_Planned(self.source, plan), plan, None, None, write, progress), writes

    def _restated(self, writes: Sequence[WriteReport]) -> pd.DataFrame:
        changing = {
            write.fetch_id
            for write in writes
            if len(write.restated) or len(write.vanished) or write.actions_removed
        }
        if not changing:
            return pd.DataFrame(columns=list(_CHANGES))
        table = self.store.restatements()
        return table[table["fetch_id"].isin(changing)].reset_index(drop=True)


@dataclass(frozen=True)
class _Planned:
    """A source that is asked for other days for each symbol."""

    source: HistorySource
    days: Mapping[str, DayRange]

    @property
    def traffic(self) -> Traffic:
        return self.source.traffic

    def history(self, symbol: str, start: Day = None, end: Day = None) -> SymbolHistory:
        del start, end
        return self.source.history(symbol, *self.days[symbol])


def _answered(history: SymbolHistory, last: datetime.date) -> datetime.date:
    """Return the last day that was really answered: a bar that is late is asked for again.

    Weeks without a bar are an answer of their own: a symbol that trades no more.
    """
    if history.interval != "1d" or history.bars.empty:
        return last
    newest: datetime.date = history.bars.index[-1].date()
    late = newest + datetime.timedelta(days=1)
    if late > last or last - newest > OVERLAP or not count_sessions(history.symbol, late, last)[1]:
        return last
    return newest


def _all_closes_differ(write: WriteReport) -> bool:
    """Whether every stored bar that was compared has another close: the scale has changed."""
    closes = int((write.restated["field"] == "close").sum())
    return closes > 1 and closes == write.restated["time"].nunique() and write.unchanged == 0


def _joined(first: DownloadReport, second: DownloadReport) -> DownloadReport:
    unknown, failed = {**first.unknown, **second.unknown}, {**first.failed, **second.failed}
    return replace(
        first,
        stored=tuple(name for name in first.stored if name not in {*unknown, *failed}),
        unknown=unknown,
        failed=failed,
        requests=first.requests + second.requests,
        retries=first.retries + second.retries,
    )
