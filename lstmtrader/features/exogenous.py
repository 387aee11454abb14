"""Numbers that are no prices, each known from the day it was published on."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class ExogenousSeries:
    """A CSV file of values, what each is about, and when each was published.

    One row a publication. A figure that was revised has a row for each time it was told. Other
    columns are ignored.

    Parameters
    ----------
    path : str
        Dates in it are days such as 2020-01-31.
    value : str
        Column of the numbers.
    stamped : str
        Column of the days that the numbers are about, such as the end of a month.
    published : str
        Column of the days from whose close on they were known. What comes out after the close
        belongs to the next day.

    Examples
    --------
    >>> import tempfile
    >>> rows = "date,published,value\\n2024-01-31,2024-02-14,3.1\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "inflation.csv"
    ...     _ = path.write_text(rows)
    ...     known = ExogenousSeries(str(path)).as_of(pd.to_datetime(["2024-02-13", "2024-02-14"]))
    >>> known.tolist()
    [nan, 3.1]
    """

    path: str
    value: str = "value"
    stamped: str = "date"
    published: str = "published"
    # What an audit puts in place of the file: it is no setting.
    _replaced: pd.DataFrame | None = field(default=None, init=False, repr=False, compare=False)

    def table(self) -> pd.DataFrame:
        """Return stamped, published and value, sorted by publication and then by stamp.

        Raises
        ------
        DataError
            Missing file or column, a date or number that is none, no rows, or two values of the
            same stamp published on the same day.
        """
        if self._replaced is not None:
            return self._replaced.copy()
        try:
            raw = pd.read_csv(Path(self.path).expanduser(), dtype=str)
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path}: cannot be read as CSV ({error})") from error
        for column in (self.stamped, self.published, self.value):
            if column not in raw.columns:
                raise DataError(
                    f"{self.path}: expected a column {column}; got {', '.join(raw.columns)}"
                )
        if raw.empty:
            raise DataError(f"{self.path}: expected at least one row")
        table = pd.DataFrame(
            {
                "stamped": self._days(raw[self.stamped]),
                "published": self._days(raw[self.published]),
                "value": self._numbers(raw[self.value]),
            }
        )
        twice = table.duplicated(["stamped", "published"]).to_numpy()
        if twice.any():
            line = int(np.argmax(twice))
            raise DataError(
                f"{self.path}: line {line + 2}: {table['stamped'][line]:%Y-%m-%d} was published on "
                f"{table['published'][line]:%Y-%m-%d} already; expected one value a publication"
            )
        return table.sort_values(["published", "stamped"], ignore_index=True)

    def as_of(self, index: pd.DatetimeIndex) -> pd.Series:
        """Return what was known at the close of each bar.

        Of all that was published on or before the day of the bar, that is the value with the
        latest stamp, and of its publications the latest: a revision of an older figure does not
        replace a newer figure.

        Parameters
        ----------
        index : DatetimeIndex
            The day of a bar is that of its own time zone.

        Returns
        -------
        Series of float64 on `index`, NaN before the first publication
        """
        table = self.table()
        news = table[table["stamped"] == table["stamped"].cummax()]
        days = index.tz_localize(None).normalize()
        latest = np.searchsorted(news["published"].to_numpy(), days.to_numpy(), side="right") - 1
        values = news["value"].to_numpy()[np.maximum(latest, 0)]
        return pd.Series(np.where(latest >= 0, values, np.nan), index=index, name=self.value)

    def changed_after(self, day: datetime.date, rng: np.random.Generator) -> ExogenousSeries:
        """Return the series with another future, and leave the file alone.

        Every value published after `day` is another one, and one more is published on the day
        after it, with a stamp later than all others.
        """
        table = self.table()
        day_after = pd.Timestamp(day).tz_localize(None).normalize() + pd.Timedelta(days=1)
        later = (table["published"] >= day_after).to_numpy()
        size = max(float(np.abs(table["value"]).max()), 1.0)
        moved = table["value"].to_numpy(copy=True)
        moved[later] += size * rng.uniform(1, 10, int(later.sum()))
        stamp = max(table["stamped"].max(), day_after) + pd.Timedelta(days=1)
        added = {"stamped": [stamp], "published": [day_after], "value": [size * rng.uniform(2, 9)]}
        changed = pd.concat([table.assign(value=moved), pd.DataFrame(added)])
        made = replace(self)
        ordered = changed.sort_values(["published", "stamped"], ignore_index=True)
        object.__setattr__(made, "_replaced", ordered)
        return made

    def _days(self, texts: pd.Series) -> pd.Series:
        days = pd.to_datetime(texts.str.strip(), errors="coerce", format="%Y-%m-%d")
        self._refuse(texts, days.isna(), "a date such as 2020-01-31")
        return days.astype("datetime64[ns]")

    def _numbers(self, texts: pd.Series) -> pd.Series:
        numbers = pd.to_numeric(texts, errors="coerce").astype(np.float64)
        self._refuse(texts, ~np.isfinite(numbers), "a finite number")
        return numbers

    def _refuse(self, texts: pd.Series, wrong: pd.Series, expected: str) -> None:
        if wrong.any():
            line = int(np.argmax(wrong.to_numpy()))
            raise DataError(
                f"{self.path}: line {line + 2}: {texts.name}: expected {expected}; "
                f"got {texts.iloc[line]!r}"
            )


@dataclass(frozen=True)
class Exogenous:
    """The latest published value of a series, the same for every symbol.

    NaN before the first publication, and where a symbol has no price.

    Parameters
    ----------
    series : ExogenousSeries
    name : str
        Name of the feature.

    Examples
    --------
    >>> inflation = Exogenous(ExogenousSeries("inflation.csv"), name="inflation")
    >>> inflation.name, inflation.lookback
    ('inflation', 1)
    """

    series: ExogenousSeries
    name: str = "exogenous"

    lookback: ClassVar[int] = 1  # a bar needs no other bar to know what was published

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`."""
        known = self.series.as_of(prices.index).to_numpy()
        values = np.where(prices.close.notna(), known[:, None], np.nan)
        return pd.DataFrame(values, index=prices.index, columns=prices.close.columns)
