"""Forecast against outcome, counted on a grid: a scatter of any size that a report can hold."""

from __future__ import annotations

import numpy as np
import pandas as pd

_CELLS = 40
_TAIL = 0.005


def cloud(forecast: np.ndarray, outcome: np.ndarray, cells: int = _CELLS) -> pd.DataFrame:
    """Count the pairs of forecast and outcome in the cells of a grid.

    The grid reaches from the 0.5 % to the 99.5 % quantile of either; pairs beyond are left out.
    Where these are one number, it reaches from the smallest to the largest.

    Parameters
    ----------
    forecast, outcome : array of shape (n_bars, n_symbols)
    cells : int
        On each side of the grid.

    Returns
    -------
    DataFrame
        Columns ``forecast`` and ``outcome`` (centres of cells) and ``n`` (pairs, at least 1).
        Without rows where forecast or outcome does not vary.
    """
    both = ~(np.isnan(forecast) | np.isnan(outcome))
    x, y = forecast[both].astype(np.float64), outcome[both].astype(np.float64)
    if len(x) == 0 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return pd.DataFrame({"forecast": x[:0], "outcome": y[:0], "n": np.zeros(0, dtype=np.int64)})
    across, up = _edges(x, cells), _edges(y, cells)
    counts, _, _ = np.histogram2d(x, y, bins=(across, up))
    column, row = np.nonzero(counts)
    return pd.DataFrame(
        {
            "forecast": ((across[1:] + across[:-1]) / 2)[column],
            "outcome": ((up[1:] + up[:-1]) / 2)[row],
            "n": counts[column, row].astype(np.int64),
        }
    )


def _edges(values: np.ndarray, cells: int) -> np.ndarray:
    low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
    if low == high:
        low, high = values.min(), values.max()
    return np.linspace(low, high, cells + 1)
