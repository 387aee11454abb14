"""The market that some strategies look at: the equal-weight mean of all members. No strategy."""

from __future__ import annotations

import pandas as pd

from lstmtrader.prices import PriceFrame


def one_bar_returns(prices: PriceFrame) -> pd.DataFrame:
    """Simple return of the close over one bar, NaN outside the universe."""
    return (prices.close / prices.close.shift(1) - 1).where(prices.member)


def market_return(prices: PriceFrame) -> pd.Series:
    """Mean one-bar return of the members that have one, NaN where none has."""
    return one_bar_returns(prices).mean(axis=1)


def tradable(prices: PriceFrame, index: pd.DatetimeIndex) -> pd.DataFrame:
    """Where a symbol is a member and has a close, on the bars of `index`."""
    return (prices.close.notna() & prices.member).loc[index]
