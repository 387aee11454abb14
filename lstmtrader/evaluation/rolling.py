"""Figures over the last so many returns, bar by bar.

Every window holds `window` returns: bars with a NaN are left out, not counted, and after a loss
of everything there are no more. Each value is that of the plain function on its window, worked
out from the window alone: no rounding is carried along.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from lstmtrader.bounds import whole
from lstmtrader.evaluation.returns import rounding, surviving

# Numbers of windows worked on at once: bounds the memory at some tens of megabytes.
_AT_ONCE = 1_000_000


def rolling_volatility(returns: pd.Series, periods_per_year: int, window: int) -> pd.Series:
    """Annualised `volatility` of the last `window` returns, on the index; NaN before there are."""
    return _rolled(returns.index, [surviving(returns)], window, "volatility", _spread) * np.sqrt(
        periods_per_year
    )


def rolling_sharpe(returns: pd.Series, periods_per_year: int, window: int) -> pd.Series:
    """Annualised `sharpe_ratio` of the last `window` returns, on the index.

    NaN before there are so many, and for a window without dispersion.
    """

    def ratio(values: np.ndarray) -> np.ndarray:
        spread = _spread(values)
        return np.asarray(values.mean(axis=1) / np.where(spread > 0, spread, np.nan))

    return _rolled(returns.index, [surviving(returns)], window, "sharpe", ratio) * np.sqrt(
        periods_per_year
    )


def rolling_beta(returns: pd.Series, benchmark: pd.Series, window: int) -> pd.Series:
    """`beta` over the last `window` bars that both series have, on the index of `returns`.

    NaN before there are so many, and where the benchmark is constant.
    """

    def slope(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        centred = other - other.mean(axis=1, keepdims=True)
        squares = np.where(_spread(other) > 0, (centred**2).sum(axis=1), np.nan)
        return np.asarray((centred * (one - one.mean(axis=1, keepdims=True))).sum(axis=1) / squares)

    one, other = surviving(returns), surviving(benchmark)
    shared = one.index.intersection(other.index)
    pair = [one.reindex(shared), other.reindex(shared)]
    return _rolled(returns.index, pair, window, "beta", slope)


def _spread(values: np.ndarray) -> np.ndarray:
    """Deviation of each row, 0 where it is rounding; see `deviation`."""
    found = values.std(axis=1, ddof=1)
    return np.where(found > rounding(np.abs(values).max(axis=1)), found, 0.0)


def _rolled(
    index: pd.Index,
    series: list[pd.Series],
    window: int,
    name: str,
    figure: Callable[..., np.ndarray],
) -> pd.Series:
    whole(2, window=window)
    kept = series[0].index
    rolled = np.full(len(kept), np.nan)
    if len(kept) >= window:
        windows = [sliding_window_view(one.to_numpy(), window) for one in series]
        step = max(1, _AT_ONCE // window)
        for start in range(0, len(windows[0]), step):
            part = figure(*(one[start : start + step] for one in windows))
            rolled[window - 1 + start :][: len(part)] = part
    return pd.Series(rolled, index=kept, name=name).reindex(index)
