"""What can be traded on each bar, at which price, and what is known of its liquidity."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstmtrader.clock import Execution
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame

ESTIMATION_BARS = 20
"""Bars before a fill over which range, volatility and volume are averaged."""
_FEWEST = 5


@dataclass(frozen=True, eq=False)
class Market:
    """Prices as accounts see them, from the bar of the first decision on.

    All arrays have shape (n_bars, n_symbols).

    Parameters
    ----------
    index : DatetimeIndex
    symbols : list of str
    close : float64 array
        The latest close known at each bar; NaN before the first.
    priced : bool array
        Where an order can be filled: not without a price on that bar, nor before the first close
        (the position could not be marked), nor once delisted.
    sizing : float64 array
        The reference price, before slippage, where there is one, else the latest close known when
        orders are sized.
    gone : bool array
        True from the first bar on after a symbol's last close. Whatever is still held of it is
        settled there at that close.
    estimates : dict of str to float64 array
        ``range``, ``volatility`` and ``volume`` over the bars before each fill, NaN where there
        are too few; those that were asked for.
    volume : float64 array, optional
        Shares traded on the bar itself, 0 where unknown.
    dividends : float64 array, optional
        Cash a share paid to who held it at the close before.
    """

    index: pd.DatetimeIndex
    symbols: list[str]
    close: np.ndarray
    priced: NDArray[np.bool_]
    sizing: np.ndarray
    gone: NDArray[np.bool_]
    estimates: dict[str, np.ndarray] = field(default_factory=dict)
    volume: np.ndarray | None = None
    dividends: np.ndarray | None = None

    @staticmethod
    def of(
        prices: PriceFrame,
        first: int,
        timing: Execution,
        estimates: frozenset[str] = frozenset(),
        volume: bool = False,
    ) -> Market:
        """Cut the bars from `first` on, with the estimates asked for and the volume if wanted.

        Raises
        ------
        DataError
            If opens, highs and lows, or volumes are needed and missing.
        """
        filled = prices.close.ffill()
        close = filled.iloc[first:].to_numpy()
        gone = _gone(prices.close.notna().to_numpy())[first:]
        reference = prices.fill_price(timing).iloc[first:].to_numpy(copy=True)
        # An open comes before the close of its own bar.
        known = filled.shift(1 if timing.price == "open" else 0).iloc[first:].to_numpy()
        reference[np.isnan(close) | gone] = np.nan
        priced = ~np.isnan(reference)
        sizing = np.where(gone, close, np.where(priced, reference, known))
        return Market(
            prices.index[first:],
            list(prices.symbols),
            close,
            priced,
            sizing,
            gone,
            {name: _estimate(prices, name, first) for name in sorted(estimates)},
            _needed(prices, "volume").fillna(0.0).iloc[first:].to_numpy() if volume else None,
            None if prices.dividends is None else prices.dividends.fillna(0.0).to_numpy()[first:],
        )

    def __len__(self) -> int:
        return len(self.index)


def _gone(traded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bars after the last close of each symbol that had one."""
    n_bars = len(traded)
    stops = n_bars - traded[::-1].argmax(axis=0)
    return np.asarray(traded.any(axis=0) & (np.arange(n_bars)[:, None] >= stops))


def _estimate(prices: PriceFrame, name: str, first: int) -> np.ndarray:
    if name == "range":
        values = (_needed(prices, "high") - _needed(prices, "low")) / prices.close
    elif name == "volatility":
        values = prices.close / prices.close.shift(1) - 1
    else:
        values = _needed(prices, "volume")
    # The bars before the fill: its own is not over when the order is sized. Every window is
    # summed by itself: running sums would carry rounding from the past into the present.
    padded = np.vstack([np.full((ESTIMATION_BARS, values.shape[1]), np.nan), values.to_numpy()])
    windows = [padded[first + back :][: len(values) - first] for back in range(ESTIMATION_BARS)]
    known = sum((~np.isnan(one)).astype(np.float64) for one in windows)
    count = np.where(np.asarray(known) >= _FEWEST, known, np.nan)
    mean = np.asarray(sum(np.nan_to_num(one) for one in windows)) / count
    if name == "volatility":
        squares = sum(np.nan_to_num(one - mean) ** 2 for one in windows)
        return np.asarray(np.sqrt(np.asarray(squares) / (count - 1)))
    return np.where(mean > 0, mean, np.nan) if name == "volume" else mean


def _needed(prices: PriceFrame, name: str) -> pd.DataFrame:
    frame: pd.DataFrame | None = getattr(prices, name)
    if frame is None:
        raise DataError(
            f"costs: the prices have no {name}, which these costs or limits are worked out from"
        )
    return frame
