"""Forecast skill: what the forecasts were worth before anything was traded on them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.evaluation.skill.kinds import COMPARED_OVER_TIME, RETURNS, SAME_UNIT, side_of
from lstmtrader.forecast import Forecast, ForecastKind


def correlation(forecast: np.ndarray, outcome: np.ndarray) -> float:
    """Pearson correlation over the pairs where both are there; NaN without dispersion."""
    both = ~(np.isnan(forecast) | np.isnan(outcome))
    x, y = forecast[both].astype(np.float64), outcome[both].astype(np.float64)
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    return float(np.corrcoef(x, y)[0, 1])


def rank_correlation_by_bar(forecast: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Spearman correlation across symbols on each bar, shape (n_bars,); NaN below 3 symbols."""
    both = ~(np.isnan(forecast) | np.isnan(outcome))
    x = pd.DataFrame(np.where(both, forecast, np.nan)).rank(axis=1).to_numpy()
    y = pd.DataFrame(np.where(both, outcome, np.nan)).rank(axis=1).to_numpy()
    middle = (both.sum(axis=1, keepdims=True) + 1) / 2
    x, y = np.nan_to_num(x - middle), np.nan_to_num(y - middle)
    scale = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    enough = (both.sum(axis=1) >= 3) & (scale > 0)
    by_bar = np.full(len(x), np.nan)
    by_bar[enough] = (x * y).sum(axis=1)[enough] / scale[enough]
    return by_bar


def r2_against(forecast: np.ndarray, reference: np.ndarray, outcome: np.ndarray) -> float:
    """Out-of-sample R²: 1 - SSE(forecast) / SSE(reference), on the pairs both can answer.

    References
    ----------
    Campbell, J. Y. and Thompson, S. B. (2008). Predicting Excess Stock Returns Out of Sample.
    Review of Financial Studies, 21(4), 1509-1531.
    """
    usable = ~(np.isnan(forecast) | np.isnan(reference) | np.isnan(outcome))
    error = forecast[usable].astype(np.float64) - outcome[usable]
    naive = reference[usable].astype(np.float64) - outcome[usable]
    scale = float(naive @ naive)
    return 1 - float(error @ error) / scale if scale > 0 else math.nan


def mean_squared_error(forecast: np.ndarray, outcome: np.ndarray) -> float:
    """Mean squared error over the pairs where both are there; NaN without any."""
    error = forecast.astype(np.float64) - outcome
    return float(np.nanmean(error**2)) if not np.isnan(error).all() else math.nan


def sign_hit_rate(forecast: np.ndarray, outcome: np.ndarray, threshold: float = 0.0) -> float:
    """Fraction of forecasts on the right side of the threshold; exact zeros do not count."""
    x, y = forecast - threshold, outcome - threshold
    usable = ~(np.isnan(x) | np.isnan(y)) & (x != 0) & (y != 0)
    return float((np.sign(x[usable]) == np.sign(y[usable])).mean()) if usable.any() else math.nan


def mean_of(values: np.ndarray) -> float:
    """Mean of what is there; NaN where nothing is."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else math.nan


def same_kind(forecast: Forecast, baselines: Mapping[str, Forecast]) -> dict[str, np.ndarray]:
    """Point forecasts of the baselines whose squared errors compare with those of a forecast.

    Returns
    -------
    dict of str to array of shape (n_bars, n_symbols)
        Empty for kinds that are not in the unit of their outcome.
    """
    if forecast.kind not in SAME_UNIT:
        return {}
    return {
        name: other.mean.to_numpy()
        for name, other in baselines.items()
        if other.kind is forecast.kind
    }


def fold_rows(index: pd.DatetimeIndex, bars_of_folds: Sequence[pd.DatetimeIndex]) -> dict[str, Any]:
    """Rows of each fold by its number as text, and ``"all"`` last."""
    rows = {str(number): index.isin(bars) for number, bars in enumerate(bars_of_folds)}
    return {**rows, "all": np.ones(len(index), dtype=bool)}


def year_rows(index: pd.DatetimeIndex) -> dict[str, Any]:
    """Rows of each calendar year by its number as text."""
    return {str(year): np.asarray(index.year == year) for year in index.year.unique()}


def skill_by_rows(
    kind: ForecastKind,
    forecast: np.ndarray,
    outcome: np.ndarray,
    references: Mapping[str, np.ndarray],
    groups: Mapping[str, Any],
) -> pd.DataFrame:
    """Skill of groups of bars.

    Parameters
    ----------
    kind : ForecastKind
    forecast, outcome : array of shape (n_bars, n_symbols)
    references : mapping of str to array of shape (n_bars, n_symbols)
        Other forecasts by the name of the column of the R² against them.
    groups : mapping of str to bool array of shape (n_bars,)

    Returns
    -------
    DataFrame
        Indexed by group; see `skill_table` for the columns.
    """
    rank_ic = rank_correlation_by_bar(forecast, outcome)
    rows = {
        name: _row(
            kind,
            forecast[which],
            outcome[which],
            rank_ic[which],
            {name: values[which] for name, values in references.items()},
        )
        for name, which in groups.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def skill_by_symbol(
    kind: ForecastKind,
    forecast: np.ndarray,
    outcome: np.ndarray,
    references: Mapping[str, np.ndarray],
    symbols: Sequence[str],
) -> pd.DataFrame:
    """Skill of each symbol alone; as `skill_by_rows`, but rank_ic is over its bars."""
    rank_ic = rank_correlation_by_bar(forecast.T, outcome.T)
    if kind not in COMPARED_OVER_TIME:
        rank_ic = np.full_like(rank_ic, np.nan)
    rows = {
        name: _row(
            kind,
            forecast[:, number],
            outcome[:, number],
            rank_ic[number : number + 1],
            {name: values[:, number] for name, values in references.items()},
        )
        for number, name in enumerate(symbols)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def skill_table(
    forecast: Forecast,
    outcome: np.ndarray,
    bars_of_folds: Sequence[pd.DatetimeIndex],
    baselines: Mapping[str, Forecast],
) -> pd.DataFrame:
    """Skill of each fold and of all folds together.

    Parameters
    ----------
    forecast : Forecast
    outcome : array of shape (n_bars, n_symbols)
        Realised targets on the bars of `forecast`, NaN where not known yet.
    bars_of_folds : sequence of DatetimeIndex
        The test bars of each fold.
    baselines : mapping of str to Forecast
        Naive forecasts of the same target on the same bars.

    Returns
    -------
    DataFrame
        Indexed by fold number as text and ``"all"``; columns n (pairs), ic (Pearson, pooled; NaN
        for scores, which order the symbols of one bar only), rank_ic (mean over bars of the
        Spearman correlation across symbols), hit_rate, r2_zero, and r2_vs_<baseline>. A column
        that makes no sense for the kind of forecast is left out; so is that of a baseline of
        another kind.
    """
    references = {
        f"r2_vs_{name}": values for name, values in same_kind(forecast, baselines).items()
    }
    return skill_by_rows(
        forecast.kind,
        forecast.mean.to_numpy(),
        outcome,
        references,
        fold_rows(forecast.index, bars_of_folds),
    )


def _row(
    kind: ForecastKind,
    forecast: np.ndarray,
    outcome: np.ndarray,
    rank_ic: np.ndarray,
    references: Mapping[str, np.ndarray],
) -> dict[str, float]:
    comparable = kind in COMPARED_OVER_TIME
    row = {
        "n": float((~(np.isnan(forecast) | np.isnan(outcome))).sum()),
        "ic": correlation(forecast, outcome) if comparable else math.nan,
        "rank_ic": mean_of(rank_ic),
    }
    threshold = side_of(kind)
    if threshold is not None:
        row["hit_rate"] = sign_hit_rate(forecast, outcome, threshold)
    if kind in RETURNS:
        row["r2_zero"] = r2_against(forecast, np.zeros_like(forecast), outcome)
    for name, values in references.items():
        row[name] = r2_against(forecast, values, outcome)
    return row
