"""What each member of an ensemble earns alone, and what the ensemble adds."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
from lstmtrader.errors import ConfigError, ContractError
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import cagr, sharpe_ratio, volatility
from lstmtrader.evaluation.side_by_side import trade_each
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from lstmtrader.weights import TargetWeights

ENSEMBLE = "ensemble"
COLUMNS = ("sharpe", "cagr", "volatility", "max_drawdown")


def judge_members(
    forecast: Forecast,
    strategy: Strategy,
    prices: PriceFrame,
    terms: Terms,
    ensemble: BacktestResult | None = None,
) -> pd.DataFrame:
    """Trade every member of a forecast alone, and the ensemble, on the same terms.

    Parameters
    ----------
    forecast : Forecast
        Out of sample, of any number of members.
    strategy, prices, terms
        As the ensemble is traded.
    ensemble : BacktestResult, optional
        Its account, where it is known already: saves time.

    Returns
    -------
    DataFrame
        Indexed by number of the member from 0, and ``"ensemble"`` last; columns ``sharpe``,
        ``cagr``, ``volatility`` and ``max_drawdown``. NaN for a member that the strategy cannot
        trade alone, such as one that asks how far the members agree.
    """
    wanted: dict[int | str, TargetWeights] = {}
    if ensemble is None:
        wanted[ENSEMBLE] = decide(strategy, forecast, prices)
    if forecast.n_members > 1:
        for number in range(forecast.n_members):
            try:
                wanted[number] = decide(strategy, forecast.member(number), prices)
            except (ConfigError, ContractError):
                continue  # it has a row of NaN
    figures: dict[int | str, dict[str, float]] = (
        {} if ensemble is None else {ENSEMBLE: _figures(ensemble)}
    )
    figures |= {name: _figures(result) for name, result in trade_each(prices, wanted, terms)}
    if forecast.n_members == 1:  # the one member is the ensemble
        figures[0] = figures[ENSEMBLE]
    unknown = dict.fromkeys(COLUMNS, math.nan)
    rows = [*range(forecast.n_members), ENSEMBLE]
    return pd.DataFrame(
        [figures.get(row, unknown) for row in rows],
        index=pd.Index(rows, dtype=object, name="member"),
        columns=list(COLUMNS),
        dtype=np.float64,
    )


def _figures(result: BacktestResult) -> dict[str, float]:
    returns, periods = result.returns, result.periods_per_year
    return {
        "sharpe": sharpe_ratio(returns, periods),
        "cagr": cagr(returns, periods),
        "volatility": volatility(returns, periods),
        "max_drawdown": max_drawdown(returns),
    }
