"""What can be traded on each bar, and at which price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstmtrader.clock import Execution
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True, eq=False)
class Market:
    """Prices as the account sees them, from the bar of the first decision on.

    All arrays have shape (n_bars, n_symbols).

    Parameters
    ----------
    index : DatetimeIndex
    symbols : list of str
    close : float64 array
        The latest close known at each bar; NaN before the first.
    reference : float64 array
        Fill price before slippage; NaN where an order cannot be filled: no price on that bar, no
        close ever before it (the position could not be marked), or delisted.
    sizing : float64 array
        The reference where there is one, else the latest close known when orders are sized.
    gone : bool array
        True from the first bar on after a symbol's last close. Whatever is still held of it is
        settled there at that close.
    """

    index: pd.DatetimeIndex
    symbols: list[str]
    close: np.ndarray
    reference: np.ndarray
    sizing: np.ndarray
    gone: np.ndarray

    @staticmethod
    def of(prices: PriceFrame, first: int, timing: Execution) -> Market:
        """Cut the bars from `first` on."""
        filled = prices.close.ffill()
        close = filled.iloc[first:].to_numpy()
        gone = _gone(prices.close.iloc[first:].notna().to_numpy())
        reference = prices.fill_price(timing).iloc[first:].to_numpy(copy=True)
        # An open comes before the close of its own bar.
        known = filled.shift(1 if timing.price == "open" else 0).iloc[first:].to_numpy()
        reference[np.isnan(close) | gone] = np.nan
        sizing = np.where(gone, close, np.where(np.isnan(reference), known, reference))
        return Market(prices.index[first:], list(prices.symbols), close, reference, sizing, gone)


def _gone(traded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bars after the last close of each symbol that had one."""
    n_bars = len(traded)
    stops = n_bars - traded[::-1].argmax(axis=0)
    return np.asarray(traded.any(axis=0) & (np.arange(n_bars)[:, None] >= stops))
