"""Evaluation: what was found out about a run, forecasts and account, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.skill.result import Skill


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that was measured on one run.

    Parameters
    ----------
    strategy, benchmark : mapping of str to float
        Figures of the two accounts; see `lstmtrader.evaluation.performance.performance`.
    skill : Skill
    significance : Significance
    comparison : DataFrame
        Model, baselines, buy & hold; see `lstmtrader.evaluation.baselines.compare`.
    rivals : DataFrame
        Equity over capital of every baseline that was traded, a column each; may lack columns.
    cost_levels : DataFrame
        Indexed by slippage in basis points on top of the configured costs; columns ``sharpe`` and
        ``cagr``.
    round_trips : DataFrame
        Positions from flat to flat; see `lstmtrader.evaluation.round_trips.round_trips`.
    """

    strategy: Mapping[str, float]
    benchmark: Mapping[str, float]
    skill: Skill
    significance: Significance
    comparison: pd.DataFrame
    rivals: pd.DataFrame
    cost_levels: pd.DataFrame
    round_trips: pd.DataFrame
