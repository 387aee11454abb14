"""Squared errors against those of simpler forecasts: is the difference more than chance?"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import ndtr, stdtr

from lstmtrader.bounds import at_least
from lstmtrader.errors import ConfigError, ContractError
from lstmtrader.evaluation.skill.newey_west import Kernel, newey_west_t, newey_west_variance

Alternative = Literal["two-sided", "less", "greater"]
_ALTERNATIVES = ("two-sided", "less", "greater")
_KERNELS: dict[str, Kernel] = {"bartlett": "bartlett", "acf": "truncated"}


def expanding_mean(outcome: np.ndarray, span: int, least: int = 1) -> np.ndarray:
    """Mean, for each symbol, of the outcomes that are known at each decision.

    Parameters
    ----------
    outcome : array of shape (n_bars,) or (n_bars, n_symbols)
        Row ``t`` is known after the close of bar ``t + span``; NaNs are passed over.
    span : int
        Label span of the target: `Execution.label_span`.
    least : int
        Fewest outcomes that make a mean.

    Returns
    -------
    array of the shape of `outcome`
        Row ``t`` is the mean of rows up to ``t - span``; NaN where those are too few.

    References
    ----------
    Campbell, J. Y. and Thompson, S. B. (2008). Predicting Excess Stock Returns Out of Sample.
    Review of Financial Studies, 21(4), 1509-1531.
    """
    at_least(1, span=span, least=least)
    there = ~np.isnan(outcome)
    count = there.cumsum(axis=0)
    total = np.where(there, outcome, 0.0).cumsum(axis=0, dtype=np.float64)
    mean = np.where(count >= least, total / np.maximum(count, 1), np.nan)
    known = np.full(outcome.shape, np.nan)
    known[span:] = mean[: max(len(mean) - span, 0)]
    return known


def diebold_mariano(
    errors_1: np.ndarray,
    errors_2: np.ndarray,
    horizon: int = 1,
    power: float = 2,
    alternative: Alternative = "two-sided",
    variance: Literal["bartlett", "acf"] = "bartlett",
) -> tuple[float, float]:
    """Test whether two forecasts are equally accurate, with Harvey's correction.

    Parameters
    ----------
    errors_1, errors_2 : array of shape (n_bars,) or (n_bars, n_symbols)
        Forecast minus outcome, or the other way round. Pairs with a NaN do not count. Of several
        symbols, the mean difference of losses on each bar is the series that is tested: symbols
        of a bar are related, and do not count as trials of their own.
    horizon : int
        How many bars it takes until an error is known: those of neighbouring bars are related.
        The label span, for forecasts of this package.
    power : float
        The loss is ``|error| ** power``.
    alternative : {"two-sided", "less", "greater"}
        «greater»: the first has the greater loss, the second is more accurate.
    variance : {"bartlett", "acf"}
        Estimator of the variance from the ``horizon - 1`` autocovariances: Newey-West, or each
        with weight 1, which is the default of ``dm.test`` in the R package forecast. Where the
        latter is not positive, the test is made as for a horizon of 1, as there. No difference
        with a horizon of 1.

    Returns
    -------
    statistic : float
        Above zero where the first has the greater loss.
    p : float
        From a t distribution with n - 1 degrees of freedom. Both are NaN for fewer than two bars,
        for fewer bars than the horizon, and where no two differ.

    References
    ----------
    Diebold, F. X. and Mariano, R. S. (1995). Comparing Predictive Accuracy. Journal of Business &
    Economic Statistics, 13(3), 253-263.

    Harvey, D., Leybourne, S. and Newbold, P. (1997). Testing the Equality of Prediction Mean
    Squared Errors. International Journal of Forecasting, 13(2), 281-291.
    """
    at_least(1, horizon=horizon)
    if alternative not in _ALTERNATIVES:
        raise ConfigError(f"alternative: expected one of {_ALTERNATIVES}; got {alternative!r}")
    if variance not in _KERNELS:
        raise ConfigError(f"variance: expected one of {tuple(_KERNELS)}; got {variance!r}")
    first, second = np.asarray(errors_1, np.float64), np.asarray(errors_2, np.float64)
    if first.shape != second.shape:
        raise ContractError(
            f"errors: expected two arrays of one shape; got {first.shape} and {second.shape}"
        )
    series = _mean_by_bar(np.abs(first) ** power - np.abs(second) ** power)
    n = len(series)
    if n < max(2, horizon):
        return math.nan, math.nan
    squared_error = newey_west_variance(series, horizon - 1, _KERNELS[variance])
    if variance == "acf" and squared_error <= 0:
        horizon, squared_error = 1, newey_west_variance(series, 0)
    if not squared_error > 0:
        return math.nan, math.nan
    harvey = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    statistic = float(series.mean()) / math.sqrt(squared_error) * math.sqrt(harvey)
    if alternative == "two-sided":
        return statistic, float(2 * stdtr(n - 1, -abs(statistic)))
    return statistic, float(stdtr(n - 1, statistic if alternative == "less" else -statistic))


def clark_west(
    outcome: np.ndarray, small: np.ndarray, large: np.ndarray, horizon: int = 1
) -> tuple[float, float]:
    """Test whether a forecast knows more than a smaller one that it contains.

    Were the larger one no better in truth, its squared errors would be greater by the noise it
    added, and comparing them as they are would be unfair to it. The difference of the squared
    errors is therefore raised by the squared difference of the forecasts. That holds for nested
    models only, such as any with a constant against zero or the mean. Of two others, each would
    be found to know more than the other for being different, whichever is more accurate.

    Parameters
    ----------
    outcome, small, large : array of shape (n_bars,) or (n_bars, n_symbols)
        Triples with a NaN do not count. Of several symbols, the mean on each bar is tested.
    horizon : int
        As of `diebold_mariano`; the Newey-West variance has ``horizon - 1`` lags.

    Returns
    -------
    statistic : float
        Above zero where the larger one knows more.
    p : float
        One-sided, from a normal distribution. Both are NaN where no two bars differ.

    References
    ----------
    Clark, T. E. and West, K. D. (2007). Approximately Normal Tests for Equal Predictive Accuracy
    in Nested Models. Journal of Econometrics, 138(1), 291-311.
    """
    at_least(1, horizon=horizon)
    outcome, small, large = (np.asarray(one, np.float64) for one in (outcome, small, large))
    adjusted = (outcome - small) ** 2 - ((outcome - large) ** 2 - (small - large) ** 2)
    statistic = newey_west_t(_mean_by_bar(adjusted), horizon - 1)
    return statistic, float(ndtr(-statistic))


def _mean_by_bar(values: np.ndarray) -> np.ndarray:
    """Mean across symbols; bars without any are left out."""
    table = values[:, None] if values.ndim == 1 else values
    there = ~np.isnan(table)
    n = there.sum(axis=1)
    mean: np.ndarray = np.where(there, table, 0.0).sum(axis=1)[n > 0] / n[n > 0]
    return mean
