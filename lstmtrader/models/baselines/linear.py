"""Ridge regression on the bars of a window; on one's own past outcomes alone it is an AR."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lstmtrader.bounds import above_zero
from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.baselines.one_by_one import OneByOne
from lstmtrader.models.baselines.windows import (
    Float64,
    as_forecast,
    full_windows,
    lagged,
    learnt,
    on_rows,
    require_samples,
    times,
)
from lstmtrader.models.forecaster import FitRecord, FitTask
from lstmtrader.panel import LabelledPanel, Panel

_LEARNS = frozenset(
    {
        ForecastKind.RETURN,
        ForecastKind.SCALED_RETURN,
        ForecastKind.VOLATILITY,
        ForecastKind.LOG_VOLATILITY,
        ForecastKind.RANK,
        ForecastKind.DIRECTION,
    }
)


@dataclass(frozen=True)
class Ridge(OneByOne):
    """Linear regression on the last `lags` bars of every feature, its coefficients held small.

    Features are standardised and coefficients fitted in the training slice alone. Only the
    penalty is chosen on the validation slice, by squared error; without one it is the middle of
    the list.

    Parameters
    ----------
    lags : int
        Bars in a window, the current one included.
    penalties : tuple of float
        Weights of the squared coefficients against the mean squared error, ascending. scikit-learn
        calls one of them times the number of samples `alpha`.
    clip : float
        Standardised features are kept within ± clip.

    References
    ----------
    Hoerl, A. E. and Kennard, R. W. (1970). Ridge Regression: Biased Estimation for Nonorthogonal
    Problems. Technometrics, 12(1), 55-67.

    Examples
    --------
    >>> model = Ridge(lags=3)
    >>> model.lookback, model.kind(ForecastKind.RETURN).value
    (3, 'return')
    """

    lags: int = 5
    penalties: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
    clip: float = 5.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "penalties", tuple(self.penalties))
        if self.lags < 1:
            raise ConfigError(f"lags: expected at least 1 bar; got {self.lags}")
        usable = sorted({one for one in self.penalties if 0 < one < math.inf})
        if not usable or list(self.penalties) != usable:
            raise ConfigError(
                f"penalties: expected ascending finite numbers above 0; got {self.penalties}"
            )
        above_zero(clip=self.clip)

    @property
    def lookback(self) -> int:
        """The lags."""
        return self.lags

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own kind, any but a probability or a position."""
        return learnt(target, _LEARNS, "Ridge")

    def _fit(self, task: FitTask) -> FittedRidge:
        kind = self.kind(task.kind)
        seen = task.train.panel.valid & task.train.panel.member
        rows = full_windows(task.train.panel.valid, self.lags) & task.train.labelled
        require_samples(int(rows.sum()), 2, task, self.lags)
        bars = task.train.panel.values[seen].astype(np.float64)
        deviation = bars.std(axis=0)
        scale = Scale(bars.mean(axis=0), np.where(deviation > 1e-12, deviation, 1.0), self.clip)
        design, label = _samples(task.train, scale, self.lags)
        paths = _solve(design, label, self.penalties)
        checked = None if task.validation is None else _samples(task.validation, scale, self.lags)
        chosen = len(self.penalties) // 2
        if checked is not None and len(checked[1]):
            errors = [np.mean((one.answer(checked[0]) - checked[1]) ** 2) for one in paths]
            chosen = int(np.argmin(errors))
        record = FitRecord(len(label), 0 if checked is None else len(checked[1]))
        return FittedRidge(paths[chosen], self.penalties[chosen], scale, self.lags, kind, record)


@dataclass(frozen=True, eq=False)
class Scale:
    """Means and deviations of the features, shape (n_features,), and the limit of both sides."""

    mean: Float64
    deviation: Float64
    clip: float

    def __call__(self, values: np.ndarray) -> Float64:
        """Standardise an array whose last axis is the features."""
        scaled: Float64 = np.clip((values - self.mean) / self.deviation, -self.clip, self.clip)
        return scaled


@dataclass(frozen=True, eq=False)
class Line:
    """An intercept and one coefficient a column."""

    intercept: float
    coefficients: Float64

    def answer(self, design: Float64) -> Float64:
        """Return one number a row."""
        return times(design, self.coefficients) + self.intercept


@dataclass(frozen=True, eq=False)
class FittedRidge:
    """A fitted regression with the scale of its fold; see `FittedForecaster`.

    Parameters
    ----------
    line : Line
        On the standardised windows, the newest bar first.
    penalty : float
        The one chosen.
    scale : Scale
    lags : int
    kind : ForecastKind
    record : FitRecord
    """

    line: Line
    penalty: float
    scale: Scale
    lags: int
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """Forecast every bar with a full window."""
        rows = full_windows(context.valid, self.lags)
        design = lagged(self.scale(context.values), rows, self.lags)
        return as_forecast(on_rows(self.line.answer(design), rows), context, self.kind)


def _samples(labelled: LabelledPanel, scale: Scale, lags: int) -> tuple[Float64, Float64]:
    rows = full_windows(labelled.panel.valid, lags) & labelled.labelled
    design = lagged(scale(labelled.panel.values), rows, lags)
    return design, labelled.target[rows].astype(np.float64)


def _solve(design: Float64, label: Float64, penalties: tuple[float, ...]) -> list[Line]:
    """One line a penalty, from a single decomposition; the intercept is not penalised."""
    centre, level = design.mean(axis=0), float(label.mean())
    centred = design - centre
    values, vectors = np.linalg.eigh(centred.T @ centred / len(label))
    shares = vectors.T @ (centred.T @ (label - level)) / len(label)
    lines = []
    for penalty in penalties:
        coefficients = vectors @ (shares / (np.maximum(values, 0.0) + penalty))
        lines.append(Line(level - float(coefficients @ centre), coefficients))
    return lines
