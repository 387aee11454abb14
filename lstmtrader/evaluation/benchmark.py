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
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


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
