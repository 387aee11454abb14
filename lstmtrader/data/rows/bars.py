"""Bars: the rows of many symbols as plain arrays, symbol by symbol, for the checks to look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

PRICE_FIELDS = ("open", "high", "low", "close")
BAR_COLUMNS = (*PRICE_FIELDS, "volume", "adj_close")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Bars:
    """Rows of several symbols, each symbol's together, as arrays of length n_rows.

    Parameters
    ----------
    table : DataFrame
        Columns symbol (categorical), time (datetime64[ns]), `BAR_COLUMNS` (float64, NaN where
        there is none), split (new shares per old one that an action announces for this bar, 1
        where there is none), minutes (of the day, as the row came), problem (why the row cannot
        be read; empty where it can). Its index is the position of the row in the input.
    intraday : bool
        Whether bars are shorter than a day.
    """

    table: pd.DataFrame
    intraday: bool = False

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, name: str) -> Floats:
        return self.table[name].to_numpy()  # type: ignore[no-any-return]

    @cached_property
    def code(self) -> Ints:
        """Number of each row's symbol; -1 where it has none."""
        return self.table["symbol"].cat.codes.to_numpy().astype(np.int64)  # type: ignore[no-any-return]

    @cached_property
    def names(self) -> npt.NDArray[np.object_]:
        """The symbols, by number."""
        return self.table["symbol"].cat.categories.to_numpy(dtype=object)  # type: ignore[no-any-return]

    @cached_property
    def time(self) -> Ints:
        """Nanoseconds since 1970; the smallest integer where there is no time."""
        return self.table["time"].to_numpy().astype(np.int64)  # type: ignore[no-any-return]

    @cached_property
    def day(self) -> Ints:
        """Days since 1970."""
        return self.time // 86_400_000_000_000

    @cached_property
    def is_first(self) -> Mask:
        """Whether a row is the first of its symbol."""
        first = np.ones(len(self), dtype=bool)
        first[1:] = self.code[1:] != self.code[:-1]
        return first

    @cached_property
    def start(self) -> Ints:
        """Where each row's symbol starts."""
        places = np.arange(len(self))
        return np.maximum.accumulate(np.where(self.is_first, places, 0))

    @cached_property
    def stop(self) -> Ints:
        """Where each row's symbol stops: one after its last row."""
        last = np.append(self.is_first[1:], True)[: len(self)]
        places = np.where(last, np.arange(1, len(self) + 1), len(self))
        return np.minimum.accumulate(places[::-1])[::-1]

    def before(self, values: Floats) -> Floats:
        """Value of the row before, within the symbol; NaN for its first row."""
        lagged = np.full(len(values), np.nan)
        lagged[1:] = values[:-1]
        lagged[self.is_first] = np.nan
        return lagged

    def history(self, values: Floats, at: Ints, length: int) -> Floats:
        """Values of the `length` rows before each of `at`, shape (len(at), length), else NaN."""
        places = at[:, None] - np.arange(1, length + 1)
        inside = places >= self.start[at][:, None]
        return np.where(inside, values[np.maximum(places, 0)], np.nan)

    def sorted_in_time(self) -> Bars:
        """The same rows in order of symbol and time; equal times keep the order they came in."""
        order = np.lexsort((self.table.index.to_numpy(), self.time, self.code))
        return Bars(self.table.iloc[order], self.intraday)

    def where(self, kept: Mask) -> Bars:
        """Only some rows."""
        return self if kept.all() else Bars(self.table[kept], self.intraday)


def runs(flag: Mask, is_first: Mask) -> tuple[Ints, Ints]:
    """Start and length of each run of True that stays within one symbol."""
    change = np.ones(len(flag), dtype=bool)
    change[1:] = (flag[1:] != flag[:-1]) | is_first[1:]
    starts = np.flatnonzero(change)
    lengths = np.diff(np.append(starts, len(flag)))
    wanted = flag[starts]
    return starts[wanted], lengths[wanted]
