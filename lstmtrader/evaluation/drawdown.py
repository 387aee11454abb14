"""Drawdowns: how far, and for how long, an account was below its highest equity.

The initial capital is the first peak, so a loss on the first bar counts. Returns are simple
returns per bar; NaN rows change nothing, and after a loss of everything the drawdown stays at -1.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.evaluation.metrics import cagr
from lstmtrader.evaluation.returns import cleaned, surviving

# A return to the peak is one even if the product of the returns misses it by rounding.
_ROUNDING = 1e-12


def drawdowns(returns: pd.Series) -> pd.Series:
    """Loss from the highest equity so far, the initial capital included; 0 at a new high.

    Returns
    -------
    Series of shape (n_bars,)
        Fractions from -1 to 0 on the index of `returns`.
    """
    values = np.nan_to_num(np.asarray(returns, dtype=np.float64))
    return pd.Series(_depths(values), index=returns.index, name="drawdown")


def max_drawdown(returns: pd.Series) -> float:
    """Deepest drawdown as a fraction from -1 to 0, 0 if there was none; NaN if empty."""
    values = cleaned(returns)
    return float(_depths(values).min()) if len(values) else math.nan


def drawdown_periods(returns: pd.Series, since: pd.Timestamp | None = None) -> pd.DataFrame:
    """List every stretch from a peak of the equity to its recovery.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
    since : Timestamp, optional
        The bar of the initial capital: the peak of a loss on the first bar. NaT where not given.

    Returns
    -------
    DataFrame of shape (n_periods, 5)
        Deepest first: ``peak``, the last bar at the high; ``trough``; ``recovered``, the first bar
        back at the high, NaT while under water; ``depth``, a fraction from -1 to 0; ``bars`` from
        peak to recovery, or to the last bar.
    """
    kept = surviving(returns)
    depths = _depths(kept.to_numpy())
    starts, stops = _spells(depths)
    troughs = [a + int(depths[a:b].argmin()) for a, b in zip(starts, stops, strict=True)]
    dates = pd.Series(kept.index, dtype=kept.index.dtype)
    missing = dates.iloc[:0].reindex([0]) if since is None else pd.Series([since])
    before = pd.concat([missing, dates], ignore_index=True).reindex(starts)
    table = pd.DataFrame(
        {
            "peak": before.to_numpy() if before.dtype.kind == "O" else before.array,
            "trough": dates.reindex(troughs).array,
            "recovered": dates.reindex(stops).array,
            "depth": depths[troughs],
            "bars": _lengths(starts, stops, len(depths)),
        }
    )
    return table.sort_values("depth", kind="stable", ignore_index=True)


def longest_drawdown(returns: pd.Series) -> float:
    """Most bars from a peak to its recovery, or to the last bar; 0 if there was none.

    NaN if the series is empty.
    """
    values = cleaned(returns)
    if not len(values):
        return math.nan
    lengths = _lengths(*_spells(_depths(values)), len(values))
    return float(lengths.max()) if len(lengths) else 0.0


def calmar_ratio(returns: pd.Series, periods_per_year: int) -> float:
    """CAGR over the depth of the maximum drawdown, over the whole series; NaN without a drawdown.

    References
    ----------
    Young, T. W. (1991). Calmar Ratio: A Smoother Tool. Futures, 20(1), 40.
    """
    depth = -max_drawdown(returns)
    return cagr(returns, periods_per_year) / depth if depth > 0 else math.nan


def _depths(values: np.ndarray) -> np.ndarray:
    equity = np.cumprod(1 + np.maximum(values, -1.0))
    return equity / np.maximum(np.maximum.accumulate(equity), 1.0) - 1


def _spells(depths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First bar under water and first bar above it again, or the number of bars."""
    under = np.concatenate([[False], depths < -_ROUNDING, [False]])
    edges = np.flatnonzero(under[1:] != under[:-1])
    return edges[::2], edges[1::2]


def _lengths(starts: np.ndarray, stops: np.ndarray, n_bars: int) -> np.ndarray:
    return np.asarray(np.minimum(stops, n_bars - 1) - (starts - 1))
