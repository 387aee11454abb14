"""Telling bars: after which the future is changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmtrader.prices import PriceFrame
from lstmtrader.splits import Fold

_RANDOM = {"quick": 2, "full": 40}
_BORDERS = {"quick": 2, "full": 10_000}
_GAPS = {"quick": 2, "full": 8}


def telling_bars(prices: PriceFrame, folds: Sequence[Fold], level: str) -> list[int]:
    """Return positions where a leak would show, each once, in time order.

    The first decision, both sides of fold borders, just before symbols are listed and inside
    holes (what is filled backwards shows there only), before symbols end, around the end of a
    month, bars drawn at random, and the last but one.

    Parameters
    ----------
    prices : PriceFrame
    folds : sequence of Fold
    level : {"quick", "full"}
        How many of each.
    """
    rng = np.random.default_rng(len(folds))
    last = prices.n_bars - 2
    first = folds[0].test.start
    bars = {first, last}
    spread = np.linspace(1, len(folds) - 1, min(len(folds) - 1, _BORDERS[level])).astype(int)
    for number in set(spread.tolist()) if len(folds) > 1 else ():
        start = folds[number].test.start
        bars |= {start - 1, start}
    bars |= set(_before_prices_come(prices, _GAPS[level], rng))
    bars |= set(_before_prices_end(prices, _GAPS[level]))
    bars |= set(_ends_of_months(prices, rng))
    warm = folds[0].train.start
    bars |= set(rng.integers(warm + 1, prices.n_bars - 1, _RANDOM[level]).tolist())
    return sorted(bar for bar in bars if 0 < bar <= last)


def _before_prices_come(prices: PriceFrame, most: int, rng: np.random.Generator) -> list[int]:
    """Bars without a price before bars with one: listings first, then the ends of holes."""
    there = prices.close.notna().to_numpy()
    comes = ~there[:-1] & there[1:]
    seen_before = np.cumsum(there, axis=0)[:-1] > 0
    found: list[int] = []
    for mask in (comes & ~seen_before, comes & seen_before):
        rows = np.unique(np.flatnonzero(mask.any(axis=1)))
        found += rng.choice(rows, min(most, len(rows)), replace=False).tolist() if len(rows) else []
    return found


def _before_prices_end(prices: PriceFrame, most: int) -> list[int]:
    """The last bar but one and but two of symbols that end before the others."""
    there = prices.close.notna().to_numpy()
    last = len(there) - 1 - there[::-1].argmax(axis=0)
    ends = np.unique(last[last < len(there) - 1])[-most:]
    return [int(end) - back for end in ends for back in (1, 2) if end > back]


def _ends_of_months(prices: PriceFrame, rng: np.random.Generator) -> list[int]:
    """The last bar of some month and the one before it: calendars are looked ahead in there."""
    months = prices.index.month.to_numpy()
    ends = np.flatnonzero(months[1:] != months[:-1])
    ends = ends[len(ends) // 3 :]
    if not len(ends):
        return []
    end = int(rng.choice(ends))
    return [end - 1, end]
