"""Signs of prices that were filled: where to ask a provider again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmtrader.prices import PriceFrame

_STILL = 20
_DEAD = 100
"""Bars of one and the same close, from the first on: worth a note, and what nobody trades like."""
_SAME = 1e-12


@dataclass(frozen=True)
class Still:
    """A symbol that does not move at all at first, as if filled backwards from its listing."""

    symbol: str
    bars: int
    since: str
    dead: bool

    @property
    def words(self) -> str:
        """For people."""
        return f"its first {self.bars} closes are one and the same: filled backwards"


def still_starts(prices: PriceFrame) -> list[Still]:
    """Return the symbols that do not move at all at first."""
    close = prices.close.to_numpy()
    found = []
    for column, symbol in enumerate(prices.symbols):
        moves = np.flatnonzero(~(close[:, column] == close[0, column]))
        still = int(moves[0]) if len(moves) else 0
        if still < _STILL:
            continue
        others = [
            getattr(prices, name).to_numpy()[:still, column]
            for name in ("open", "high", "low", "volume")
            if getattr(prices, name) is not None
        ]
        alike = bool(others) and all((values == values[0]).all() for values in others)
        since = f"{prices.index[0]:%Y-%m-%d}"
        found.append(Still(symbol, still, since, dead=alike or still >= _DEAD))
    return found


def looks_filled(prices: PriceFrame, most: int) -> list[int]:
    """Return bars whose close is its neighbours' mean or the next close, to the last digit.

    Such a close may be a coincidence; where it was filled, a history that ends there does not
    have it.

    Parameters
    ----------
    prices : PriceFrame
    most : int
        How many are returned, those that are neighbours' means first.
    """
    close = prices.close.to_numpy()
    here, before, after = close[1:-1], close[:-2], close[2:]
    with np.errstate(invalid="ignore"):
        moves = np.abs(after - before) > _SAME * here
        mean = np.abs(2 * here - before - after) <= _SAME * here
        geometric = np.abs(here**2 - before * after) <= _SAME * here**2
        next_one = (here == after) & (here != before)
    found = [np.flatnonzero(((mean | geometric) & moves).any(axis=1)),
             np.flatnonzero(next_one.any(axis=1))]  # fmt: skip
    rng = np.random.default_rng(most)
    bars = [rng.choice(rows, min(most, len(rows)), replace=False) for rows in found if len(rows)]
    return [int(row) + 1 for row in np.concatenate(bars)[:most]] if bars else []
