"""What features, models and strategies know beside prices, with other futures."""

from __future__ import annotations

import copy
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.audit.perturbation import How, changed
from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.features.exogenous import ExogenousSeries
from lstmtrader.prices import PriceFrame

_KNOWN_FROM = ("published", "publication", "released", "release", "announced", "available", "known")
_DATES = 0.9  # share of a text column that must be dates
_DEPTH = 4


class Outside:
    """Changes what is outside the prices, after a day; files are copied, never touched.

    Exogenous series, price providers, tables and series with dates, and paths of CSV files with
    dates are found wherever an object keeps them. A row is known from its date of publication
    on, where it has one, else from the first of its dates.

    Examples
    --------
    ::

        with Outside() as outside:
            other = outside.after(feature, day)
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lstmtrader-outside-")
        self._written: dict[tuple[str, str], Path] = {}

    def __enter__(self) -> Outside:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def after(self, thing: Any, day: pd.Timestamp) -> Any:
        """Return a thing that knows the same up to a day, and something else later.

        One that knows nothing from outside is returned itself.
        """
        return self._after(thing, day.tz_localize(None).normalize(), _DEPTH)

    def _after(self, thing: Any, day: pd.Timestamp, depth: int) -> Any:
        if isinstance(thing, ExogenousSeries):
            return thing.changed_after(day, _rng(day))
        if isinstance(thing, pd.DataFrame | pd.Series):
            return _rows_changed(thing, day)
        if isinstance(thing, str | Path):
            return self._file(thing, day)
        if depth == 0 or isinstance(thing, type | PriceFrame):
            return thing
        if isinstance(thing, PriceProvider):
            return _OtherFuture(thing, day)
        if isinstance(thing, list | tuple) and type(thing) in (list, tuple):
            parts = [self._after(part, day, depth - 1) for part in thing]
            same = all(one is other for one, other in zip(parts, thing, strict=True))
            return thing if same else type(thing)(parts)
        changes = {}
        for name, value in getattr(thing, "__dict__", {}).items():
            other = self._after(value, day, depth - 1)
            if other is not value:
                changes[name] = other
        if not changes:
            return thing
        made = copy.copy(thing)
        for name, other in changes.items():
            object.__setattr__(made, name, other)
        return made

    def _file(self, path: str | Path, day: pd.Timestamp) -> str | Path:
        place = Path(path).expanduser()
        if place.suffix != ".csv" or not place.is_file():
            return path
        key = (str(place), day.isoformat())
        if key not in self._written:
            try:
                table = pd.read_csv(place)
            except (OSError, ValueError):
                return path
            other = _rows_changed(table, day)
            if other is table:
                return path
            made = Path(self._folder.name) / f"{len(self._written)}-{place.name}"
            other.to_csv(made, index=False)
            self._written[key] = made
        return type(path)(self._written[key])


@dataclass(frozen=True, eq=False)
class _OtherFuture:
    """Another provider's prices, with another future after a day."""

    provider: PriceProvider
    day: pd.Timestamp

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        """See `PriceProvider`."""
        prices = self.provider.fetch(request)
        days = prices.index.tz_localize(None).normalize()
        last = int(np.searchsorted(days, self.day, side="right")) - 1
        return changed(prices, last, How.WILD) if last >= 0 else prices


def _rng(day: pd.Timestamp) -> np.random.Generator:
    return np.random.default_rng(day.toordinal())


def _rows_changed(table: Any, day: pd.Timestamp) -> Any:
    """Other numbers in the rows that are known only after a day; the table itself without any."""
    known = _known_from(table)
    if known is None:
        return table
    later = (known > day).to_numpy()
    frame = table.to_frame("values") if isinstance(table, pd.Series) else table
    columns = frame.select_dtypes("number").columns
    if not later.any() or not len(columns):
        return table
    made, rng = frame.copy(), _rng(day)
    values = made[columns].to_numpy(dtype=np.float64, copy=True)
    size = 1.0 + np.nan_to_num(np.nanmax(np.abs(values), axis=0))
    values[later] = values[later] + size * rng.uniform(1, 10, values[later].shape)
    made[columns] = values
    return made["values"].rename(table.name) if isinstance(table, pd.Series) else made


def _known_from(table: Any) -> pd.Series | None:
    """From which day on each row is known; None where nothing says."""
    columns: dict[str, pd.Series] = {}
    if isinstance(table.index, pd.DatetimeIndex):
        columns["index"] = pd.Series(table.index)
    if isinstance(table, pd.DataFrame):
        for name in table.columns:
            days = _days(table[name])
            if days is not None:
                columns[str(name)] = days
    told = [name for name in columns if name.lower().startswith(_KNOWN_FROM)]
    chosen = told[0] if told else next(iter(columns), None)
    if chosen is None:
        return None
    days = columns[chosen]
    return days.dt.tz_localize(None) if days.dt.tz is not None else days


def _days(values: pd.Series) -> pd.Series | None:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.reset_index(drop=True)
    if not pd.api.types.is_string_dtype(values) or values.empty:
        return None
    days = pd.to_datetime(values, errors="coerce", format="ISO8601").reset_index(drop=True)
    return days if days.notna().mean() >= _DATES else None
