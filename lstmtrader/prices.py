"""PriceFrame: validated open, high, low, close and volume of several symbols."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from lstmtrader.axes import check_axes
from lstmtrader.clock import Calendar, Execution
from lstmtrader.errors import DataError
from lstmtrader.price_tables import fields_of

_FIELDS = ("close", "open", "high", "low", "volume", "dividends")
_MAY_BE_ZERO = {"volume": "a volume of at least 0", "dividends": "a dividend of at least 0"}

# How far the observed bars a year may be from the calendar's: holidays and a young history
# move them a little, another kind of bar (weekly, hourly) by much more.
_TOLERANCE_OF_YEARS = 0.10
_TOLERANCE_OF_WEEKS = 0.50
_FEWEST_BARS_TO_JUDGE = 20
_SATURDAY = 5


@dataclass(frozen=True, eq=False, repr=False)
class PriceFrame:
    """Prices of several symbols on one index of bars.

    Every field is a float64 frame of shape (n_bars, n_symbols) with the same index and columns.
    A NaN means that there was no such price: before listing, after delisting, or a hole. Nothing
    is filled. Fields other than `close` are None where the source does not have them.

    Parameters
    ----------
    close : DataFrame of shape (n_bars, n_symbols)
        Closing prices, adjusted for splits (and for dividends where the source does so).
    open, high, low, volume : DataFrame, optional
        The other fields, on the same scale.
    dividends : DataFrame, optional
        Cash a share, on the first bar without the right to it, for prices that are *not* adjusted
        for dividends: accounts receive it, features do not see it.
    calendar : Calendar
        Names the sessions and therefore the annualisation.
    members : DataFrame of bool, optional
        Where a symbol belongs to the universe; None means everywhere. Outside it, prices may be
        looked back on, but nothing is learnt, forecast, ranked or held.
    vintage : str
        Which state of a store the prices were read from, so that they can be read again.
    notes : tuple of str
        What the reader of a report must know: rows dropped, members without prices.

    Raises
    ------
    DataError
        Unsorted or duplicate bars, duplicate symbols, a price that is not positive and finite, a
        symbol without any price, fields that do not line up, or an observed number of bars a
        year that contradicts the calendar. The message names the symbol and the bar.

    Examples
    --------
    >>> bars = pd.bdate_range("2024-01-01", periods=3)
    >>> closes = pd.DataFrame({"A": [10.0, 11.0, 12.0], "B": [5.0, None, 5.5]}, index=bars)
    >>> prices = PriceFrame.from_pandas(closes, calendar="XNYS")
    >>> prices
    PriceFrame: 3 bars x 2 symbols, 2024-01-01 to 2024-01-03, close, calendar XNYS (252 bars a year)
    >>> prices.periods_per_year
    252
    """

    close: pd.DataFrame
    open: pd.DataFrame | None = None
    high: pd.DataFrame | None = None
    low: pd.DataFrame | None = None
    volume: pd.DataFrame | None = None
    dividends: pd.DataFrame | None = None
    calendar: Calendar = field(default_factory=Calendar)
    members: pd.DataFrame | None = None
    vintage: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, frame in self._given():
            if not isinstance(frame, pd.DataFrame):
                raise DataError(f"{name}: expected a DataFrame; got {type(frame).__name__}")
        check_axes(self.close, "prices", DataError)
        for name, frame in self._given():
            if not frame.index.equals(self.close.index):
                raise DataError(f"{name}: its bars differ from those of close")
            if not frame.columns.equals(self.close.columns):
                raise DataError(f"{name}: its symbols differ from those of close")
            object.__setattr__(self, name, _checked_values(name, frame))
        if self.members is not None:
            object.__setattr__(self, "members", _aligned(self.members, self.close))
        missing = np.isnan(self.close.to_numpy()).all(axis=0)
        if missing.any():
            empty = self.close.columns[missing]
            raise DataError(f"{empty[0]}: every close is missing; leave the symbol out")
        self._check_calendar()

    @staticmethod
    def from_pandas(
        table: pd.DataFrame | pd.Series,
        *,
        calendar: Calendar | str | None = None,
        symbol: str | None = None,
    ) -> PriceFrame:
        """Take the prices of a table.

        Parameters
        ----------
        table : DataFrame or Series
            Closes of shape (n_bars, n_symbols); or columns of two levels, field and symbol in
            either order, with the fields open, high, low, close, volume, dividends; or with
            `symbol` the fields of that one symbol, or a Series of its closes. NaN where there was
            no price.
        calendar : Calendar or str, optional
            Where they were traded: ``"XNYS"``, ``"24/7"``, …, or a `Calendar` with the length of a
            bar. None is taken for ``XNYS``, one bar a session; `notes` then say that this was
            assumed, and prices with a bar at a weekend or with another number of bars a year are
            refused.
        symbol : str, optional
            The name of the one symbol.

        Raises
        ------
        DataError
            If it cannot be told what the columns are, and whatever `PriceFrame` itself refuses.

        Examples
        --------
        >>> bars = pd.date_range("2024-01-01", periods=3)
        >>> one = pd.DataFrame({"Open": [9.0, 9.5, 9.0], "Close": [9.2, 9.1, 9.3]}, index=bars)
        >>> prices = PriceFrame.from_pandas(one, symbol="BTC", calendar="24/7")
        >>> prices.symbols, prices.open is None, prices.periods_per_year
        (('BTC',), False, 365)
        """
        named = fields_of(table, symbol)
        plain = {name: one.rename_axis(index=None, columns=None) for name, one in named.items()}
        if calendar is not None:
            known = Calendar(calendar) if isinstance(calendar, str) else calendar
            return PriceFrame(**plain, calendar=known)
        assumed = Calendar()
        made = PriceFrame(**plain, calendar=assumed)
        weekend = made.index[made.index.day_of_week >= _SATURDAY]
        if len(weekend):
            raise DataError(
                f"prices: no calendar was given, and {weekend[0]:%Y-%m-%d} is a "
                f"{weekend[0]:%A}, on which {assumed.name} has no session; give calendar=, such as "
                "24/7 for crypto"
            )
        note = (
            f"No calendar was given with the prices: {assumed.name}, one bar a session, "
            f"{assumed.periods_per_year} bars a year, is assumed."
        )
        return replace(made, notes=(note,))

    def to_pandas(self) -> pd.DataFrame:
        """Return every field in one table of shape (n_bars, n_fields * n_symbols).

        Its columns have two levels, field and symbol; `from_pandas` takes it again.
        """
        given = dict(self._given())
        return pd.concat(given, axis=1)

    def __repr__(self) -> str:
        fields = ", ".join(name for name, _ in self._given())
        return (
            f"PriceFrame: {self.n_bars} bars x {len(self.symbols)} symbols, "
            f"{self.index[0]:%Y-%m-%d} to {self.index[-1]:%Y-%m-%d}, {fields}, calendar "
            f"{self.calendar.name} ({self.periods_per_year} bars a year)"
        )

    def _given(self) -> Iterator[tuple[str, pd.DataFrame]]:
        for name in _FIELDS:
            value = getattr(self, name)
            if value is not None:
                yield name, value

    def _check_calendar(self) -> None:
        expected = self.calendar.periods_per_year
        years = (self.index[-1] - self.index[0]).total_seconds() / (365.2425 * 86_400)
        if self.n_bars < _FEWEST_BARS_TO_JUDGE:
            return
        observed = (self.n_bars - 1) / years
        tolerance = _TOLERANCE_OF_YEARS if years >= 1 else _TOLERANCE_OF_WEEKS
        if not 1 / (1 + tolerance) < observed / expected < 1 + tolerance:
            raise DataError(
                f"calendar {self.calendar.name} has {expected} bars a year, but the prices have "
                f"about {observed:.0f}; name the calendar they were traded on (24/7 for crypto) "
                "and, for bars shorter than a session, their bar_minutes"
            )

    @property
    def index(self) -> pd.DatetimeIndex:
        """The bars, sorted and unique."""
        return self.close.index

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols, in column order."""
        return tuple(self.close.columns)

    @property
    def member(self) -> pd.DataFrame:
        """Where a symbol belongs to the universe, bool of shape (n_bars, n_symbols)."""
        if self.members is not None:
            return self.members
        return pd.DataFrame(True, index=self.close.index, columns=self.close.columns)

    @property
    def n_bars(self) -> int:
        """Number of bars."""
        return len(self.close.index)

    @property
    def periods_per_year(self) -> int:
        """Bars a year by the calendar, for every annualisation."""
        return self.calendar.periods_per_year

    def fill_price(self, execution: Execution) -> pd.DataFrame:
        """Return the prices at which orders are filled, row ``t`` for a fill on bar ``t``.

        Raises
        ------
        DataError
            If opens are needed and the source has none.
        """
        if execution.price == "close":
            return self.close
        if self.open is None:
            raise DataError(
                "execution: next_open needs opening prices and this source has closes only; "
                "use next_close"
            )
        return self.open

    def bars(self, start: int, stop: int) -> PriceFrame:
        """Cut bars ``start … stop - 1`` out of every field; symbols without a close there go."""
        index, columns = self.index[start:stop], self.close.columns
        there = ~np.isnan(self.close.to_numpy()[start:stop]).all(axis=0)
        cut = {
            name: pd.DataFrame(frame.to_numpy()[start:stop], index, columns, copy=False)
            for name, frame in self._given()
        }
        if not there.all():
            cut = {name: frame.iloc[:, there] for name, frame in cut.items()}
        return replace(self, **cut)  # the members follow the closes

    def select(
        self,
        symbols: Sequence[str] | None,
        start: datetime.date | None,
        end: datetime.date | None,
    ) -> PriceFrame:
        """Keep some symbols, in the order given, and the days from `start` to `end`, both included.

        Raises
        ------
        DataError
            If nothing is left, or a symbol has no price in those days.
        """
        columns = list(self.close.columns if symbols is None else symbols)
        if start is None and end is None and columns == list(self.close.columns):
            return self
        bars = self.index.tz_localize(None)
        rows = np.ones(self.n_bars, dtype=bool)
        if start is not None:
            rows &= bars >= pd.Timestamp(start).normalize()
        if end is not None:
            rows &= bars < pd.Timestamp(end).normalize() + pd.Timedelta(days=1)
        if rows.all() and columns == list(self.close.columns):
            return self
        cut = {name: frame.loc[rows, columns] for name, frame in self._given()}
        return replace(self, **cut)

    def on(self, index: pd.DatetimeIndex) -> PriceFrame:
        """Put it on other bars: NaN on those it does not have, and without those it has more."""
        if index.equals(self.index):
            return self
        moved = {name: frame.reindex(index) for name, frame in self._given()}
        return replace(self, **moved)

    def sha256(self) -> str:
        """Hash of every number, bar and symbol: the identity of the data of a run."""
        digest = hashlib.sha256()
        digest.update("\x1f".join(self.symbols).encode())
        digest.update(self.index.as_unit("ns").asi8.tobytes())
        digest.update(f"{self.calendar.name}/{self.calendar.bar_minutes}".encode())
        for name, frame in self._given():
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(frame.to_numpy()).tobytes())
        if self.members is not None:
            digest.update(np.packbits(self.members.to_numpy()).tobytes())
        return digest.hexdigest()


def _aligned(members: pd.DataFrame, close: pd.DataFrame) -> pd.DataFrame:
    """Members on the bars and symbols of the closes; nobody belongs where nothing is said."""
    if members.index.equals(close.index) and members.columns.equals(close.columns):
        return members.fillna(False).astype(bool)
    return members.reindex(index=close.index, columns=close.columns).fillna(False).astype(bool)


def _checked_values(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    try:
        values = frame.to_numpy()
        if values.dtype != np.float64:
            values = frame.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: expected numbers; {error}") from error
    # NaN compares false, and so is let through.
    wrong = (values < 0 if name in _MAY_BE_ZERO else values <= 0) | np.isinf(values)
    if wrong.any():
        bar, symbol = np.argwhere(wrong)[0]
        kind = _MAY_BE_ZERO.get(name, "a positive, finite price")
        raise DataError(
            f"{frame.columns[symbol]}: {name} is {values[bar, symbol]:g} on "
            f"{frame.index[bar]:%Y-%m-%d}; expected {kind} (or NaN where there was none)"
        )
    # Nobody who is handed these prices may change what others are judged by.
    if not _is_frozen(values):
        values = np.array(values, order="K")  # a copy, in the order it lies in
        values.setflags(write=False)
    return pd.DataFrame(values, index=frame.index, columns=frame.columns, copy=False)


def _is_frozen(values: np.ndarray) -> bool:
    """Whether no one can write to the memory behind an array, pandas' own views aside."""
    owner = values
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    return not owner.flags.writeable
