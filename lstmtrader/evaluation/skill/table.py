"""Forecast skill: what the forecasts were worth before anything was traded on them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lstmtrader.forecast import Forecast, ForecastKind

_SIGNED = {ForecastKind.RETURN, ForecastKind.SCALED_RETURN, ForecastKind.POSITION}
_SAME_UNIT = {
    ForecastKind.RETURN,
    ForecastKind.SCALED_RETURN,
    ForecastKind.VOLATILITY,
    ForecastKind.LOG_VOLATILITY,
    ForecastKind.PROBABILITY,
    ForecastKind.RANK,
}


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
        Indexed by fold number as text and ``"all"``; columns n (pairs), ic (Pearson, pooled),
        rank_ic (mean over bars of the Spearman correlation across symbols), hit_rate, r2_zero,
        and r2_vs_<baseline>. A column that makes no sense for the kind of forecast is left out;
        so is that of a baseline of another kind.
    """
    mean = forecast.mean.to_numpy()
    # Squared errors compare forecasts of one unit.
    naive = {
        name: other.mean.to_numpy()
        for name, other in baselines.items()
        if other.kind is forecast.kind
    }
    slices = {str(number): forecast.index.isin(bars) for number, bars in enumerate(bars_of_folds)}
    slices["all"] = np.ones(len(forecast.index), dtype=bool)
    rank_ic = rank_correlation_by_bar(mean, outcome)
    rows: dict[str, dict[str, float]] = {}
    for name, rows_of in slices.items():
        x, y = mean[rows_of], outcome[rows_of]
        daily = rank_ic[rows_of]
        row: dict[str, float] = {
            "n": float((~(np.isnan(x) | np.isnan(y))).sum()),
            "ic": correlation(x, y),
            "rank_ic": float(np.nanmean(daily)) if (~np.isnan(daily)).any() else math.nan,
        }
        if forecast.kind in _SIGNED:
            row["hit_rate"] = sign_hit_rate(x, y)
        elif forecast.kind is ForecastKind.PROBABILITY:
            row["hit_rate"] = sign_hit_rate(x, y, 0.5)
        if forecast.kind in (ForecastKind.RETURN, ForecastKind.SCALED_RETURN):
            row["r2_zero"] = r2_against(x, np.zeros_like(x), y)
        if forecast.kind in _SAME_UNIT:
            for other, values in naive.items():
                row[f"r2_vs_{other}"] = r2_against(x, values[rows_of], y)
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index")
