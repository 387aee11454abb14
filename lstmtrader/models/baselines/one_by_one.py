"""Forecasters whose fits have nothing to share: one task after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from lstmtrader.models.baselines.threads import one_thread
from lstmtrader.models.forecaster import FitTask, FittedForecaster
from lstmtrader.progress import Progress, silent


class OneByOne(ABC):
    """A forecaster that says how it fits a single task."""

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        """Fit each task by itself; see `Forecaster`."""
        del progress
        with one_thread():
            return [self._fit(task) for task in tasks]

    @abstractmethod
    def _fit(self, task: FitTask) -> FittedForecaster: ...
