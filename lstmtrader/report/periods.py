"""Returns of calendar months and years, and the spans under water."""

from __future__ import annotations

import numpy as np
import pandas as pd


def monthly_returns(returns: pd.Series) -> pd.DataFrame:
    """Compound bar returns by calendar month.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
        Simple returns; NaN counts as no move.

    Returns
    -------
    DataFrame of shape (n_years, 12)
        Years down, months 1 to 12 across; NaN where there is no bar.
    """
    bars = returns.index
    growth = (1 + returns.fillna(0.0)).groupby([bars.year, bars.month]).prod() - 1
    return growth.unstack().reindex(columns=range(1, 13))


def yearly_returns(strategy: pd.Series, benchmark: pd.Series) -> pd.DataFrame:
    """Compound bar returns of both accounts by calendar year.

    Returns
    -------
    DataFrame
        Indexed by year; strategy, benchmark (NaN without bars) and bars: the larger number of
        bars either account has in that year, which tells whole years from parts.
    """
    columns = {}
    counts = []
    for name, returns in (("strategy", strategy), ("benchmark", benchmark)):
        by_year = (1 + returns.fillna(0.0)).groupby(returns.index.year)
        columns[name] = by_year.prod() - 1
        counts.append(by_year.size())
    table = pd.DataFrame(columns)
    table["bars"] = pd.concat(counts, axis=1).max(axis=1).astype(int)
    return table.sort_index()


def worst_drawdowns(equity: pd.Series, capital: float, most: int) -> pd.DataFrame:
    """Return the deepest drawdowns, the deepest first.

    Parameters
    ----------
    equity : Series of shape (n_bars,)
    capital : float
        Counts as a peak on the first bar.
    most : int

    Returns
    -------
    DataFrame
        peak (the last bar at the high), trough, recovered (NaT where not yet), depth (negative)
        and bars from the peak to the recovery, or to the end.
    """
    values = equity.to_numpy(dtype=np.float64)
    high = np.maximum(np.maximum.accumulate(values), capital)
    under = values < high
    borders = np.flatnonzero(np.diff(np.concatenate([[False], under, [False]]).astype(int)))
    rows = []
    for start, stop in borders.reshape(-1, 2):
        depth = values[start:stop] / high[start:stop] - 1
        peak, end = max(start - 1, 0), min(stop, len(values) - 1)
        rows.append(
            {
                "peak": equity.index[peak],
                "trough": equity.index[start + int(np.argmin(depth))],
                "recovered": equity.index[stop] if stop < len(values) else pd.NaT,
                "depth": float(depth.min()),
                "bars": int(end - peak),
            }
        )
    columns = ["peak", "trough", "recovered", "depth", "bars"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("depth", kind="stable", ignore_index=True).head(most)
