"""What every figure of merit does to a series of returns first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Below this a standard deviation is rounding, not dispersion.
_NO_DISPERSION = 1e-14


def cleaned(returns: pd.Series) -> np.ndarray:
    """Return simple returns without NaN rows, up to a loss of everything.

    A return of -1 (or less) is kept and ends the series: there is no account to go on with.

    Parameters
    ----------
    returns : Series of shape (n_bars,)

    Returns
    -------
    float64 array of shape (n,)
        May be empty.
    """
    values: NDArray[np.float64] = np.asarray(returns, dtype=np.float64)
    return np.asarray(values[_kept(values)])


def surviving(returns: pd.Series) -> pd.Series:
    """Return what `cleaned` keeps, with its bars.

    Parameters
    ----------
    returns : Series of shape (n_bars,)

    Returns
    -------
    float64 Series of shape (n,)
        May be empty.
    """
    values = np.asarray(returns, dtype=np.float64)
    kept = _kept(values)
    return pd.Series(values[kept], index=returns.index[kept], name=returns.name)


def in_excess(returns: pd.Series, risk_free: pd.Series | None) -> pd.Series:
    """Return simple returns less the risk-free ones of the same bars.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
        Cut as by `surviving` before anything is subtracted.
    risk_free : Series, optional
        Simple returns a bar, found by the bar. Bars without one are dropped. None subtracts
        nothing.

    Returns
    -------
    float64 Series of shape (n,)
    """
    kept = surviving(returns)
    if risk_free is None:
        return kept
    return (kept - risk_free.astype(np.float64).reindex(kept.index)).dropna()


def paired(
    returns: pd.Series, benchmark: pd.Series, risk_free: pd.Series | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return two series on the bars that both have, in excess of a risk-free one.

    The pairs end with the first of the two that loses everything.

    Parameters
    ----------
    returns, benchmark : Series
    risk_free : Series, optional
        See `in_excess`.

    Returns
    -------
    two float64 arrays of shape (n,)
    """
    one, other = in_excess(returns, risk_free), in_excess(benchmark, risk_free)
    if not one.index.equals(other.index):
        shared = one.index.intersection(other.index)
        one, other = one.reindex(shared), other.reindex(shared)
    return one.to_numpy(), other.to_numpy()


def deviation(values: np.ndarray) -> float:
    """Return the standard deviation of clean values, ddof 1.

    Exactly 0 where it is rounding only, NaN for fewer than two values.
    """
    if len(values) < 2:
        return float("nan")
    found = float(values.std(ddof=1))
    return found if found > rounding(np.abs(values).max()) else 0.0


def rounding(largest: np.ndarray) -> np.ndarray:
    """Return the standard deviation up to which equal values of that size may seem to differ."""
    return np.asarray(_NO_DISPERSION * np.maximum(1.0, largest))


def _kept(values: NDArray[np.float64]) -> NDArray[np.intp]:
    kept = np.flatnonzero(~np.isnan(values))
    ruin = np.flatnonzero(values[kept] <= -1)
    return kept[: ruin[0] + 1] if len(ruin) else kept
