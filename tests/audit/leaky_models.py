"""Models that reach past the bars of their task, or cannot repeat themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstmtrader.models import Ridge
from lstmtrader.models.forecaster import FitTask, FittedForecaster
from lstmtrader.panel import LabelledPanel
from lstmtrader.progress import Progress, silent
from tests.audit.plain_models import OneLine, begins_at, behind, fit_line

_LAST_SLOPES: list[NDArray[np.float64]] = []


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
