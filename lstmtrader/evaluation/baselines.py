"""Baselines beside the model: the same figures of skill, and the same strategy's account."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
from lstmtrader.errors import ConfigError, MissingDetailError
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.side_by_side import trade_each
from lstmtrader.evaluation.skill.table import mean_squared_error, r2_against, skill_table
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, check_kind, decide
from lstmtrader.weights import TargetWeights

_SKILL = ("n", "ic", "rank_ic", "hit_rate", "mse", "model_r2")
_ACCOUNT = ("cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year")


@dataclass(frozen=True, eq=False)
class Baseline:
    """What one baseline was worth.

    Parameters
    ----------
    forecast : Forecast
        Out of sample, on the bars of the model's.
    skill : dict of str to float
        See `skill_figures`.
    result : BacktestResult, optional
        The account of the same strategy on its forecasts; None where it does not trade them.
    untraded : str
        Why there is no account.
    """

    forecast: Forecast
    skill: Mapping[str, float]
    result: BacktestResult | None
    untraded: str = ""

    @property
    def figures(self) -> dict[str, Any]:
        """Plain data: `skill`, `strategy` (as `performance` gives it, or None) and `untraded`."""
        return {
            "skill": dict(self.skill),
            "strategy": None if self.result is None else performance(self.result),
            "untraded": self.untraded or None,
        }


def judge_baselines(
    forecasts: Mapping[str, Forecast],
    model: Forecast,
    outcome: np.ndarray,
    strategy: Strategy,
    prices: PriceFrame,
    terms: Terms,
) -> dict[str, Baseline]:
    """Judge and trade every baseline as the model is.

    Parameters
    ----------
    forecasts : mapping of str to Forecast
        By the name of the baseline.
    model : Forecast
    outcome : array of shape (n_bars, n_symbols)
        Realised targets on the bars of `model`, NaN where not known yet.
    strategy, prices, terms
        As the model is traded.

    Returns
    -------
    dict of str to Baseline
        One whose kind of forecast the strategy does not trade says so; it is not left out.
    """
    weights: dict[str, TargetWeights] = {}
    refused = {}
    for name, forecast in forecasts.items():
        reason = _refusal(strategy, forecast)
        if not reason:
            try:
                weights[name] = decide(strategy, forecast, prices)
            except MissingDetailError as error:
                reason = f"{type(strategy).__name__}: {error}"
        refused[name] = reason
    results = dict(trade_each(prices, weights, terms))
    return {
        name: Baseline(
            forecast, skill_figures(forecast, outcome, model), results.get(name), refused[name]
        )
        for name, forecast in forecasts.items()
    }


def skill_figures(forecast: Forecast, outcome: np.ndarray, model: Forecast) -> dict[str, float]:
    """Skill over all folds, on the pairs that the model has a forecast for, too.

    Returns
    -------
    dict
        n (pairs), ic, rank_ic and hit_rate as in `skill_table`; mse; model_r2, the R² of the
        model against this forecast. NaN where a figure makes no sense: a position has no squared
        error, and two kinds of forecast cannot be compared by one.
    """
    said, other = forecast.mean.to_numpy(), model.mean.to_numpy()
    shared = np.where(np.isnan(other), np.nan, outcome)
    row = skill_table(forecast, shared, [], {}).loc["all"]
    figures = {name: float(row.get(name, math.nan)) for name in _SKILL}
    if forecast.kind is not ForecastKind.POSITION:
        figures["mse"] = mean_squared_error(said, shared)
        if model.kind is forecast.kind and model is not forecast:
            figures["model_r2"] = r2_against(other, said, shared)
    return figures


def compare(
    model: Mapping[str, float],
    accounts: Mapping[str, Mapping[str, float]],
    baselines: Mapping[str, Baseline],
) -> pd.DataFrame:
    """Put the model, every baseline, and buy & hold into one table.

    Parameters
    ----------
    model : mapping of str to float
        Skill figures of the model.
    accounts : mapping of str to mapping of str to float
        Performance of ``strategy`` and ``benchmark``.
    baselines : mapping of str to Baseline

    Returns
    -------
    DataFrame
        Indexed by ``model``, the names of the baselines and ``buy_and_hold``; columns n, ic,
        rank_ic, hit_rate, mse, model_r2, cagr, volatility, sharpe, max_drawdown and
        turnover_per_year. NaN where a row has no such figure.
    """
    rows: dict[str, dict[str, float]] = {"model": {**accounts["strategy"], **model}}
    for name, one in baselines.items():
        rows[name] = {**(one.figures["strategy"] or {}), **one.skill}
    held = accounts["benchmark"]
    rows["buy_and_hold"] = {name: held[name] for name in _ACCOUNT}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.reindex(columns=[*_SKILL, *_ACCOUNT]).astype(np.float64)


def _refusal(strategy: Strategy, forecast: Forecast) -> str:
    try:
        check_kind(strategy, forecast.kind)
    except ConfigError:
        return f"{type(strategy).__name__} does not trade forecasts of {forecast.kind}"
    return ""
