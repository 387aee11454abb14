"""Skill: everything that was measured on the forecasts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Skill:
    """What the forecasts of all folds were worth before anything was traded on them.

    A table without rows says that the figure makes no sense for the kind of forecast. Undefined
    numbers are NaN.

    Parameters
    ----------
    figures : mapping of str to float
        Over all folds; see `lstmtrader.evaluation.skill.judge.judge_forecast`.
    by_fold, by_year, by_symbol : DataFrame
        One row a group, and ``"all"`` last in `by_fold`; see
        `lstmtrader.evaluation.skill.table.skill_table` for the columns, to which forecasts of
        returns add ``r2_mean``, the R² against `expanding_mean`. The ``rank_ic`` of a symbol is
        over its bars.
    by_bar : DataFrame
        Indexed by bar; columns ``ic``, ``rank_ic`` across the symbols of the bar, and ``n``.
    decay : DataFrame
        Indexed by horizon in bars; columns ``ic``, ``rank_ic`` and the Newey-West ``t`` of the
        rank IC (of the IC where there are too few symbols to rank); see
        `lstmtrader.evaluation.skill.information.ic_decay`.
    deciles : DataFrame
        Indexed by group from 1, the lowest forecasts; columns ``n``, ``forecast``, ``outcome``
        (means; NaN for forecasts in another unit than their outcome), and ``low`` and ``high``,
        the 95 % interval of the mean outcome. Ten groups, or five, on each bar or of all pairs;
        see `lstmtrader.evaluation.skill.deciles.decile_table`.
    calibration : DataFrame
        Indexed by the level of a forecast quantile; columns ``observed`` (the share of outcomes
        at or below it), ``pinball`` and ``n``.
    cloud : DataFrame
        Forecast against outcome as counts: columns ``forecast``, ``outcome`` (centres of a grid)
        and ``n``, cells without a pair left out.
    versus : DataFrame
        Indexed by the name of a naive or baseline forecast: those of the model's kind, and
        ``zero`` and ``expanding_mean`` for returns. Columns ``r2``, ``dm`` and ``dm_p``
        (Diebold-Mariano, positive where the model has the smaller loss; two-sided), ``cw`` and
        ``cw_p`` (Clark-West; one-sided; NaN against forecasts that the model does not contain:
        all but zero and means).
    """

    figures: Mapping[str, float]
    by_fold: pd.DataFrame
    by_year: pd.DataFrame
    by_symbol: pd.DataFrame
    by_bar: pd.DataFrame
    decay: pd.DataFrame
    deciles: pd.DataFrame
    calibration: pd.DataFrame
    cloud: pd.DataFrame
    versus: pd.DataFrame
