"""YahooProvider: prices from the store, filled from Yahoo where it has none yet."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from lstmtrader.clock import Calendar
from lstmtrader.data.archive import Archive, on_two_scales
from lstmtrader.data.dividends import moved_on
from lstmtrader.data.download import HistorySource
from lstmtrader.data.provider import EVERYTHING, PriceRequest
from lstmtrader.data.quality.gate import Gate
from lstmtrader.data.rows.reading import history_rows
from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.ranges import gaps
from lstmtrader.data.yahoo.exchanges import calendar_of
from lstmtrader.data.yahoo.source import YahooSource
from lstmtrader.data.yahoo.tables import bar_length
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from lstmtrader.prices import PriceFrame

PROVIDER = "yahoo"
_FIELDS = ("close", "open", "high", "low", "volume")
_SHOWN = 3


def yahoo_archive(
    store: PriceStore, interval: str = "1d", source: HistorySource | None = None
) -> Archive:
    """Return the archive that fills a store from Yahoo, or from another source in its place."""
    version = f"yfinance {importlib.metadata.version('yfinance')}"
    return Archive(
        source or YahooSource(interval=interval), store, PROVIDER, interval, source_version=version
    )


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
        Names the sessions; by default told by the symbols' endings. Symbols whose ending tells
        none need it, and symbols of several calendars need it and `align`.
    align : {"union", "intersection"}, optional
        Bars of symbols with different calendars: those of any (holes where a market was closed)
        or those of all. Not needed where there is one calendar.
    adjusted : bool
        For dividends (and splits), by the actions that Yahoo tells. False adjusts for splits
        alone, and accounts book the dividends in cash: those who hold receive them, those who are
        short pay them. Features and targets then see a fall on the first bar without the right to
        a dividend.
    as_of : int, optional
        Vintage of the store to read; a run records it. Nothing is fetched then.
    offline : bool
        Never ask Yahoo.
    policies : dict of str to str
        What the quality gate does about each kind of finding; see `Gate`.
    source : HistorySource, optional
        Where to fetch from instead.

    Raises
    ------
    ConfigError
        If a setting cannot be.
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
        if self.align not in (None, "union", "intersection"):
            raise ConfigError(f"align: expected union or intersection; got {self.align!r}")
        Gate(self.policies)
        YahooSource(interval=self.interval)

    @property
    def downloads(self) -> bool:
        """Whether a question may be passed on to Yahoo; an audit asks no second time then."""
        return not self.offline and self.as_of is None

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
        calendars = self._calendars(request.symbols)
        store = PriceStore(None if self.store is None else Path(self.store).expanduser())
        vintage = self.as_of
        if vintage is None:
            if not self.offline:
                self._fill(store, request)
            self._require_one_scale(store, request.symbols)
            newest = store.vintage()
            vintage = None if newest is None else newest.id
        parts = []
        for name in dict.fromkeys(calendars.values()):
            members = [symbol for symbol in request.symbols if calendars[symbol] == name]
            prices = store.read(
                PROVIDER, members, interval=self.interval, start=request.start, end=request.end,
                as_of=vintage, adjusted=self.adjusted, calendar=self._clock(name),
            )  # fmt: skip
            parts.append(self._gated(prices, store, vintage))
        if self.offline:
            parts[0] = replace(parts[0], notes=(*parts[0].notes, *self._unasked(store, request)))
        return self._side_by_side(parts, request.symbols, f"{PROVIDER} vintage {vintage}")

    def _unasked(self, store: PriceStore, request: PriceRequest) -> list[str]:
        """Name the symbols with days that were never asked for, for a run that may not ask."""
        stored = store.coverage(PROVIDER, self.interval)
        short = []
        for symbol in request.symbols or ():
            covered = stored.get(symbol, [])
            first, last = covered[0][0], covered[-1][1]
            missing = gaps(covered, request.start or first, request.end or last)
            if missing:
                short.append(f"{symbol} ({missing[0][0]} to {missing[-1][1]})")
        if not short:
            return []
        more = f" and {len(short) - _SHOWN} more" if len(short) > _SHOWN else ""
        return [f"offline: days never asked for in {', '.join(short[:_SHOWN])}{more}"]

    def _calendars(self, symbols: Sequence[str]) -> dict[str, str]:
        """Return the calendar of each symbol."""
        names = {}
        for symbol in symbols:
            try:
                names[symbol] = calendar_of(symbol)
            except ConfigError:
                if self.calendar is None:
                    raise
                names[symbol] = self.calendar
        several = sorted(set(names.values()))
        if len(several) == 1:
            return dict.fromkeys(symbols, self.calendar or several[0])
        if self.align is None or self.calendar is None:
            raise ConfigError(
                f"symbols of several calendars ({', '.join(several)}): give align (union or "
                "intersection) and the calendar that the results are annualised with"
            )
        return names

    def _clock(self, name: str) -> Calendar:
        length = bar_length(self.interval)
        return Calendar(name, None if length is None else int(length.total_seconds() // 60))

    def _fill(self, store: PriceStore, request: PriceRequest) -> None:
        archive = yahoo_archive(store, self.interval, self.source)
        report = archive.fetch(request.symbols or (), request.start, request.end).download
        for reason in report.unknown.values():
            raise UnknownSymbolError(reason)
        for symbol, reason in report.failed.items():
            more = f" (and {len(report.failed) - 1} more)" if len(report.failed) > 1 else ""
            raise DataError(f"{symbol} could not be fetched{more}: {reason}")

    def _require_one_scale(self, store: PriceStore, symbols: Sequence[str]) -> None:
        torn = on_two_scales(store, PROVIDER, self.interval)
        for symbol in symbols:
            if symbol in torn:
                raise DataError(
                    f"{symbol}: the store has its prices on two scales, from before and after a "
                    "split; «lstmtrader data update» fetches the whole history again"
                )

    def _gated(self, prices: PriceFrame, store: PriceStore, vintage: int | None) -> PriceFrame:
        """Look at the raw histories; dropped bars become holes, and are told in the notes."""
        gate = Gate(self.policies, prices.calendar.name if self.interval == "1d" else None)
        histories = store.histories(PROVIDER, prices.symbols, self.interval, as_of=vintage)
        # What came after the days asked for must not change what is made of them.
        known = [replace(one, bars=one.bars.loc[: prices.index[-1]]) for one in histories]
        report = gate.examine(history_rows(*known))
        inside = report.findings["time"].between(prices.index[0], prices.index[-1])
        report = replace(report, findings=report.findings[inside])
        report.raise_if_refused(PROVIDER)
        notes = report.notes()
        if not notes:
            return prices
        # A bar without prices may still be the first without the right to a dividend: that stays.
        bad = pd.DataFrame(False, index=prices.index, columns=prices.close.columns)
        dropped = report.findings[report.findings["done"] == "dropped"]
        for symbol, rows in dropped.groupby("symbol", observed=True):
            bad.loc[bad.index.isin(rows["time"]), symbol] = True
        cut = {name: frame.mask(bad) for name, frame in _fields(prices).items()}
        return replace(prices, **cut, notes=(*prices.notes, *notes))

    def _side_by_side(
        self, parts: Sequence[PriceFrame], symbols: Sequence[str], vintage: str
    ) -> PriceFrame:
        """Put the symbols of several calendars on the bars of any, or of all of them."""
        notes = [note for part in parts for note in part.notes]
        fields = {}
        for name in _FIELDS:
            given = [_fields(part)[name] for part in parts if name in _fields(part)]
            if given:
                wide = pd.concat(given, axis=1, sort=True)
                fields[name] = wide.reindex(columns=list(symbols))
        paid = [part.dividends for part in parts if part.dividends is not None]
        if paid:
            wide = pd.concat(paid, axis=1, sort=True)
            fields["dividends"] = wide.reindex(fields["close"].index, columns=list(symbols))
        if self.align == "intersection":
            rows = fields["close"].notna().all(axis=1)
            if paid:
                fields["dividends"] = moved_on(fields["dividends"], rows)
            fields = {name: frame[rows] for name, frame in fields.items()}
            notes.append(f"{int((~rows).sum())} bars left out that not all symbols have")
        calendar = parts[0].calendar if len(parts) == 1 else self._clock(str(self.calendar))
        return PriceFrame(**fields, calendar=calendar, vintage=vintage, notes=tuple(notes))


def _fields(prices: PriceFrame) -> dict[str, pd.DataFrame]:
    frames = {name: getattr(prices, name) for name in _FIELDS}
    return {name: frame for name, frame in frames.items() if frame is not None}
