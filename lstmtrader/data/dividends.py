"""Dividends of bars that are left out: the cash is paid all the same, on the next bar there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame


def moved_on(dividends: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    """Move the dividends of bars that are left out to the next bar that is kept.

    What falls before the first bar kept is left out with it: no bar has the right to it.

    Parameters
    ----------
    dividends : DataFrame of shape (n_bars, n_symbols)
    kept : Series of bool of shape (n_bars,)

    Returns
    -------
    DataFrame of shape (n_bars, n_symbols)
        NaN where nothing is paid, and on every bar that is left out.
    """
    bars = kept.index[kept]
    later = dividends[dividends.index >= bars[0]] if len(bars) else dividends[:0]
    moved = later.groupby(bars.searchsorted(later.index)).sum(min_count=1)
    moved = moved.reindex(range(len(bars))).set_axis(bars, axis=0)
    return moved.reindex(kept.index)


def with_dividends(prices: PriceFrame, rows: pd.DataFrame, kept: pd.Index) -> PriceFrame:
    """Add the dividends of a long table to prices that were made of it.

    Parameters
    ----------
    prices : PriceFrame
    rows : DataFrame
        Columns symbol, time and dividends: every row of the source.
    kept : Index
        The rows of which the prices were made. The dividends of others count as well, on the
        first bar at or after them, but of a bar that came more than once those of one row.

    Raises
    ------
    DataError
        If a dividend is negative, or not below the close before it.
    """
    rows = rows[rows["symbol"].isin(prices.symbols) & (rows["time"] >= prices.index[0])]
    made = rows.index.isin(kept)
    rows = pd.concat([rows[made], rows[~made]]).drop_duplicates(["symbol", "time"])
    rows = rows[rows["time"] <= prices.index[-1]]
    paid = np.zeros(prices.close.shape)
    row = prices.index.searchsorted(rows["time"])
    column = prices.close.columns.get_indexer(rows["symbol"].astype(str))
    np.add.at(paid, (row, column), rows["dividends"].fillna(0.0).to_numpy())
    if not paid.any():
        return prices
    before = prices.close.ffill().shift(1).to_numpy()
    wrong = np.argwhere((paid > 0) & (paid >= before))
    if len(wrong):
        bar, symbol = wrong[0]
        raise DataError(
            f"{prices.symbols[symbol]}: the dividend of {paid[bar, symbol]:g} on "
            f"{prices.index[bar]:%Y-%m-%d} is not below the close before it, "
            f"{before[bar, symbol]:g}"
        )
    return replace(prices, dividends=pd.DataFrame(paid, prices.index, prices.close.columns))
