"""What moved at or before a bar, where first, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, Stage

CHANGED_SHAPE = 1e-6
"""How far apart the same number may lie when it is worked out in arrays of another shape."""


@dataclass(frozen=True)
class Movement:
    """The first number that moved, and the largest move.

    Parameters
    ----------
    since : str
        First bar, as ISO text.
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
    def words(self) -> str:
        """For people."""
        by = "appeared or vanished" if self.size is None else f"moved by up to {self.size:.3g}"
        return f"{by}, first on {self.since}{f' for {self.symbol}' if self.symbol else ''}"


def movement(
    before: pd.DataFrame, after: pd.DataFrame, until: pd.Timestamp, tolerance: float = 0.0
) -> Movement | None:
    """Compare two tables on the bars up to one, and the symbols that both have.

    Parameters
    ----------
    before, after : DataFrame of shape (n_bars, n_symbols)
        NaN is equal to NaN only.
    until : Timestamp
        Last bar that is compared.
    tolerance : float
        Allowed difference, in units of the value plus the spread of its column; 0 for the same
        bits.
    """
    first, second = before.loc[:until], after.loc[:until]
    if not first.index.equals(second.index):
        differs = first.index.symmetric_difference(second.index)
        return Movement(_iso(differs[0]), "", None)
    columns = [name for name in first.columns if name in set(second.columns)]
    one = first[columns].to_numpy(dtype=np.float64)
    other = second[columns].to_numpy(dtype=np.float64)
    if one.size == 0:
        return None
    appeared = np.isnan(one) != np.isnan(other)
    with np.errstate(invalid="ignore"):
        gap = np.abs(one - other)
        gap[one == other] = 0.0  # also of equal infinities
    limit = 0.0
    if tolerance:
        finite = np.where(np.isfinite(one), one, 0.0)
        limit = tolerance * (np.abs(finite) + finite.std(axis=0))
    moved = appeared | (gap > limit)
    if not moved.any():
        return None
    row, column = np.argwhere(moved)[0]
    size = None if appeared.any() else float(np.nanmax(gap[moved]))
    return Movement(_iso(first.index[row]), str(columns[column]), size)


def _iso(bar: pd.Timestamp) -> str:
    return bar.isoformat() if bar.time() != pd.Timestamp(0).time() else f"{bar:%Y-%m-%d}"
