"""The account every strategy is compared with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Execution
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


def buy_and_hold(
    prices: PriceFrame,
    first_decision: pd.Timestamp,
    costs: Costs,
    timing: Execution,
    capital: float = 1_000_000.0,
) -> BacktestResult:
    """Buy every member that trades on the first decision bar in equal parts, once, and hold.

    Same start, fills and costs as the strategy it is compared with.
    """
    traded = (prices.close.notna() & prices.member).loc[first_decision].to_numpy()
    row = np.where(traded, 1 / max(traded.sum(), 1), 0.0)
    decision = pd.DataFrame([row], index=[first_decision], columns=list(prices.symbols))
    return run_backtest(prices, TargetWeights(decision), costs, timing, capital=capital)
