"""YahooProvider: prices from the store, filled from Yahoo where it has none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from lstmtrader.clock import Calendar
from lstmtrader.data.archive import Archive
from lstmtrader.data.download import HistorySource
from lstmtrader.data.provider import EVERYTHING, PriceRequest
from lstmtrader.data.quality.gate import Gate
from lstmtrader.data.store import PriceStore
from lstmtrader.data.yahoo.exchanges import calendar_of
from lstmtrader.data.yahoo.source import YahooSource
from lstmtrader.data.yahoo.tables import bar_length
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from lstmtrader.prices import PriceFrame

PROVIDER = "yahoo"


@dataclass(frozen=True)
class YahooProvider:
    """Serve Yahoo's prices from the store; what was never asked for is fetched first.

    Parameters
    ----------
    store : str, optional
        DuckDB file; by default the user's own.
    interval : str
        ``1d``, ``1h``, ``1m``, …
    calendar : str, optional
        Names the sessions; by default told by the symbols' endings. Symbols of several calendars,
        or of none that can be told, need it and `align`.
    align : {"union", "intersection"}, optional
        Bars of symbols with different calendars: those of any (holes where a market was closed)
        or those of all. Not needed where there is one calendar.
    adjusted : bool
        For dividends (and splits), by the actions that Yahoo tells.
    as_of : int, optional
        Vintage of the store to read; a run records it. Nothing is fetched then.
    offline : bool
        Never ask Yahoo.
    policies : dict of str to str
        What the quality gate does about each kind of finding; see `Gate`.
    source : HistorySource, optional
        Where to fetch from instead.
    """

    store: str | None = None
    interval: str = "1d"
    calendar: str | None = None
    align: Literal["union", "intersection"] | None = None
    adjusted: bool = True
    as_of: int | None = None
    offline: bool = False
    policies: dict[str, str] = field(default_factory=dict, hash=False)
    source: HistorySource | None = None

    def __post_init__(self) -> None:
        Gate(self.policies)
        YahooSource(interval=self.interval)

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        """Return the prices asked for; see `PriceProvider.fetch`.

        Raises
        ------
        UnknownSymbolError
            Naming a symbol that Yahoo does not know.
        DataError
            If symbols could not be fetched, or the gate refuses what came.
        ConfigError
            Without symbols, or with several calendars and no `calendar` and `align`.
        """
        if request.symbols is None:
            raise ConfigError("prices.symbols: expected a list; Yahoo has too many to take all")
        name = self._calendar_name(request.symbols)
        store = PriceStore(None if self.store is None else Path(self.store).expanduser())
        if not self.offline and self.as_of is None:
            self._fill(store, request)
        vintage = self.as_of
        if vintage is None:
            newest = store.vintage()
            vintage = None if newest is None else newest.id
        length = bar_length(self.interval)
        minutes = None if length is None else int(length.total_seconds() // 60)
        calendar = Calendar(name, minutes)
        prices = store.read(
            PROVIDER, request.symbols, interval=self.interval, start=request.start,
            end=request.end, as_of=vintage, adjusted=self.adjusted, calendar=calendar,
        )  # fmt: skip
        return self._aligned(self._gated(prices, store, name, vintage), str(vintage))

    def _calendar_name(self, symbols: Sequence[str]) -> str:
        if self.calendar is not None and self.align is not None:
            return self.calendar
        names = {calendar_of(symbol) for symbol in symbols}
        if len(names) > 1:
            raise ConfigError(
                f"symbols of several calendars ({', '.join(sorted(names))}): give align (union or "
                "intersection) and the calendar that the results are annualised with"
            )
        return self.calendar or names.pop()

    def _fill(self, store: PriceStore, request: PriceRequest) -> None:
        source = self.source or YahooSource(interval=self.interval)
        archive = Archive(source, store, PROVIDER, self.interval)
        report = archive.fetch(request.symbols or (), request.start, request.end).download
        for symbol, reason in report.unknown.items():
            raise UnknownSymbolError(reason or f"symbol {symbol!r} is not known to Yahoo")
        for symbol, reason in report.failed.items():
            more = f" (and {len(report.failed) - 1} more)" if len(report.failed) > 1 else ""
            raise DataError(f"{symbol} could not be fetched{more}: {reason}")

    def _gated(
        self, prices: PriceFrame, store: PriceStore, calendar: str, vintage: int | None
    ) -> PriceFrame:
        """Look at each raw history; dropped bars become holes, and are counted in the notes."""
        gate = Gate(self.policies, calendar if self.interval == "1d" else None)
        bad = np.zeros(prices.close.shape, dtype=bool)
        counts: dict[str, int] = {}
        for column, symbol in enumerate(prices.symbols):
            report = gate.inspect(store.history(PROVIDER, symbol, self.interval, as_of=vintage))
            inside = report.findings["time"].between(prices.index[0], prices.index[-1])
            findings = report.findings[inside]
            refused = findings[findings["done"] == "refused"]
            if len(refused):
                first = refused.iloc[0]
                raise DataError(
                    f"{symbol}: {first['check']} on {first['time']:%Y-%m-%d}: {first['detail']} "
                    f"(policies: {{{first['check']}: keep}} lets it pass)"
                )
            dropped = findings[findings["done"] == "dropped"]
            rows = prices.index.get_indexer(pd.DatetimeIndex(dropped["time"]))
            bad[rows[rows >= 0], column] = True
            for check, count in dropped["check"].value_counts().items():
                counts[str(check)] = counts.get(str(check), 0) + int(count)
        if not bad.any():
            return prices
        note = "quality gate dropped " + ", ".join(f"{n} {check}" for check, n in counts.items())
        cut = {
            name: frame.mask(bad)
            for name in ("close", "open", "high", "low", "volume")
            if (frame := getattr(prices, name)) is not None
        }
        return replace(prices, **cut, notes=(*prices.notes, note))

    def _aligned(self, prices: PriceFrame, vintage: str) -> PriceFrame:
        if self.align == "intersection":
            rows = prices.close.notna().all(axis=1).to_numpy()
            cut = {
                name: frame.loc[rows]
                for name in ("close", "open", "high", "low", "volume")
                if (frame := getattr(prices, name)) is not None
            }
            left_out = f"{int((~rows).sum())} bars left out that not all symbols have"
            prices = replace(prices, **cut, notes=(*prices.notes, left_out))
        return replace(prices, vintage=f"{PROVIDER} vintage {vintage}")
