"""Trading and judging: from forecasts and prices to a run, whoever made the forecasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.backtest.engine import trade
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
from lstmtrader.config.writing import to_yaml
from lstmtrader.evaluation.baselines import judge_baselines
from lstmtrader.evaluation.benchmark import buy_and_hold
from lstmtrader.evaluation.coverage import coverage, survivorship
from lstmtrader.evaluation.judging import Case, judge
from lstmtrader.evaluation.plain_data import plain
from lstmtrader.evaluation.trial_set import TrialSet
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.report.assumptions import trading_assumptions
from lstmtrader.report.sheet import TearSheet
from lstmtrader.run import Run
from lstmtrader.strategy import Strategy, decide
from lstmtrader.versions import versions

Count = Callable[[BacktestResult], TrialSet]
"""Is told the account, and returns all that was tried on these prices, it included."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Forecasts, and how they are to be traded and judged.

    Parameters
    ----------
    name : str
    config : mapping of str to object
        The settings as plain data.
    config_hash, data_hash : str
    prices : PriceFrame
    held : PriceFrame
        What buy & hold holds: the prices themselves, or the benchmark's on the same bars.
    forecast : Forecast
    outcome : array of shape (n_bars, n_symbols)
        Realised targets on the bars of `forecast`, NaN where not known yet.
    history : array of shape (n_before, n_symbols)
        Realised targets of the bars before the first of `forecast`.
    horizon : int
        Of the target, in bars.
    strategy : Strategy
    terms : Terms
    command : str
        Printed in the report as the way to reproduce it.
    rivals : mapping of str to Forecast
        Baselines, on the bars of `forecast`.
    bars_of_folds : sequence of DatetimeIndex
        The test bars of each fold; empty where nobody knows them.
    folds, curves : DataFrame
        As a `TearSheet` has them; without rows where nobody knows them.
    facts : mapping of str to str
        Where prices and forecasts come from.
    more_facts : mapping of str to str
        Said after the terms of trading.
    notes : sequence of str
        What was left out.
    n_fits, n_reused : int
    """

    name: str
    config: Mapping[str, Any]
    config_hash: str
    data_hash: str
    prices: PriceFrame
    held: PriceFrame
    forecast: Forecast
    outcome: np.ndarray
    history: np.ndarray
    horizon: int
    strategy: Strategy
    terms: Terms
    command: str
    folds: pd.DataFrame
    curves: pd.DataFrame
    rivals: Mapping[str, Forecast] = field(default_factory=dict)
    bars_of_folds: Sequence[pd.DatetimeIndex] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    more_facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    n_fits: int = 0
    n_reused: int = 0


def trade_and_judge(
    proposal: Proposal, count: Count | None = None, progress: Progress = silent
) -> Run:
    """Trade forecasts by a strategy, and judge both.

    Parameters
    ----------
    proposal : Proposal
    count : callable, optional
        Without it, the figures of trials are NaN.
    progress : Progress
        Told of every part of the judgement.
    """
    prices, forecast, terms = proposal.prices, proposal.forecast, proposal.terms
    weights = decide(proposal.strategy, forecast, prices)
    result = trade(prices, weights, terms)
    benchmark = buy_and_hold(proposal.held, weights.frame.index[0], terms)
    rivals = judge_baselines(
        proposal.rivals, forecast, proposal.outcome, proposal.strategy, prices, terms
    )
    evaluation = judge(
        Case(
            prices=prices,
            forecast=forecast,
            outcome=proposal.outcome,
            bars_of_folds=list(proposal.bars_of_folds),
            horizon=proposal.horizon,
            strategy=proposal.strategy,
            weights=weights,
            result=result,
            benchmark=benchmark,
            rivals=rivals,
            trials=None if count is None else count(result),
            history=proposal.history,
        ),
        progress,
    )
    sheet = TearSheet(
        name=proposal.name,
        title=f"{proposal.name} · tear sheet",
        account=result,
        benchmark=benchmark,
        evaluation=evaluation,
        folds=proposal.folds,
        curves=proposal.curves,
        facts={
            **proposal.facts,
            **coverage(forecast, benchmark),
            **trading_assumptions(result),
            **proposal.more_facts,
        },
        notes=(survivorship(prices), *prices.notes, *proposal.notes),
        config_yaml=to_yaml(proposal.config),
        versions=versions(),
        command=proposal.command,
        untraded={name: one.untraded for name, one in rivals.items() if one.untraded},
    )
    return Run(
        sheet=sheet,
        config=proposal.config,
        config_hash=proposal.config_hash,
        data_hash=proposal.data_hash,
        forecast=forecast,
        outcome=forecast.frame(proposal.outcome),
        baselines={name: plain(one.figures) for name, one in rivals.items()},
        n_fits=proposal.n_fits,
        n_reused=proposal.n_reused,
    )
