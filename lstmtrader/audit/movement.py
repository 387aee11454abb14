"""What differs between two answers to one question, where first, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, Stage

CHANGED_SHAPE = 1e-6
"""How far apart the same number may lie when it is worked out in arrays of another shape."""
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Movement:
    """The first number that moved, and the largest move.

    Parameters
    ----------
    since : str
        First bar, as ISO text; empty where the tables have other bars or symbols altogether.
    symbol : str
    size : float, optional
        None where a number appeared or vanished.
    """

    since: str
    symbol: str
    size: float | None

    def finding(self, stage: Stage, name: str, what: str) -> Finding:
        """Blame a stage for it."""
        return Finding(stage, name, what, self.since, self.symbol, self.size)

    @property
    def amount(self) -> str:
        """For people: ``differ by 3e-10``."""
        if self.size is None:
            return "differ in which numbers there are"
        return f"differ by {self.size:.1g}"


def compare(
    one: pd.DataFrame, other: pd.DataFrame, tolerance: np.ndarray | float = 0.0
) -> Movement | None:
    """Return what differs by more than a tolerance, None if nothing does.

    Parameters
    ----------
    one, other : DataFrame of shape (n_bars, n_symbols)
        On the same bars; where the axes differ, that is a difference of its own. NaN is equal to
        NaN only.
    tolerance : float or array that fits the tables
        In units of the tables. Numbers that appear or vanish differ by more than any.
    """
    if not one.index.equals(other.index):
        differs = one.index.symmetric_difference(other.index)
        return Movement(_iso(differs[0]) if len(differs) else "", "", None)
    if not one.columns.equals(other.columns):
        return Movement("", "", None)
    first, second = (table.to_numpy(dtype=np.float64) for table in (one, other))
    same = _same(first, second)
    if same.all():
        return None
    with np.errstate(invalid="ignore"):
        size = np.where(same, 0.0, np.abs(first - second))
    appeared = ~np.isfinite(size)
    wrong = appeared | (size > tolerance)
    if not wrong.any():
        return None
    bar, symbol = np.argwhere(wrong)[0]
    largest = None if appeared.any() else float(size[wrong].max())
    return Movement(_iso(one.index[bar]), str(one.columns[symbol]), largest)


def movement(
    before: pd.DataFrame, after: pd.DataFrame, until: pd.Timestamp, tolerance: float = 0.0
) -> Movement | None:
    """Compare two tables on the bars up to one, and the symbols that both have.

    Parameters
    ----------
    before, after : DataFrame of shape (n_bars, n_symbols)
    until : Timestamp
        Last bar that is compared.
    tolerance : float
        Allowed difference, in units of the value plus the spread of its column; 0 for the same
        bits.
    """
    if _nothing_moved(before, after, until):
        return None
    first, second = _up_to(before, until), _up_to(after, until)
    if not first.columns.equals(second.columns):
        both = first.columns[first.columns.isin(second.columns)]
        first, second = first[both], second[both]
    moved = compare(first, second)
    if moved is None or not tolerance or not first.index.equals(second.index):
        return moved
    values = first.to_numpy(dtype=np.float64)
    size = np.abs(np.where(np.isfinite(values), values, 0.0))
    return compare(first, second, tolerance * (size + spread(first)))


def _same(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two arrays of floats are equal, NaN to NaN included."""
    same: np.ndarray = (one == other) | (np.isnan(one) & np.isnan(other))
    return same


def _nothing_moved(before: pd.DataFrame, after: pd.DataFrame, until: pd.Timestamp) -> bool:
    """Whether tables on the same axes are equal up to a bar: most are, and soon told so."""
    index = before.index
    if not (index.equals(after.index) and before.columns.equals(after.columns)):
        return False
    if not (isinstance(index, pd.DatetimeIndex) and index.is_monotonic_increasing):
        return False
    rows = int(index.searchsorted(until, side="right"))
    one, other = (table.to_numpy(dtype=np.float64)[:rows] for table in (before, after))
    return bool(_same(one, other).all())


def _up_to(table: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """The rows up to a bar: by position where bars are sorted, which is many times faster."""
    index = table.index
    if not (isinstance(index, pd.DatetimeIndex) and index.is_monotonic_increasing):
        return table.loc[:until]
    return table.iloc[: int(index.searchsorted(until, side="right"))]


def rounding(before: pd.DataFrame, after: pd.DataFrame) -> float:
    """Return the tolerance for sums over whole columns, such as a Fourier transform's.

    Their rounding is that of the largest number in them, also for the rows of others.
    """
    sizes = []
    for table in (before, after):
        values = np.abs(table.to_numpy(dtype=np.float64))
        sizes.append(float(values[np.isfinite(values)].max(initial=0.0)))
    return _ROUNDING * max(sizes[1] / sizes[0], 1.0) if sizes[0] else 0.0


def spread(table: pd.DataFrame) -> np.ndarray:
    """Standard deviation of each symbol's finite values, shape (n_symbols,); 0 without any."""
    values = table.to_numpy(dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    count = np.maximum((~np.isnan(values)).sum(axis=0), 1)
    mean = np.nansum(values, axis=0) / count
    deviation: np.ndarray = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / count)
    return deviation


def _iso(bar: pd.Timestamp) -> str:
    return bar.isoformat() if bar.time() != pd.Timestamp(0).time() else f"{bar:%Y-%m-%d}"
