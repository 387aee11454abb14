"""The prices on which contracts are checked, and their other futures."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.audit.perturbation import How, changed
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.prices import PriceFrame

_LEAST_BARS = 420
_PRICES = ("open", "high", "low", "close")
FUTURES = (How.MILD, How.WILD, How.JUMP, How.CRASH, How.MISSING, How.TRUNCATE)
"""In what ways prices go on differently."""

_DRAWN = 2


def clean_prices(lookback: int = 1) -> PriceFrame:
    """Three symbols with every field and a price on every bar, three lookbacks long or more."""
    return _made(_bars_for(lookback), ragged=False)


def ragged_prices(lookback: int = 1) -> PriceFrame:
    """Four symbols: one listed late, one that ends early, holes in all."""
    return _made(_bars_for(lookback), ragged=True)


@functools.lru_cache(maxsize=8)
def _made(n_bars: int, *, ragged: bool) -> PriceFrame:
    if not ragged:
        return SyntheticProvider(n_symbols=3, n_bars=n_bars, seed=5, clustering=0.9).fetch()
    return SyntheticProvider(
        n_symbols=4, n_bars=n_bars, seed=6, listed_late=1, delisted=1, holes=6
    ).fetch()


def _bars_for(lookback: int) -> int:
    return max(_LEAST_BARS, 3 * lookback + 60)


def telling_bars(prices: PriceFrame) -> list[int]:
    """Return positions after which another future shows most, in time order.

    Before a symbol is listed and inside its holes (what is filled backwards shows there only),
    before one ends, bars in the middle, and the last but one.
    """
    there = prices.close.notna().to_numpy()
    last = prices.n_bars - 2
    comes = np.flatnonzero((~there[:-1] & there[1:]).any(axis=1))
    ends = np.flatnonzero((there[:-1] & ~there[1:]).any(axis=1))
    spread = np.linspace(last // 3, last, _DRAWN).astype(int)
    return sorted({*_some(comes), *_some(ends), *spread.tolist()})


def _some(bars: np.ndarray) -> list[int]:
    picked = np.linspace(0, len(bars) - 1, min(_DRAWN, len(bars))).astype(int)
    return [int(bar) for bar in bars[picked]]


@functools.lru_cache(maxsize=512)
def other_future(prices: PriceFrame, bar: int, how: How) -> PriceFrame:
    """Prices that are the same up to and including `bar`, and go on differently."""
    return changed(prices, bar, how)


def with_prices(prices: PriceFrame, change: Callable[[pd.DataFrame], pd.DataFrame]) -> PriceFrame:
    """Apply one change to a copy of every price field there is; volumes stay as they are."""
    tables = {name: getattr(prices, name) for name in _PRICES}
    return replace(
        prices,
        **{name: change(table.copy()) for name, table in tables.items() if table is not None},
    )


def same_bytes(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two tables hold the same numbers to the last bit, NaN included."""
    return one.shape == other.shape and _bytes(one) == _bytes(other)


def first_difference(one: pd.DataFrame, other: pd.DataFrame) -> str:
    """Name the first bar, and there the first symbol, in which two tables differ."""
    left, right = one.to_numpy(dtype=np.float64), other.to_numpy(dtype=np.float64)
    bar, symbol = np.argwhere(~((left == right) | (np.isnan(left) & np.isnan(right))))[0]
    return f"{one.columns[symbol]} on {one.index[bar]:%Y-%m-%d}"


def _bytes(table: pd.DataFrame) -> bytes:
    # One order of memory, and one zero: -0.0 is no other answer than 0.0.
    return np.ascontiguousarray(table.to_numpy(dtype=np.float64) + 0.0).tobytes()
