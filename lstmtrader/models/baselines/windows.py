"""What the baselines share: full windows of a panel, and answers back on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from lstmtrader.errors import ConfigError, HistoryError
from lstmtrader.features.feature import Feature
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitTask
from lstmtrader.panel import Float32, Mask, Panel

Float64 = NDArray[np.float64]


def full_windows(usable: Mask, lookback: int) -> Mask:
    """Where the last `lookback` bars are all there and usable.

    Parameters
    ----------
    usable : bool array of shape (n_symbols, n_bars)
    lookback : int

    Returns
    -------
    bool array of the same shape
    """
    full = np.zeros_like(usable)
    if lookback > usable.shape[1]:
        return full
    count = np.cumsum(np.pad(usable, ((0, 0), (1, 0))), axis=1)
    full[:, lookback - 1 :] = count[:, lookback:] - count[:, :-lookback] == lookback
    return full


def lagged(values: Float32 | Float64, rows: Mask, lags: int) -> Float64:
    """Lay the last `lags` bars of every chosen row side by side, the newest first.

    Parameters
    ----------
    values : array of shape (n_symbols, n_bars, n_features)
    rows : bool array of shape (n_symbols, n_bars)
        Each must have `lags` bars up to and including itself.
    lags : int

    Returns
    -------
    float64 array of shape (n_rows, lags * n_features)
        Rows symbol by symbol, in time order.
    """
    symbol, bar = np.nonzero(rows)
    return np.concatenate([values[symbol, bar - age] for age in range(lags)], axis=1).astype(
        np.float64
    )


def times(design: Float64, coefficients: Float64) -> Float64:
    """Return the product of a matrix and a vector, column after column.

    A BLAS product may round one row differently when there are more rows beside it; a forecast
    must not depend on how many bars came with it.
    """
    total = np.zeros(len(design))
    for column, coefficient in enumerate(coefficients):
        total += design[:, column] * coefficient
    return total


def on_rows(answers: Float64, rows: Mask) -> Float64:
    """Put one answer a row back on the panel, NaN elsewhere."""
    table = np.full(rows.shape, np.nan)
    table[rows] = answers
    return table


def as_forecast(values: Float64, context: Panel, kind: ForecastKind) -> Forecast:
    """Make a forecast of values of shape (n_symbols, n_bars), NaN where a bar is not valid."""
    rows = np.where(context.valid, values, np.nan).astype(np.float32)
    return Forecast(rows.T[None], context.index, context.symbols, kind)


def feature_of(panel: Panel, name: str, who: str) -> Float64:
    """Return one feature by its name, float64 of shape (n_symbols, n_bars), NaN if not valid."""
    if name not in panel.features:
        raise ConfigError(missing_feature(who, name, panel.features))
    column = panel.values[:, :, panel.features.index(name)].astype(np.float64)
    return np.where(panel.valid, column, np.nan)


def check_reads(forecaster: object, features: Sequence[Feature]) -> None:
    """Raise a `ConfigError` unless every feature a forecaster says it reads is there.

    It says so by an attribute `reads`, the names of those features.
    """
    wanted = getattr(forecaster, "reads", ())
    there = [feature.name for feature in features] if wanted else []
    for name in wanted:
        if name not in there:
            raise ConfigError(missing_feature(type(forecaster).__name__, name, there))


def missing_feature(who: str, name: str, there: Sequence[str]) -> str:
    """Say which feature a baseline reads, and which there are."""
    return (
        f"{who} reads the feature {name}; the experiment has {', '.join(there)}: add it to "
        "features, or name another one"
    )


def learnt(target: ForecastKind, kinds: Collection[ForecastKind], who: str) -> ForecastKind:
    """Return the target's kind if it is one of those a baseline learns."""
    if target not in kinds:
        raise ConfigError(f"{who} learns {', '.join(sorted(kinds))}; the target is {target}")
    return target


def require_samples(count: int, least: int, task: FitTask, lookback: int) -> None:
    """Raise a `HistoryError` unless a fit has enough rows to learn from."""
    if count < least:
        raise HistoryError(
            f"{task.label}: expected at least {least} training windows of {lookback} unbroken "
            f"bars with a label; got {count}: use a longer train slice or a shorter lookback"
        )
