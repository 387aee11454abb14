"""What features, models and strategies know beside prices, with other futures."""

from __future__ import annotations

import contextlib
import copy
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.audit.perturbation import How, changed
from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.features.exogenous import ExogenousSeries
from lstmtrader.prices import PriceFrame

_KNOWN_FROM = (
    "publi", "releas", "announc", "report", "filing", "filed", "availab", "known", "vintage",
    "realtime_start", "as_of", "asof",
)  # fmt: skip
_FORMATS = ("ISO8601", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d")
_FILES = (".csv", ".csv.gz", ".parquet")
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
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._written: dict[tuple[str, str], Path] = {}
        self._published: dict[tuple[ExogenousSeries, pd.Timestamp], ExogenousSeries] = {}

    def __enter__(self) -> Outside:
        return self

    def __exit__(self, *error: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def after(self, thing: Any, day: pd.Timestamp) -> Any:
        """Return a thing that knows the same up to a day, and something else later.

        One that knows nothing from outside is returned itself.
        """
        return self._after(thing, day, _DEPTH)

    @contextlib.contextmanager
    def reading(self, day: pd.Timestamp) -> Iterator[None]:
        """What pandas reads inside, by `read_csv` or `read_parquet`, is another future, too."""
        kept = {name: getattr(pd, name) for name in ("read_csv", "read_parquet")}

        def other(read: Callable[..., Any]) -> Callable[..., Any]:
            def reads(*words: Any, **more: Any) -> Any:
                table = read(*words, **more)
                known = isinstance(table, pd.DataFrame | pd.Series)
                return _rows_changed(table, day) if known else table

            return reads

        try:
            for name, read in kept.items():
                setattr(pd, name, other(read))
            yield
        finally:
            for name, read in kept.items():
                setattr(pd, name, read)

    def _after(self, thing: Any, day: pd.Timestamp, depth: int) -> Any:
        if thing is None or type(thing) in (bool, int, float):
            return thing  # most settings, and soon told so
        if isinstance(thing, ExogenousSeries):
            return self._series(thing, day)
        if isinstance(thing, pd.DataFrame | pd.Series):
            return _rows_changed(thing, day)
        if isinstance(thing, str | Path):
            return self._file(thing, day)
        if isinstance(thing, PriceFrame):
            return _with_another_future(thing, day)
        if depth == 0 or isinstance(thing, type):
            return thing
        if isinstance(thing, PriceProvider):
            return _OtherFuture(thing, day)
        if isinstance(thing, list | tuple) and type(thing) in (list, tuple):
            parts = [self._after(part, day, depth - 1) for part in thing]
            same = all(one is other for one, other in zip(parts, thing, strict=True))
            return thing if same else type(thing)(parts)
        if type(thing) is dict:
            changes = self._changes(thing, day, depth)
            return {**thing, **changes} if changes else thing
        changes = self._changes(getattr(thing, "__dict__", {}), day, depth)
        if not changes:
            return thing
        made = copy.copy(thing)
        for name, other in changes.items():
            object.__setattr__(made, name, other)
        return made

    def _changes(self, known: Mapping[Any, Any], day: pd.Timestamp, depth: int) -> dict[Any, Any]:
        others = {name: self._after(value, day, depth - 1) for name, value in known.items()}
        return {name: other for name, other in others.items() if other is not known[name]}

    def _place(self) -> Path:
        """The folder of the copies, made for the first: hardly anybody keeps paths of files."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="lstmtrader-outside-")
        return Path(self._folder.name)

    def _series(self, series: ExogenousSeries, day: pd.Timestamp) -> ExogenousSeries:
        """Another future of a series, whose file is read once a day that is asked for."""
        key = (series, day)
        if key not in self._published:
            self._published[key] = series.changed_after(day, _rng(day))
        return self._published[key]

    def _file(self, path: str | Path, day: pd.Timestamp) -> str | Path:
        place = Path(path).expanduser()
        if not place.name.endswith(_FILES) or not place.is_file():
            return path
        parquet = place.suffix == ".parquet"
        key = (str(place), day.isoformat())
        if key not in self._written:
            try:
                table = pd.read_parquet(place) if parquet else pd.read_csv(place)
            except (OSError, ValueError):
                return path
            other = _rows_changed(table, day)
            if other is table:
                return path
            made = self._place() / f"{len(self._written)}-{place.name}"
            if parquet:
                other.to_parquet(made)
            else:
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
        return _with_another_future(self.provider.fetch(request), self.day)


def _with_another_future(prices: PriceFrame, until: pd.Timestamp) -> PriceFrame:
    last = int((~_later(pd.Series(prices.index), until)).sum()) - 1
    return changed(prices, last, How.WILD) if last >= 0 else prices


def _later(known: pd.Series, until: pd.Timestamp) -> np.ndarray:
    """Where something is known only after a bar: after its day, if bars are days."""
    if until.time() == pd.Timestamp(0).time() or (known.dt.normalize() == known).all():
        days = known.dt.tz_localize(None).dt.normalize()
        return np.asarray(days > until.tz_localize(None).normalize())
    if known.dt.tz is None or until.tz is None:
        known, until = known.dt.tz_localize(None), until.tz_localize(None)
    return np.asarray(known > until)


def _rng(day: pd.Timestamp) -> np.random.Generator:
    return np.random.default_rng(day.toordinal())


def _rows_changed(table: Any, day: pd.Timestamp) -> Any:
    """Other numbers in the rows that are known only after a day; the table itself without any."""
    known = _known_from(table)
    if known is None:
        return table
    later = _later(known, day)
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
    for level in range(table.index.nlevels):
        days = table.index.get_level_values(level)
        if isinstance(days, pd.PeriodIndex):
            days = days.to_timestamp(how="end").normalize()
        if isinstance(days, pd.DatetimeIndex):
            columns[f"index {level}"] = pd.Series(days)
    if isinstance(table, pd.DataFrame):
        for name in table.columns:
            days = _days(table[name])
            if days is not None:
                columns[str(name)] = days
    told = [name for name in columns if any(word in name.lower() for word in _KNOWN_FROM)]
    chosen = told[0] if told else next(iter(columns), None)
    return None if chosen is None else columns[chosen]


def _days(values: pd.Series) -> pd.Series | None:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.reset_index(drop=True)
    if pd.api.types.is_integer_dtype(values) and values.between(19_000_101, 21_001_231).all():
        values = values.astype(str)
    if not pd.api.types.is_string_dtype(values) or values.empty:
        return None
    for written in _FORMATS:
        days = pd.to_datetime(values, errors="coerce", format=written).reset_index(drop=True)
        if days.notna().mean() >= _DATES:
            return days
    return None
