"""Prices from files: CSV or Parquet, as a source or a colleague left them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.clock import Calendar
from lstmtrader.data.dividends import with_dividends
from lstmtrader.data.files.tables import Layout, folder_tables, read_table, stem, to_long
from lstmtrader.data.provider import EVERYTHING, PriceRequest, require_symbols
from lstmtrader.data.quality.gate import Gate, QualityReport
from lstmtrader.data.rows.bars import PRICE_FIELDS, Bars
from lstmtrader.data.rows.reading import read_rows
from lstmtrader.errors import ConfigError, DataError, LstmtraderError
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class FilesProvider:
    """Serve prices from a file or a folder, after the quality gate.

    Parameters
    ----------
    path : str
        A file ``.csv``, ``.csv.gz`` or ``.parquet``; for ``one_per_symbol``, a folder of them.
    layout : Layout
        ``long``, ``wide`` (closes, times x symbols) or ``one_per_symbol``.
    columns : dict of str to str
        From a field (symbol, time, open, high, low, close, volume, adj_close, dividends) to its
        column; common names need no entry.
    calendar : str
        Of `exchange_calendars`: the annualisation, and the sessions that may be missing.
    bar_minutes : int, optional
        Length of a bar that is shorter than a session.
    adjusted : bool
        Whether open, high, low and close are scaled by adjusted close over close, where there is
        an adjusted close. Volume stays as it is. False leaves prices as they are, and dividends,
        where there is such a column, are booked in cash: the prices must not be adjusted for them.
    policies : dict of str to str
        What the gate does about each kind of finding; see `Gate`.
    date_format : str, optional
        Where dates are not ISO 8601, as for `datetime.strptime`.

    Raises
    ------
    ConfigError
        Unknown layout, check or policy.

    Examples
    --------
    >>> FilesProvider("prices.csv", policies={"unadjusted_split": "keep"}).layout.value
    'long'
    """

    path: str
    layout: Layout = Layout.LONG
    columns: dict[str, str] = field(default_factory=dict, hash=False)
    calendar: str = "XNYS"
    bar_minutes: int | None = None
    adjusted: bool = True
    policies: dict[str, str] = field(default_factory=dict, hash=False)
    date_format: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", str(self.path))
        try:
            object.__setattr__(self, "layout", Layout(self.layout))
        except ValueError as error:
            raise ConfigError(
                f"layout: expected one of {', '.join(Layout)}; got {self.layout!r}"
            ) from error
        Gate(self.policies, self.calendar)

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        """Return the prices asked for; see `PriceProvider.fetch`.

        Bars that the gate dropped are holes; `report` lists them.

        Raises
        ------
        DataError
            If the file cannot be read, if the gate refuses it, or if a symbol has no price in
            the time asked for; the message names the file.
        """
        rows = self._asked(request)
        report = Gate(self.policies, self.calendar).examine(rows)
        report.raise_if_refused(self.path)
        prices = self._frame(report.bars, request)
        if "dividends" in rows.table:
            try:
                prices = with_dividends(prices, rows.table, report.bars.index)
            except DataError as error:
                raise DataError(f"{self.path}: {error}") from error
        return replace(prices, notes=(*report.notes(), *prices.notes))

    def report(self, request: PriceRequest = EVERYTHING, /) -> QualityReport:
        """Return what the gate finds in the symbols and days asked for, refusing nothing.

        Rows whose symbol or time cannot be read belong to every request.
        """
        return Gate(self.policies, self.calendar).examine(self._asked(request))

    def _asked(self, request: PriceRequest) -> Bars:
        rows = self._rows()
        table = rows.table
        names = [str(name) for name in rows.names]
        wanted = list(request.symbols or names)
        require_symbols(wanted, names, self.path)
        day = table["time"].dt.normalize()
        inside = pd.Series(True, index=table.index)
        if request.symbols is not None:
            inside &= table["symbol"].isin(wanted) | table["symbol"].isna()
        if request.start is not None:
            inside &= ~(day < pd.Timestamp(request.start))
        if request.end is not None:
            inside &= ~(day > pd.Timestamp(request.end))
        if not (inside & table["time"].notna()).any():
            raise DataError(
                f"{self.path}: no bars in the days asked for; it has {day.min():%Y-%m-%d} to "
                f"{day.max():%Y-%m-%d}; check start and end"
            )
        return rows.where(inside.to_numpy())

    def _rows(self) -> Bars:
        path, cash = Path(self.path).expanduser(), not self.adjusted
        try:
            if self.layout is Layout.ONE_PER_SYMBOL:
                rows = read_rows(
                    pd.concat(folder_tables(path, self.columns).values(), ignore_index=True),
                    date_format=self.date_format,
                    dividends=cash,
                )
            elif self.layout is Layout.WIDE:
                table = to_long(read_table(path), self.columns, self.path)
                rows = read_rows(table, date_format=self.date_format)
            else:
                rows = read_rows(read_table(path), self.columns, self.date_format, cash)
        except LstmtraderError as error:
            if str(path) in str(error) or self.path in str(error):
                raise
            raise type(error)(f"{self.path}: {error}") from error
        if list(rows.names) == [""]:
            rows = Bars(
                rows.table.assign(symbol=rows.table["symbol"].cat.rename_categories([stem(path)])),
                rows.intraday,
            )
        if not self.adjusted:
            rows = Bars(rows.table.assign(adj_close=np.nan), rows.intraday)
        return rows

    def _frame(self, bars: pd.DataFrame, request: PriceRequest) -> PriceFrame:
        if bars.duplicated(["symbol", "time"]).any():
            twice = bars[bars.duplicated(["symbol", "time"])].iloc[0]
            raise DataError(
                f"{self.path}: {twice['symbol']} has {twice['time']:%Y-%m-%d} more than once; "
                "policies must not keep duplicate_bar or conflicting_bar"
            )
        symbols = bars["symbol"].cat
        wanted = list(request.symbols or symbols.categories)
        index = pd.DatetimeIndex(np.unique(bars["time"].to_numpy()), name="time")
        column = np.array([wanted.index(name) if name in wanted else -1
                           for name in symbols.categories])  # fmt: skip
        place = (index.searchsorted(bars["time"]), column[symbols.codes.to_numpy()])
        factor = np.ones(len(bars))
        notes: list[str] = []
        if self.adjusted:
            factor, notes = _adjustment(bars)
        tables: dict[str, pd.DataFrame] = {}
        for name in (*PRICE_FIELDS, "volume"):
            values = bars[name].to_numpy()
            if name != "close" and np.isnan(values).all():
                continue
            grid = np.full((len(index), len(wanted)), np.nan)
            grid[place] = values if name == "volume" else values * factor
            tables[name] = pd.DataFrame(grid, index=index, columns=wanted)
        empty = [name for name in wanted if tables["close"][name].isna().all()]
        if empty:
            raise DataError(
                f"{self.path}: {empty[0]} has no price in the days asked for; leave it out, or "
                "check start and end"
            )
        try:
            return PriceFrame(
                **tables, calendar=Calendar(self.calendar, self.bar_minutes), notes=tuple(notes)
            )
        except DataError as error:
            raise DataError(f"{self.path}: {error}") from error


def _adjustment(bars: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Return adjusted over raw close of each row, and what had to be left out or as it is.

    A symbol without any adjusted close keeps its closes; a row without one, of a symbol that has
    them, has no price on the same scale, and is left out.
    """
    factor = (bars["adj_close"] / bars["close"]).to_numpy(copy=True)
    if np.isnan(factor).all():
        return np.ones(len(bars)), []
    has_any = bars["adj_close"].notna().groupby(bars["symbol"], observed=True).transform("any")
    raw = ~has_any.to_numpy()
    factor[raw] = 1.0
    notes = []
    if raw.any():
        names = sorted(set(bars.loc[raw, "symbol"].astype(str)))
        notes.append(f"no adjusted closes, taken as they are: {_named(names)}")
    lost = np.isnan(factor) & bars["close"].notna().to_numpy()
    if lost.any():
        names = sorted(set(bars.loc[lost, "symbol"].astype(str)))
        notes.append(f"{int(lost.sum())} bars without an adjusted close left out: {_named(names)}")
    return factor, notes


def _named(symbols: list[str]) -> str:
    more = f" and {len(symbols) - 5} more" if len(symbols) > 5 else ""
    return ", ".join(symbols[:5]) + more
