"""Prices, weights and accounts written out as rows of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.clock import Calendar, Execution
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

NAN = float("nan")
FREE = Costs(fees=0.0, slippage=0.0)
Rows = Sequence[Sequence[float]]


def table(rows: Rows) -> pd.DataFrame:
    """Rows of numbers on business days, columns A, B, C, …"""
    index = pd.bdate_range("2024-01-01", periods=len(rows))
    return pd.DataFrame(rows, index=index, columns=list("ABCDEFGH")[: len(rows[0])], dtype=float)


def prices(close: Rows, open_: Rows | None = None) -> PriceFrame:
    opens = None if open_ is None else table(open_)
    return PriceFrame(table(close), open=opens, calendar=Calendar("XNYS"))


def padded(weights: Rows, n_bars: int) -> pd.DataFrame:
    """Decisions of the first bars; nothing is decided on the others."""
    return table(list(weights) + [[NAN] * len(weights[0])] * (n_bars - len(weights)))


def trade(
    close: Rows,
    weights: Rows,
    open_: Rows | None = None,
    *,
    timing: Execution = Execution.NEXT_CLOSE,
    costs: Costs = FREE,
    gross: float = 1.0,
    limits: Limits | None = None,
    sizing: Sizing | None = None,
    rebalancing: Rebalancing | None = None,
    capital: float = 1000.0,
) -> BacktestResult:
    """Trade decisions of the first bars in an account of 1000."""
    decisions = TargetWeights(padded(weights, len(close)))
    return run_backtest(
        prices(close, open_),
        decisions,
        costs,
        timing,
        limits=limits or Limits(gross),
        sizing=sizing,
        rebalancing=rebalancing,
        capital=capital,
    )
