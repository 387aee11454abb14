"""Are the numbers, quantiles and distributions that were forecast the ones that came?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from lstmtrader.evaluation.skill.kinds import WITH_DISTRIBUTION
from lstmtrader.evaluation.skill.table import correlation, mean_of
from lstmtrader.forecast import Forecast


def mincer_zarnowitz(forecast: np.ndarray, outcome: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of outcome on forecast; 1 and 0 where it can be taken at its word.

    A slope below 1 says that the forecasts are too bold. Least squares over all pairs; NaN for
    fewer than three or without dispersion of either.

    References
    ----------
    Mincer, J. and Zarnowitz, V. (1969). The Evaluation of Economic Forecasts. In: Economic
    Forecasts and Expectations, 3-46. National Bureau of Economic Research.
    """
    if math.isnan(correlation(forecast, outcome)):
        return math.nan, math.nan
    both = ~(np.isnan(forecast) | np.isnan(outcome))
    x, y = forecast[both].astype(np.float64), outcome[both].astype(np.float64)
    away = x - x.mean()
    slope = float(away @ (y - y.mean())) / float(away @ away)
    return slope, float(y.mean() - slope * x.mean())


def pinball(quantile: np.ndarray, outcome: np.ndarray, level: float) -> np.ndarray:
    """Loss of a quantile forecast, elementwise: ``level`` of what it lies below the outcome.

    And ``1 - level`` of what it lies above. Its expectation is smallest at the true quantile.

    References
    ----------
    Koenker, R. and Bassett, G. (1978). Regression Quantiles. Econometrica, 46(1), 33-50.
    """
    error = outcome - quantile
    loss: np.ndarray = np.maximum(level * error, (level - 1) * error)
    return loss


def crps_of_quantiles(
    quantiles: Sequence[np.ndarray], levels: Sequence[float], outcome: np.ndarray
) -> np.ndarray:
    """Continuous ranked probability score of a distribution known at some levels, elementwise.

    Twice the mean of the pinball losses. It becomes the score itself as evenly spread levels get
    many; with few, scores of different levels do not compare.

    Parameters
    ----------
    quantiles : sequence of arrays of the shape of `outcome`
        One a level; NaN in any makes the score NaN.
    levels : sequence of float
    outcome : array

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007). Strictly Proper Scoring Rules, Prediction, and
    Estimation. Journal of the American Statistical Association, 102(477), 359-378.
    """
    losses = [
        pinball(quantile, outcome, level) for quantile, level in zip(quantiles, levels, strict=True)
    ]
    score: np.ndarray = 2 * np.mean(losses, axis=0)
    return score


def crps_of_normal(mean: np.ndarray, scale: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of a normal distribution, elementwise.

    Parameters
    ----------
    mean, scale, outcome : arrays of one shape
        `scale` is the standard deviation, above zero; elsewhere the score is NaN.

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007). Strictly Proper Scoring Rules, Prediction, and
    Estimation. Journal of the American Statistical Association, 102(477), 359-378. Equation 21.
    """
    scale = np.where(scale > 0, scale, np.nan)
    away = (outcome - mean) / scale
    density = np.exp(-0.5 * away**2) / math.sqrt(2 * math.pi)
    score: np.ndarray = scale * (away * (2 * ndtr(away) - 1) + 2 * density - 1 / math.sqrt(math.pi))
    return score


def calibration_table(forecast: Forecast, outcome: np.ndarray) -> pd.DataFrame:
    """How often the outcome was at or below each quantile that was forecast.

    Returns
    -------
    DataFrame
        Indexed by level; columns ``observed`` (a share, equal to the level where calibrated),
        ``pinball`` (mean loss) and ``n`` (pairs). Without rows for a forecast without quantiles,
        and for kinds that are not in the unit of their outcome.
    """
    rows = {}
    for level in forecast.levels if forecast.kind in WITH_DISTRIBUTION else ():
        quantile = forecast.quantile(level).to_numpy()
        both = ~(np.isnan(quantile) | np.isnan(outcome))
        below, came = quantile[both], outcome[both]
        any_pair = len(came) > 0
        rows[level] = {
            "observed": float((came <= below).mean()) if any_pair else math.nan,
            "pinball": float(pinball(below, came, level).mean()) if any_pair else math.nan,
            "n": float(len(came)),
        }
    columns = ["observed", "pinball", "n"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=np.float64)
    return table.rename_axis("level")


def distribution_figures(forecast: Forecast, outcome: np.ndarray) -> dict[str, float]:
    """Mean scores of the forecast distributions.

    Returns
    -------
    dict
        ``crps``, of a normal distribution where the forecast has a ``scale`` (for a model with
        fatter tails that is a stand-in), else from its quantiles; ``pinball``, the mean over
        levels. NaN without a distribution.
    """
    crps = loss = np.array([])
    if forecast.kind in WITH_DISTRIBUTION:
        if forecast.levels:
            quantiles = [forecast.quantile(level).to_numpy() for level in forecast.levels]
            crps = crps_of_quantiles(quantiles, forecast.levels, outcome)
            loss = crps / 2
        if "scale" in forecast.details:
            crps = crps_of_normal(forecast.mean.to_numpy(), forecast.scale.to_numpy(), outcome)
    return {"crps": mean_of(crps), "pinball": mean_of(loss)}
