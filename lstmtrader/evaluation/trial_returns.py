"""Returns of every trial, compounded into blocks so that a trial costs a few kilobytes.

All trials on the same prices share the same blocks, whatever bars each of them traded: block
``b`` holds the bars ``b * k`` to ``(b + 1) * k - 1`` *of the prices*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame

MOST_BLOCKS = 1000


@dataclass(frozen=True, eq=False)
class Blocks:
    """The bars of some prices, cut into at most a thousand blocks of consecutive bars.

    Parameters
    ----------
    index : DatetimeIndex of shape (n_bars,)
        Every bar of the prices.
    """

    index: pd.DatetimeIndex

    @property
    def bars_a_block(self) -> int:
        """Bars in every block but the last, ⌈n_bars / 1000⌉."""
        return -(-len(self.index) // MOST_BLOCKS)

    @property
    def count(self) -> int:
        """Number of blocks."""
        return -(-len(self.index) // self.bars_a_block)

    def compound(self, returns: pd.Series) -> np.ndarray:
        """Return the compound return of each block.

        Parameters
        ----------
        returns : Series of shape (n,)
            Simple returns on some of the bars; NaN where there is none.

        Returns
        -------
        float32 array of shape (n_blocks,)
            NaN for a block without a return. One that was traded in part is what that part gave.

        Raises
        ------
        DataError
            If there is a return on a bar that is not in the prices.
        """
        known = returns.to_numpy(np.float64)
        bars = self.index.get_indexer(returns.index)[~np.isnan(known)]
        if (bars < 0).any():
            raise DataError("returns: a bar that is not in the prices")
        blocks = bars // self.bars_a_block
        growth = np.full(self.count, np.nan)
        growth[blocks] = 1.0
        np.multiply.at(growth, blocks, 1 + known[~np.isnan(known)])
        return (growth - 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class TrialReturns:
    """Block returns of several trials on the same prices, put in as they come.

    Parameters
    ----------
    blocks : Blocks
    periods_per_year : int
        Of the prices.
    values : float32 array of shape (n_trials, n_blocks)
        NaN where a trial has no bars; 4 kB a trial.
    n_bars : int64 array of shape (n_trials,)
        Bars with a return.
    """

    blocks: Blocks
    periods_per_year: int
    values: np.ndarray
    n_bars: np.ndarray

    @staticmethod
    def empty(prices: PriceFrame, n_trials: int) -> TrialReturns:
        """Make room for so many trials."""
        blocks = Blocks(prices.index)
        values = np.full((n_trials, blocks.count), np.nan, dtype=np.float32)
        return TrialReturns(
            blocks, prices.periods_per_year, values, np.zeros(n_trials, dtype=np.int64)
        )

    def put(self, number: int, returns: pd.Series) -> None:
        """Put in the bar returns of one trial."""
        self.values[number] = self.blocks.compound(returns)
        self.n_bars[number] = returns.notna().sum()

    def take(self, numbers: Sequence[int], others: TrialReturns) -> None:
        """Put in trials that somebody else has gathered."""
        self.values[numbers] = others.values
        self.n_bars[numbers] = others.n_bars
