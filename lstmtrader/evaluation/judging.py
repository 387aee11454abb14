"""Judging: from an account and the forecasts behind it to an `Evaluation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.evaluation.activity import capacity
from lstmtrader.evaluation.baselines import Baseline, compare, skill_figures
from lstmtrader.evaluation.break_even import break_even_slippage, cost_levels
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.round_trips import round_trips
from lstmtrader.evaluation.significance.judge import judge_significance
from lstmtrader.evaluation.significance.members import judge_members
from lstmtrader.evaluation.skill.judge import judge_forecast
from lstmtrader.evaluation.trial_set import TrialSet
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, Step, silent
from lstmtrader.strategy import Strategy
from lstmtrader.weights import TargetWeights

_PARTS = 4


@dataclass(frozen=True, eq=False)
class Case:
    """What is judged.

    Parameters
    ----------
    prices : PriceFrame
    forecast : Forecast
        Out of sample.
    outcome : array of shape (n_bars, n_symbols)
        Realised targets on the bars of `forecast`, NaN where not known yet.
    bars_of_folds : list of DatetimeIndex
        The test bars of each fold.
    horizon : int
        Of the target.
    strategy : Strategy
    weights : TargetWeights
        What the strategy made of the forecast.
    result, benchmark : BacktestResult
    rivals : mapping of str to Baseline
        The baselines, judged and traded.
    trials : TrialSet, optional
        All that was tried on these prices, this account included; None if nobody has counted.
    history : array of shape (n_before, n_symbols), optional
        Realised targets of the bars before those of `forecast`.
    """

    prices: PriceFrame
    forecast: Forecast
    outcome: np.ndarray
    bars_of_folds: list[pd.DatetimeIndex]
    horizon: int
    strategy: Strategy
    weights: TargetWeights
    result: BacktestResult
    benchmark: BacktestResult
    rivals: Mapping[str, Baseline]
    trials: TrialSet | None
    history: np.ndarray | None = None


def judge(case: Case, progress: Progress = silent) -> Evaluation:
    """Measure forecasts, account, costs and luck.

    Parameters
    ----------
    case : Case
    progress : Progress
        Told of every part that is done.
    """
    result, benchmark, terms = case.result, case.benchmark, case.result.terms
    done = _Parts(progress)
    skill = judge_forecast(
        case.forecast,
        case.outcome,
        case.bars_of_folds,
        {name: one.forecast for name, one in case.rivals.items()},
        case.prices,
        result.execution,
        case.horizon,
        case.history,
    )
    done("forecasts")
    members = judge_members(case.forecast, case.strategy, case.prices, terms, result)
    done("members")
    levels = cost_levels(case.prices, case.weights, terms, base=result)
    break_even = break_even_slippage(case.prices, case.weights, terms, levels)
    done("costs")
    traded = {name: one.result for name, one in case.rivals.items() if one.result is not None}
    significance = judge_significance(
        result.returns,
        {name: one.returns for name, one in traded.items()},
        benchmark.returns,
        result.periods_per_year,
        tried=case.trials,
        members=members,
    )
    done("luck")
    accounts = {
        "strategy": {
            **performance(result, benchmark),
            "break_even_bp": 1e4 * break_even,
            "capacity": capacity(result, case.prices),
        },
        "benchmark": performance(benchmark),
    }
    model = skill_figures(case.forecast, case.outcome, case.forecast)
    return Evaluation(
        strategy=accounts["strategy"],
        benchmark=accounts["benchmark"],
        skill=skill,
        significance=significance,
        comparison=compare(model, accounts, case.rivals),
        rivals=pd.DataFrame({name: one.equity / one.capital for name, one in traded.items()}),
        cost_levels=levels,
        round_trips=round_trips(result),
    )


class _Parts:
    """Counts the parts that are done."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.done = progress, 0

    def __call__(self, label: str) -> None:
        self.done += 1
        self.progress(Step("judged", self.done, _PARTS, label))
