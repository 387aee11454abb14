"""Models that remember, adapt and draw lots, each from its own task and context alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstmtrader.forecast import Forecast
from lstmtrader.models.forecaster import FitTask, FittedForecaster
from lstmtrader.panel import Panel
from tests.audit.plain_models import Answering, OneLine, fit_line


class _ADayLate(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        members = np.full_like(forecast.members, np.nan)
        members[:, 1:] = forecast.members[:, :-1]
        return replace(forecast, members=members)


class _LessItsPeers(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        members = forecast.members
        some = (~np.isnan(members)).any(axis=2, keepdims=True)
        level = np.nanmean(np.where(some, members, 0.0), axis=2, keepdims=True)
        return replace(forecast, members=members - level)


class _Adapting(Answering):
    """Moves its level towards outcomes as they become known, bar by bar."""

    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        level = np.zeros(len(context.symbols), dtype=np.float32)
        rows = []
        for known, said in zip(context.outcome.T, forecast.members[0], strict=True):
            level = np.where(np.isnan(known), level, 0.9 * level + 0.1 * known)
            rows.append(said + level)
        return replace(forecast, members=np.array(rows, dtype=np.float32)[None])


@dataclass(frozen=True)
class ADayLate(OneLine):
    """Says at each bar what it would have said at the one before."""

    lookback: int = 2

    def fit(self, task: FitTask) -> FittedForecaster:
        return _ADayLate(fit_line(task))


@dataclass(frozen=True)
class LessItsPeers(OneLine):
    """Takes from its answers their mean over the symbols of the same bar."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _LessItsPeers(fit_line(task))


@dataclass(frozen=True)
class Adapting(OneLine):
    """Learns on within its context from outcomes that are known by then."""

    lookback: int = 10

    def fit(self, task: FitTask) -> FittedForecaster:
        return _Adapting(fit_line(task))


@dataclass(frozen=True)
class DrawsSeededLots(OneLine):
    """Shakes its slopes by the seed of its task."""

    def fit(self, task: FitTask) -> FittedForecaster:
        line = fit_line(task)
        shake = np.random.default_rng(task.seed).standard_normal(line.slopes.shape)
        return replace(line, slopes=line.slopes * (1 + 0.1 * shake))


@dataclass(frozen=True)
class StopsOnValidation(OneLine):
    """Stops its descent where its validation slice is forecast best."""

    def fit(self, task: FitTask) -> FittedForecaster:
        assert task.validation is not None
        panel, label = task.validation.panel, task.validation.target
        rows = panel.valid & task.validation.labelled
        lines = [fit_line(task, steps=steps) for steps in (1, 3, 10, 30)]
        return min(
            lines,
            key=lambda line: float(((line.answers(panel.values[rows]) - label[rows]) ** 2).mean()),
        )
