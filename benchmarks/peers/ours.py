"""lstmtrader, through its public path. The only file that knows how its forecaster is called."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lstmtrader.models.forecaster import FitTask
from lstmtrader.models.training.forecaster import RecurrentForecaster
from lstmtrader.models.training.objectives.point import Mse
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.panel import LabelledPanel
from lstmtrader.walkforward.engine import walk_forward
from lstmtrader.walkforward.local import LocalExecutor
from peers.fold_data import HIDDEN, LOOKBACK, Array, FoldData, Question
from peers.system import RATES, Stop

EPOCHS = (1, 2, 3, 4)
TUNED = Training(steps=250, batch_size=16)  # six optimisation steps an epoch


@dataclass(frozen=True)
class Ours:
    """lstmtrader: one thread for one fold, one worker process a core for several.

    Parameters
    ----------
    defaults : bool
        Leave everything but lookback, hidden size and epochs as it comes.
    random_head : bool
        Start the head from random weights, as everybody else does.
    """

    defaults: bool = False
    random_head: bool = False
    name: str = "lstmtrader"
    threads: int = 1
    unit: str = "epochs"
    executor: LocalExecutor | None = None

    @property
    def rates(self) -> Sequence[float]:
        """Learning rates to try."""
        return (Training().learning_rate,) if self.defaults else RATES

    def forecaster(self, rate: float, epochs: int) -> RecurrentForecaster:
        """Return the unfitted model."""
        training = Training() if self.defaults else replace(TUNED, learning_rate=rate)
        if self.random_head:
            training = replace(training, head_start="random")
        training = replace(training, epochs=epochs, patience=epochs)
        dropout = Network().dropout if self.defaults else 0.0
        return RecurrentForecaster(LOOKBACK, Network("lstm", HIDDEN, 1, dropout), Mse(), training)

    def ready(self, data: FoldData) -> FoldData:
        """Nothing to do: it standardises by itself, in the time that is measured."""
        return data

    def curve(self, ready: FoldData, rate: float, seed: int) -> list[Stop]:
        """One fit for every number of epochs."""
        stops = []
        for epochs in EPOCHS:
            start = time.perf_counter()
            forecast = self.run(ready, rate, epochs, seed)
            stops.append(Stop(epochs, time.perf_counter() - start, forecast))
        return stops

    def train(self, data: FoldData) -> LabelledPanel:
        """Cut the training slice with its context."""
        rows, context = data.fold.train, LOOKBACK - 1
        return data.question.labelled.bars(rows.start - context, rows.stop, first=rows.start)

    def task(self, data: FoldData, seed: int) -> FitTask:
        """Return the fit of one fold."""
        return FitTask(self.train(data), None, data.question.kind, seed)

    def run(self, ready: FoldData, rate: float, budget: int, seed: int) -> Array:
        """Fit one fold and forecast it."""
        fold, panel = ready.fold, ready.question.labelled.panel
        task = self.task(ready, seed)
        (fitted,) = self.forecaster(rate, budget).fit_many([task])
        context = panel.bars(fold.test.start - (LOOKBACK - 1), fold.test.stop)
        answer = fitted.predict(context).members[0, -len(fold.test) :].T
        return ((answer - ready.mean) / ready.deviation).astype(np.float32)

    def run_all(
        self, folds: Sequence[FoldData], rate: float, budget: int, seed: int
    ) -> list[Array]:
        """Refit every fold with the walk-forward engine."""
        question: Question = folds[0].question
        answers = walk_forward(
            question.labelled,
            [replace(one.fold, number=number) for number, one in enumerate(folds)],
            self.forecaster(rate, budget),
            question.kind,
            seed=seed,
            executor=self.executor,
        )
        return [
            ((answer.forecast.members[0].T - one.mean) / one.deviation).astype(np.float32)
            for answer, one in zip(answers, folds, strict=True)
        ]
