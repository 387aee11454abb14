"""Fetch many symbols one after the other; what arrives is stored at once."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.retry import Traffic
from lstmtrader.errors import DataError, UnknownSymbolError
from lstmtrader.progress import Progress, Step, silent

Day = datetime.date | None


@runtime_checkable
class HistorySource(Protocol):
    """Gives the history of one symbol, and counts what it sends."""

    @property
    def traffic(self) -> Traffic:
        """What was sent so far."""
        ...

    def history(self, symbol: str, start: Day = None, end: Day = None) -> SymbolHistory:
        """Fetch the bars and actions of one symbol, both days included."""
        ...


@dataclass(frozen=True)
class DownloadReport:
    """What became of each symbol.

    Parameters
    ----------
    stored : tuple of str
        Arrived and handed over.
    empty : tuple of str
        Those of `stored` that have no bar in the range.
    unknown : mapping of str to str
        Symbols that the source does not know, and what it says.
    failed : mapping of str to str
        Symbols that could not be fetched, and the last reason.
    requests, retries : int
        Requests sent, and how often something was asked again.
    """

    stored: tuple[str, ...]
    empty: tuple[str, ...]
    unknown: Mapping[str, str]
    failed: Mapping[str, str]
    requests: int
    retries: int

    @property
    def is_complete(self) -> bool:
        """Whether every symbol arrived."""
        return not self.unknown and not self.failed


def download(
    source: HistorySource,
    symbols: Iterable[str],
    start: Day | Mapping[str, Day],
    end: Day,
    store_one: Callable[[SymbolHistory], None],
    progress: Progress = silent,
) -> DownloadReport:
    """Fetch the histories of symbols and hand each over as soon as it is there.

    A symbol that fails does not stop the others; an error of `store_one` stops everything. One
    symbol after the other, on purpose: yfinance keeps its state for the whole process, and Yahoo
    limits the rate.

    Parameters
    ----------
    source : HistorySource
    symbols : iterable of str
    start : date, or mapping of str to date, optional
        First day, for all or for each symbol; None for all there is.
    end : date, optional
        Last day, included.
    store_one : callable
    progress : Progress
        Gets a step ``"symbol"`` after each one.
    """
    names = tuple(dict.fromkeys(symbols))
    before = (source.traffic.requests, source.traffic.retries)
    stored: list[str] = []
    empty: list[str] = []
    unknown: dict[str, str] = {}
    failed: dict[str, str] = {}
    for done, symbol in enumerate(names, start=1):
        first = start.get(symbol) if isinstance(start, Mapping) else start
        try:
            history = source.history(symbol, first, end)
        except UnknownSymbolError as error:
            unknown[symbol] = str(error)
        except DataError as error:
            failed[symbol] = str(error)
        else:
            store_one(history)
            stored.append(symbol)
            if history.bars.empty:
                empty.append(symbol)
        progress(Step("symbol", done, len(names), symbol))
    return DownloadReport(
        tuple(stored),
        tuple(empty),
        MappingProxyType(unknown),
        MappingProxyType(failed),
        source.traffic.requests - before[0],
        source.traffic.retries - before[1],
    )
