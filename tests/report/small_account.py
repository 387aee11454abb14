"""A small account of random walks, traded by the real engine."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Execution
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


def account(
    exposure: float,
    n_bars: int = 700,
    timing: Execution = Execution.NEXT_CLOSE,
    symbols: tuple[str, str] = ("A", "B"),
    *,
    in_and_out: bool = False,
    delisted: int = 0,
) -> BacktestResult:
    """Hold both symbols, or every other ten bars only; the second may end some bars before."""
    rng = np.random.default_rng(5)
    index = pd.bdate_range("2018-03-05", periods=n_bars)
    steps = rng.normal(0.0004, 0.01, (n_bars, 2))
    close = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), index=index, columns=list(symbols))
    wanted = close.iloc[::10] * 0 + exposure
    wanted.iloc[1::2] *= not in_and_out
    close.iloc[n_bars - delisted :, 1] = np.nan
    return run_backtest(PriceFrame(close=close), TargetWeights(wanted), Costs(fees=0.0005), timing)


STRATEGY, BENCHMARK = account(0.3), account(0.5)
