"""The account every strategy is compared with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.backtest.engine import trade
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing, Unfilled
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

# A market's own holidays; a benchmark that misses more is not that of these bars.
_MAY_MISS = 0.05
_SESSIONS_AT_THE_ENDS = 5


def check_covers(prices: PriceFrame, first: int) -> None:
    """Refuse a benchmark of one symbol that does not trade over all bars that are tested.

    Where it has no price it would earn nothing, and any strategy would look good beside it.

    Parameters
    ----------
    prices : PriceFrame
        Of the one symbol, on the bars of the universe.
    first : int
        Position of the first test bar.

    Raises
    ------
    DataError
        If it begins later, ends earlier, or misses more than a twentieth of the bars.
    """
    there = prices.close.iloc[first:, 0].notna().to_numpy()
    at = np.flatnonzero(there)
    whole = (
        len(at) > 0
        and at[0] <= _SESSIONS_AT_THE_ENDS
        and at[-1] >= len(there) - 1 - _SESSIONS_AT_THE_ENDS
        and len(at) >= (1 - _MAY_MISS) * len(there)
    )
    if whole:
        return
    index, name = prices.index[first:], prices.symbols[0]
    span = f", {index[at[0]]:%Y-%m-%d} to {index[at[-1]]:%Y-%m-%d}" if len(at) else ""
    raise DataError(
        f"{name} has prices on {len(at)} of the {len(there)} bars that are tested{span}; they run "
        f"from {index[0]:%Y-%m-%d} to {index[-1]:%Y-%m-%d}: choose another symbol, or prices.start "
        "and prices.end"
    )


def buy_and_hold(prices: PriceFrame, first_decision: pd.Timestamp, terms: Terms) -> BacktestResult:
    """Buy every member that trades on the first decision bar in equal parts, once, and hold.

    Of a single symbol, buy it as soon as it has a price.

    Same start, capital, fills, delay, lots and costs as the strategy it is compared with; without
    its limits, its volatility target and its schedule.
    """
    traded = (prices.close.notna() & prices.member).loc[first_decision].to_numpy()
    if len(prices.symbols) == 1:
        traded = np.array([True])
    row = np.where(traded, 1 / max(traded.sum(), 1), 0.0)
    decision = pd.DataFrame([row], index=[first_decision], columns=list(prices.symbols))
    plain = replace(
        terms,
        limits=Limits(),
        sizing=Sizing(lot=terms.sizing.lot),
        # What has no price on the bar of the fill is bought on the next that has one.
        rebalancing=Rebalancing(delay=terms.rebalancing.delay, unfilled=Unfilled.CARRY),
    )
    return trade(prices, TargetWeights(decision), plain)
