"""Information coefficients: bar by bar, over all bars with their chance, and over horizons."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.evaluation.skill.kinds import ABOUT_RETURNS, COMPARED_OVER_TIME
from lstmtrader.evaluation.skill.newey_west import lags_for, newey_west_t, newey_west_variance
from lstmtrader.evaluation.skill.table import correlation, mean_of, rank_correlation_by_bar
from lstmtrader.features.target import forward_log_return
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame

HORIZONS = (1, 2, 3, 5, 10, 21, 42, 63)
FEWEST_SYMBOLS = 3
"""With fewer on a bar, a correlation across them is 1, -1 or nothing."""


def ic_by_bar(forecast: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Pearson correlation across symbols on each bar.

    Parameters
    ----------
    forecast, outcome : array of shape (n_bars, n_symbols)

    Returns
    -------
    array of shape (n_bars,)
        NaN below 3 symbols that have both, and without dispersion.

    References
    ----------
    Grinold, R. C. (1989). The Fundamental Law of Active Management. Journal of Portfolio
    Management, 15(3), 30-37.
    """
    both = ~(np.isnan(forecast) | np.isnan(outcome))
    n = both.sum(axis=1)
    x, y = _centred(forecast, both, n), _centred(outcome, both, n)
    scale = np.sqrt((x**2).sum(axis=1)) * np.sqrt((y**2).sum(axis=1))
    enough = (n >= FEWEST_SYMBOLS) & _differ(forecast, both) & _differ(outcome, both) & (scale > 0)
    by_bar = np.full(len(n), np.nan)
    by_bar[enough] = np.clip((x * y).sum(axis=1)[enough] / scale[enough], -1, 1)
    return by_bar


def icir(by_bar: np.ndarray) -> float:
    """Mean over standard deviation (ddof 1) of the IC by bar, not annualised; NaN if undefined.

    References
    ----------
    Grinold, R. C. and Kahn, R. N. (2000). Active Portfolio Management, chapter 6. McGraw-Hill.
    """
    there = by_bar[~np.isnan(by_bar)]
    if len(there) < 2 or np.ptp(there) == 0:
        return math.nan
    return float(there.mean() / there.std(ddof=1))


def has_cross_section(forecast: np.ndarray, outcome: np.ndarray) -> bool:
    """Whether there is a bar with enough symbols to correlate across them."""
    n = (~(np.isnan(forecast) | np.isnan(outcome))).sum(axis=1)
    return bool((n >= FEWEST_SYMBOLS).any())


def pooled_t(forecast: np.ndarray, outcome: np.ndarray, lags: int) -> float:
    """t-statistic of the correlation of all pairs: that of the slope of outcome on forecast.

    Symbols of one bar are related, and so are bars whose targets overlap: the scores of the
    regression are summed by bar, and the sums are given a Newey-West variance.

    Parameters
    ----------
    forecast, outcome : array of shape (n_bars, n_symbols)
    lags : int
        See `lags_for`.

    References
    ----------
    Driscoll, J. C. and Kraay, A. C. (1998). Consistent Covariance Matrix Estimation with Spatially
    Dependent Panel Data. Review of Economics and Statistics, 80(4), 549-560.
    """
    if math.isnan(correlation(forecast, outcome)):
        return math.nan
    both = ~(np.isnan(forecast) | np.isnan(outcome))
    x = np.where(both, forecast - forecast[both].mean(dtype=np.float64), 0.0)
    y = np.where(both, outcome - outcome[both].mean(dtype=np.float64), 0.0)
    moment = float((x * y).sum())
    score = (x * (y - moment / float((x * x).sum()) * x)).sum(axis=1)[both.any(axis=1)]
    variance = newey_west_variance(score, lags) * len(score) ** 2
    return moment / math.sqrt(variance) if variance > 0 else math.nan


def ic_decay(
    forecast: Forecast,
    prices: PriceFrame,
    execution: Execution,
    horizons: Sequence[int] = HORIZONS,
) -> pd.DataFrame:
    """What the forecasts say about returns over other horizons than the one they were made for.

    Parameters
    ----------
    forecast : Forecast
    prices : PriceFrame
        With the bars and symbols of the forecast.
    execution : Execution
        Returns start at the fill of a decision, whatever the horizon.
    horizons : sequence of int
        In bars.

    Returns
    -------
    DataFrame
        Indexed by horizon; columns ``ic`` (Pearson, pooled; NaN for scores), ``rank_ic`` (mean
        over bars of the Spearman correlation across symbols) and ``t``: Newey-West of the rank
        IC (`lags_for`); of the pooled IC (see `pooled_t`) where no bar has 3
        symbols. Without rows for forecasts of volatility. NaN for a horizon beyond the prices.
    """
    table = pd.DataFrame(
        columns=["ic", "rank_ic", "t"], index=pd.Index([], dtype=int, name="horizon"), dtype=float
    )
    if forecast.kind not in ABOUT_RETURNS:
        return table
    said = forecast.mean.to_numpy()
    pooled = forecast.kind in COMPARED_OVER_TIME
    for horizon in horizons:
        ahead = forward_log_return(prices, execution, horizon)
        outcome = ahead.reindex(index=forecast.index, columns=list(forecast.symbols)).to_numpy()
        lags = lags_for(execution.label_span(horizon))
        by_bar = rank_correlation_by_bar(said, outcome)
        if has_cross_section(said, outcome):
            t = newey_west_t(by_bar, lags)
        else:
            t = pooled_t(said, outcome, lags) if pooled else math.nan
        ic = correlation(said, outcome) if pooled else math.nan
        table.loc[horizon] = [ic, mean_of(by_bar), t]
    return table


def _centred(values: np.ndarray, there: np.ndarray, n: np.ndarray) -> np.ndarray:
    kept = np.where(there, values, 0.0)
    centred: np.ndarray = np.where(there, kept - (kept.sum(axis=1) / np.maximum(n, 1))[:, None], 0)
    return centred


def _differ(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    highest = np.where(there, values, -np.inf).max(axis=1, initial=-np.inf)
    lowest = np.where(there, values, np.inf).min(axis=1, initial=np.inf)
    differ: np.ndarray = highest > lowest
    return differ
