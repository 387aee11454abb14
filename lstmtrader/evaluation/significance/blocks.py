"""Which bars are compared, and how long the blocks are that the bootstrap draws them in."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lstmtrader.evaluation.significance.libraries import resampling
from lstmtrader.evaluation.significance.sharpe import NO_DISPERSION

MIN_BARS = 20
"""Fewer bars are not resampled: their autocorrelation cannot be told."""


def paired(series: Sequence[pd.Series]) -> np.ndarray:
    """Return accounts side by side on the bars that all of them have.

    Parameters
    ----------
    series : sequence of Series
        Simple returns; NaN is no bar.

    Returns
    -------
    float64 array of shape (n_bars, n_series)
        Up to the first bar on which one of them loses everything, that bar included.
    """
    table = pd.concat(list(series), axis=1, join="inner").dropna()
    values: np.ndarray = table.to_numpy(dtype=np.float64)
    ends = np.flatnonzero((values <= -1).any(axis=1))
    return values[: ends[0] + 1] if len(ends) else values


def disperse(values: np.ndarray) -> np.ndarray:
    """Say which columns of an array of shape (n_bars, n_series) move at all."""
    if len(values) < 2:
        return np.zeros(values.shape[1], dtype=bool)
    scale = np.maximum(1.0, np.abs(values).max(axis=0))
    moving: np.ndarray = values.std(axis=0) > NO_DISPERSION * scale
    return moving


def block_length(values: np.ndarray) -> int:
    """Mean length of the blocks that keep the autocorrelation of every series, in bars.

    The rule of Politis and White (2004), as corrected by Patton, Politis and White (2009), for
    the stationary bootstrap; the longest over the series, rounded up. A series that does not
    move has no say; without any that does, 1.

    Parameters
    ----------
    values : array of shape (n_bars, n_series)
        At least `MIN_BARS` bars.

    References
    ----------
    Politis, D. N. and White, H. (2004). Automatic Block-Length Selection for the Dependent
    Bootstrap. Econometric Reviews, 23(1), 53-70. Patton, A., Politis, D. N. and White, H. (2009).
    Correction. Econometric Reviews, 28(4), 372-375.
    """
    moving = disperse(values)
    if not moving.any():
        return 1
    # Where nothing happens for long, the rule divides zero by zero on the way.
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = resampling().optimal_block_length(values[:, moving])["stationary"].to_numpy()
    known = lengths[np.isfinite(lengths)]
    return max(1, math.ceil(known.max())) if len(known) else 1
