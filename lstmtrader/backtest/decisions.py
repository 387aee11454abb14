"""From a strategy's decisions to orders: the one place that moves weights to their fill bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstmtrader.backtest.limits import limit_weights
from lstmtrader.backtest.sizing import to_volatility
from lstmtrader.backtest.terms import Terms
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


@dataclass(frozen=True, eq=False)
class Decisions:
    """The decisions of one strategy that are traded, inside the limits.

    Parameters
    ----------
    index : DatetimeIndex of shape (n_decisions,)
    bars : int array of shape (n_decisions,)
        Fill bars, counted from the first decision on; ascending. Some may lie beyond the prices.
    wanted, weights : float64 arrays of shape (n_decisions, n_symbols)
        As wanted (scaled to the target volatility, where there is one) and inside the limits.
    reasons : uint16 array of shape (n_decisions, n_symbols)
        What the limits changed.
    """

    index: pd.DatetimeIndex
    bars: NDArray[np.intp]
    wanted: np.ndarray
    weights: np.ndarray
    reasons: NDArray[np.uint16]

    @staticmethod
    def of(
        prices: PriceFrame, weights: TargetWeights, terms: Terms, gone: NDArray[np.bool_]
    ) -> Decisions:
        """Schedule, scale and limit decisions, and date them to their fill.

        Parameters
        ----------
        prices : PriceFrame
        weights : TargetWeights
        terms : Terms
        gone : bool array of shape (n_bars, n_symbols)
            Where a symbol has stopped trading, from the bar of the first decision on.
        """
        first = first_bar(prices, weights)
        frame = weights.frame.reindex(columns=list(prices.symbols))
        bars = prices.index.get_indexer(frame.index)
        kept = terms.rebalancing.keeps(frame.index, bars, prices.calendar)
        if not kept.all():
            frame, bars = frame[kept], bars[kept]
        index, wanted = frame.index, frame.to_numpy()
        if terms.sizing.volatility is not None and len(bars):
            wanted = to_volatility(
                wanted, bars, prices.close.to_numpy(), terms.sizing, prices.periods_per_year
            )
        limited, reasons = limit_weights(wanted, terms.limits, gone[bars - first])
        return Decisions(index, bars - first + terms.lag, wanted, limited, reasons)

    def on_bars(self, n_bars: int, out: np.ndarray) -> None:
        """Write the limited weights on their fill bars into an array of NaN."""
        there = self.bars < n_bars
        out[self.bars[there]] = self.weights[there]


def first_bar(prices: PriceFrame, weights: TargetWeights) -> int:
    """Return the bar of the first decision.

    Raises
    ------
    DataError
        If there is none, or a decision is on a bar or for a symbol that the prices do not have.
    """
    frame = weights.frame
    if len(frame) == 0:
        raise DataError("weights: no decisions")
    if not frame.columns.equals(prices.close.columns):
        strange = frame.columns.difference(prices.close.columns)
        if len(strange):
            raise DataError(f"weights: symbol {strange[0]} is not in the prices")
    bars = prices.index.get_indexer(frame.index)
    if (bars < 0).any():
        outside = frame.index[bars < 0][0]
        raise DataError(f"weights: the decision of {outside} is not on a bar of the prices")
    return int(bars[0])
