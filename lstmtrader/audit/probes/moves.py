"""Where and by how much two answers to one question differ, and questions that may fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd

from lstmtrader.errors import LstmtraderError, blaming

Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")


@dataclass(frozen=True)
class Move:
    """What differs between two tables.

    Parameters
    ----------
    since : str
        First bar that differs, ISO text.
    symbol : str
        Symbol that differs there.
    size : float, optional
        Largest difference; None where numbers appeared or vanished.
    """

    since: str
    symbol: str
    size: float | None

    @property
    def amount(self) -> str:
        """For people: ``differ by 3e-10``."""
        if self.size is None:
            return "differ in which numbers there are"
        return f"differ by {self.size:.1g}"


def compare(
    one: pd.DataFrame, other: pd.DataFrame, tolerance: np.ndarray | float = 0.0
) -> Move | None:
    """Return what differs by more than a tolerance, None if nothing does.

    Parameters
    ----------
    one, other : DataFrame of shape (n_bars, n_symbols)
        On the same bars; where the axes differ, that is a difference of its own.
    tolerance : float or array that fits the tables
        In units of the tables. Numbers that appear or vanish differ by more than any.
    """
    if not (one.index.equals(other.index) and one.columns.equals(other.columns)):
        return Move("", "", None)
    first, second = (table.to_numpy(dtype=np.float64) for table in (one, other))
    with np.errstate(invalid="ignore"):
        size = np.abs(first - second)
        size = np.where((first == second) | (np.isnan(first) & np.isnan(second)), 0.0, size)
    appeared = np.isnan(size) | np.isinf(size)
    wrong = appeared | (size > tolerance)
    if not wrong.any():
        return None
    bar, symbol = np.argwhere(wrong)[0]
    largest = None if appeared.any() else float(size[wrong].max())
    return Move(pd.Timestamp(one.index[bar]).isoformat(), str(one.columns[symbol]), largest)


def spread(table: pd.DataFrame) -> np.ndarray:
    """Standard deviation of each symbol's finite values, shape (n_symbols,); 0 without any."""
    values = table.to_numpy(dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    count = np.maximum((~np.isnan(values)).sum(axis=0), 1)
    mean = np.nansum(values, axis=0) / count
    deviation: np.ndarray = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / count)
    return deviation


def tried(
    name: str, ask: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs
) -> Answer | str:
    """Return what a question gives, or why it could not be answered, in a sentence."""
    try:
        with blaming(name):
            return ask(*args, **kwargs)
    except LstmtraderError as error:
        return str(error)
