"""What came where the forecasts were low, and where they were high."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.evaluation.skill.newey_west import newey_west_variance

_Z = 1.959963984540054
_FEWEST_SYMBOLS = 10
_ENOUGH_FOR_DECILES = 30
COLUMNS = ("n", "forecast", "outcome", "low", "high")


def decile_table(
    forecast: np.ndarray, outcome: np.ndarray, lags: int, pooled: bool = True
) -> pd.DataFrame:
    """Mean outcome of groups of forecasts, from the lowest to the highest.

    Where a bar has 10 symbols or more (the median over bars with any), the groups are formed on
    each bar, by the rank of its forecasts: ten groups from 30 symbols on, five below; bars with
    fewer than 10 symbols, or with one forecast for all, are left out. A portfolio could have held
    them. With fewer symbols, ten groups are formed of all pairs together: they say whether large
    forecasts were followed by large outcomes, but their borders were not known in advance.

    Parameters
    ----------
    forecast, outcome : array of shape (n_bars, n_symbols)
    lags : int
        For the interval; see `lags_for`.
    pooled : bool
        Whether forecasts of different bars may be put in one order.

    Returns
    -------
    DataFrame
        Indexed by group from 1; columns ``n`` (pairs), ``forecast``, ``outcome`` (means), ``low``
        and ``high``: mean outcome -/+ 1.96 standard errors, from the deviations summed by bar and
        Newey-West over bars, so that neither symbols of one bar nor overlapping targets count as
        independent. Equal forecasts are in one group; a group may be empty. Without rows where
        no two forecasts differ.

    References
    ----------
    Cattaneo, M. D., Crump, R. K., Farrell, M. H. and Schaumburg, E. (2020). Characteristic-Sorted
    Portfolios: Estimation and Inference. Review of Economics and Statistics, 102(3), 531-551.
    """
    both = ~(np.isnan(forecast) | np.isnan(outcome))
    said = np.where(both, forecast, np.nan)
    symbols = both.sum(axis=1)
    usual = float(np.median(symbols[symbols > 0])) if both.any() else 0.0
    if usual >= _FEWEST_SYMBOLS:
        n_groups = 10 if usual >= _ENOUGH_FOR_DECILES else 5
        said[symbols < _FEWEST_SYMBOLS] = np.nan
        group = _groups(said, n_groups)
    elif pooled:
        n_groups = 10
        group = _groups(said.reshape(1, -1), n_groups).reshape(said.shape)
    else:
        return _table({})
    if not group.any():
        return _table({})
    bars = both.any(axis=1)
    return _table(
        {
            number: _group_row(forecast[bars], outcome[bars], (group == number)[bars], lags)
            for number in range(1, n_groups + 1)
        }
    )


def _groups(values: np.ndarray, n_groups: int) -> np.ndarray:
    """Group from 1 of each value within its row; 0 where there is none, or no order."""
    rank = pd.DataFrame(values).rank(axis=1).to_numpy()
    n = (~np.isnan(values)).sum(axis=1, keepdims=True)
    # Ranks are from 1 to n; their middles spread evenly over (0, 1).
    group = np.floor((rank - 0.5) / np.maximum(n, 1) * n_groups) + 1
    lowest = np.where(np.isnan(values), np.inf, values).min(axis=1, initial=np.inf, keepdims=True)
    ordered = (values > lowest).any(axis=1, keepdims=True)
    return np.where(np.isnan(group) | ~ordered, 0, group).astype(np.int64)


def _group_row(
    forecast: np.ndarray, outcome: np.ndarray, inside: np.ndarray, lags: int
) -> dict[str, float]:
    n = int(inside.sum())
    if not n:
        return {"n": 0.0}
    mean = float(outcome[inside].mean())
    away = np.where(inside, outcome - mean, 0.0).sum(axis=1)
    error = math.sqrt(newey_west_variance(away, lags)) * len(away) / n
    return {
        "n": float(n),
        "forecast": float(forecast[inside].mean()),
        "outcome": mean,
        "low": mean - _Z * error,
        "high": mean + _Z * error,
    }


def _table(rows: dict[int, dict[str, float]]) -> pd.DataFrame:
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=list(COLUMNS))
    return table.astype(np.float64).rename_axis("group")
