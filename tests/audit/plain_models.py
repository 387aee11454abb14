"""An honest linear model and a wrapper, which leaky and suspicious models are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster
from lstmtrader.panel import Panel
from lstmtrader.progress import Progress, silent


def behind(view: np.ndarray) -> np.ndarray:
    """Return the whole array that a view was cut from, as far as NumPy tells."""
    owner = view
    while isinstance(owner.base, np.ndarray) and owner.base.shape[:1] == view.shape[:1]:
        owner = owner.base
    return owner


def begins_at(view: np.ndarray, owner: np.ndarray) -> int:
    """Return the bar of the whole array at which a view begins."""
    apart = view.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return int(apart // owner.strides[1])


@dataclass(frozen=True, eq=False)
class Line:
    """One number a feature, on standardised features."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    slopes: NDArray[np.float64]
    kind: ForecastKind
    record: FitRecord

    def answers(self, values: np.ndarray) -> NDArray[np.float64]:
        total = np.zeros(values.shape[:-1])
        for column, slope in enumerate(self.slopes):
            total += slope * (values[..., column] - self.centre[column]) / self.scale[column]
        return total

    def predict(self, context: Panel, /) -> Forecast:
        rows = np.where(context.valid, self.answers(context.values), np.nan).astype(np.float32)
        return Forecast(rows.T[None], context.index, context.symbols, self.kind)


def fit_line(task: FitTask, moments_of: np.ndarray | None = None, steps: int = 0) -> Line:
    """Least squares on the training slice, or some steps of gradient descent towards it."""
    rows = task.train.panel.valid & task.train.labelled
    bars, label = task.train.panel.values[rows].astype(float), task.train.target[rows].astype(float)
    known = bars if moments_of is None else moments_of
    centre, scale = known.mean(axis=0), known.std(axis=0)
    design = (bars - centre) / scale
    if steps:
        slopes = np.zeros(design.shape[1])
        for _ in range(steps):
            slopes -= 0.2 * design.T @ (design @ slopes - label) / len(label)
    else:
        slopes = np.linalg.lstsq(design, label, rcond=None)[0]
    return Line(centre, scale, slopes, task.kind, FitRecord(int(rows.sum())))


@dataclass(frozen=True)
class OneLine:
    """An honest linear model of one bar; the leaky ones are made of it."""

    lookback: int = 1

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        return target

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        return [self.fit(task) for task in tasks]

    def fit(self, task: FitTask) -> FittedForecaster:
        return fit_line(task)


@dataclass(frozen=True, eq=False)
class Answering:
    """A fitted model whose answers are changed on their way out."""

    inner: FittedForecaster

    @property
    def record(self) -> FitRecord:
        return self.inner.record

    def predict(self, context: Panel, /) -> Forecast:
        return self.changed(self.inner.predict(context), context)

    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        return forecast
