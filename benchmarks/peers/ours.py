"""lstmtrader, through its public path. The only file that knows how its forecaster is called."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmtrader.models import LSTMForecaster
from lstmtrader.models.forecaster import FitTask
from lstmtrader.panel import LabelledPanel
from lstmtrader.walkforward.engine import walk_forward
from peers.fold_data import HIDDEN, LOOKBACK, Array, FoldData, Question
from peers.system import RATES, Stop

EPOCHS = (1, 2, 3, 4, 5, 6)  # of some 23 steps each


def tuned(rate: float, epochs: int) -> LSTMForecaster:
    """The forecaster of the comparison: 16 chunks of 60 scored bars a batch."""
    return LSTMForecaster(
        lookback=LOOKBACK,
        hidden=HIDDEN,
        dropout=0.0,
        loss="mse",
        learning_rate=rate,
        epochs=epochs,
        patience=epochs,
        steps=60,
        batch_size=16,
    )


def default(rate: float, epochs: int) -> LSTMForecaster:
    """The same lookback and hidden size, all else as it comes."""
    del rate
    return LSTMForecaster(lookback=LOOKBACK, hidden=HIDDEN, epochs=epochs, patience=epochs)


@dataclass(frozen=True)
class Ours:
    """lstmtrader on one thread."""

    defaults: bool = False
    name: str = "lstmtrader"
    threads: int = 1
    unit: str = "epochs"

    @property
    def rates(self) -> Sequence[float]:
        """Learning rates to try."""
        return (LSTMForecaster().learning_rate,) if self.defaults else RATES

    def forecaster(self, rate: float, epochs: int) -> LSTMForecaster:
        """Return the unfitted model."""
        return (default if self.defaults else tuned)(rate, epochs)

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
            [one.fold for one in folds],
            self.forecaster(rate, budget),
            question.kind,
            seed=seed,
        )
        return [
            ((answer.forecast.members[0].T - one.mean) / one.deviation).astype(np.float32)
            for answer, one in zip(answers, folds, strict=True)
        ]
