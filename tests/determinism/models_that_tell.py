"""Forecasters that tell a folder of every fit, and of some that misbehave."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lstmtrader.errors import NonFiniteLossError
from lstmtrader.models.forecaster import FitTask, FittedForecaster
from lstmtrader.models.training.forecaster import RecurrentForecaster
from lstmtrader.progress import Progress, silent


@dataclass(frozen=True)
class Telling(RecurrentForecaster):
    """Writes one file a fit, named after fold, member and process."""

    folder: str = ""

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        for task in tasks:
            self.misbehave(task)
        made = super().fit_many(tasks, progress)
        for task in tasks:
            Path(self.folder, f"{task.fold}-{task.member}-{os.getpid()}").touch()
        return made

    def misbehave(self, task: FitTask) -> None:
        """Do nothing of the kind."""


@dataclass(frozen=True)
class DiesOnce(Telling):
    """Kills the process that fits the second fold, the first time."""

    def misbehave(self, task: FitTask) -> None:
        mark = Path(self.folder, "died")
        if task.fold == 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class DiesAlways(Telling):
    """Kills every process that fits the second fold."""

    def misbehave(self, task: FitTask) -> None:
        if task.fold == 1:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Diverges(Telling):
    """Reports a loss that is not finite."""

    def misbehave(self, task: FitTask) -> None:
        if task.fold == 1:
            raise NonFiniteLossError(f"{task.label}: so it says")


@dataclass(frozen=True)
class Breaks(Telling):
    """Has a bug."""

    def misbehave(self, task: FitTask) -> None:
        if task.fold == 1:
            print("on standard output, where the answers go")  # noqa: T201
            raise ZeroDivisionError("a bug")


@dataclass(frozen=True)
class Slow(Telling):
    """Takes its time from the second fold on."""

    def misbehave(self, task: FitTask) -> None:
        print("something for people")  # noqa: T201
        if task.fold > 0:
            time.sleep(60)


def fits(folder: Path) -> list[tuple[int, int, int]]:
    """Fold, member and process of every finished fit."""
    names = [path.name.split("-") for path in folder.iterdir() if "-" in path.name]
    return sorted((int(fold), int(member), int(pid)) for fold, member, pid in names)
