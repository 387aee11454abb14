"""Models that reach past the bars of their task or context, or cannot repeat themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models import Ridge
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress, silent

_LAST_SLOPES: list[NDArray[np.float64]] = []


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


@dataclass(frozen=True)
class ScalesByEverything(OneLine):
    """Takes the moments of its scaler from the whole array its slice is a view of."""

    def fit(self, task: FitTask) -> FittedForecaster:
        panel = task.train.panel
        return fit_line(task, behind(panel.values)[behind(panel.valid)].astype(float))


@dataclass(frozen=True)
class TunedOnEverything(OneLine):
    """Chooses its penalty by the error on all bars there are."""

    lookback: int = 3

    def fit(self, task: FitTask) -> FittedForecaster:
        panel, span = task.train.panel, task.train.span
        values, valid, outcome = (behind(one) for one in (panel.values, panel.valid, panel.outcome))
        n_bars = values.shape[1]
        whole = replace(
            panel, values=values, valid=valid, outcome=outcome, member=np.ones_like(valid),
            index=pd.bdate_range("1990-01-01", periods=n_bars),
        )  # fmt: skip
        label = np.full_like(outcome, np.nan)
        label[:, :-span] = outcome[:, span:]
        everything = LabelledPanel(whole, label, span)
        return Ridge(3, penalties=(0.01, 0.1, 1.0, 10.0, 100.0)).fit_many(
            [replace(task, validation=everything)]
        )[0]


@dataclass(frozen=True)
class StopsOnTest(OneLine):
    """Stops its descent where the bars after its validation slice are forecast best."""

    def fit(self, task: FitTask) -> FittedForecaster:
        assert task.validation is not None
        panel, span = task.validation.panel, task.validation.span
        values, outcome = behind(panel.values), behind(panel.outcome)
        stop = begins_at(panel.values, values) + panel.n_bars
        tested, label = values[:, stop : stop + 60 - span], outcome[:, stop + span : stop + 60]
        tested = tested[:, : label.shape[1]]
        lines = [fit_line(task, steps=steps) for steps in (1, 2, 3, 4, 6, 8, 12, 20, 40)]
        if not label.size:
            return lines[-1]
        return min(lines, key=lambda line: float(np.nanmean((line.answers(tested) - label) ** 2)))


@dataclass(frozen=True)
class PoolsItsTasks(OneLine):
    """Standardises every fit by the moments of all tasks it was handed together."""

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        panels = [task.train.panel for task in tasks]
        known = np.concatenate([panel.values[panel.valid] for panel in panels]).astype(float)
        return [fit_line(task, known) for task in tasks]


@dataclass(frozen=True)
class RemembersLastFit(OneLine):
    """Averages its slopes with those of the last fit of this process, whichever that was."""

    def fit(self, task: FitTask) -> FittedForecaster:
        line = fit_line(task)
        if _LAST_SLOPES and _LAST_SLOPES[-1].shape == line.slopes.shape:
            line = replace(line, slopes=(line.slopes + _LAST_SLOPES[-1]) / 2)
        _LAST_SLOPES.append(line.slopes)
        return line


@dataclass(frozen=True)
class UnseededModel(OneLine):
    """Moves its slopes by a billionth that nobody seeded."""

    def fit(self, task: FitTask) -> FittedForecaster:
        line = fit_line(task)
        noise = 1e-9 * np.random.default_rng().standard_normal(line.slopes.shape)
        return replace(line, slopes=line.slopes + noise)


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


class _ADayEarly(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        members = forecast.members.copy()
        members[:, :-1] = forecast.members[:, 1:]
        return replace(forecast, members=members)


class _Standardised(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        members = forecast.members
        return replace(forecast, members=0.001 * (members - np.nanmean(members)))


class _ByLength(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        return replace(forecast, members=forecast.members * np.float32(1 + context.n_bars / 1000))


class _WithTheOutcome(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        outcome = context.outcome.T[None]
        members = forecast.members.copy()
        ahead = outcome[:, 2:]
        members[:, :-2] = np.where(np.isnan(ahead), members[:, :-2], ahead)
        return replace(forecast, members=np.where(np.isnan(forecast.members), np.nan, members))


class _PastItsContext(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        whole = behind(context.values)
        first = begins_at(context.values, whole) + 1
        ahead = whole[:, first : first + context.n_bars, 0]
        short = context.n_bars - ahead.shape[1]
        ahead = np.pad(ahead, ((0, 0), (0, short)))
        return replace(forecast, members=forecast.members + np.float32(0.001) * ahead.T[None])


@dataclass(frozen=True)
class AnswersADayEarly(OneLine):
    """Says at each bar what it would say at the next."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _ADayEarly(fit_line(task))


@dataclass(frozen=True)
class StandardisesItsAnswers(OneLine):
    """Takes from its answers their mean over the whole test slice."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _Standardised(fit_line(task))


@dataclass(frozen=True)
class MeasuresItsContext(OneLine):
    """Bets more, the more bars it is asked about."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _ByLength(fit_line(task))


@dataclass(frozen=True)
class CopiesTheOutcome(OneLine):
    """Answers with the outcome that its context holds two bars later."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _WithTheOutcome(fit_line(task))


@dataclass(frozen=True)
class PeeksPastItsContext(OneLine):
    """Reads the next bar from the array its context is a view of."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _PastItsContext(fit_line(task))
