"""LSTMForecaster: scaler, windows, network and training behind the `Forecaster` protocol."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from lstmtrader.errors import ConfigError, HistoryError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster
from lstmtrader.models.recurrent import LSTM
from lstmtrader.models.training.losses import Objective, objective_for
from lstmtrader.models.training.module import ForecastModule, Optimisation, Resident, train
from lstmtrader.models.training.scaler import Standardiser
from lstmtrader.models.training.windows import DenseBatches, Runs, WholeSlice, streams
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress, Step, silent

_TARGET_CLIP = 10.0  # of a standardised label
_LABEL_CLIP = 20.0  # of any other: a scaled return beyond it is a bad tick, not a lesson
_RUNS_PER_PASS = 256


@dataclass(frozen=True)
class LSTMForecaster:
    """An LSTM trained densely on the windows of one fold.

    Parameters
    ----------
    lookback : int
        Bars in a window: every scored bar has at least that many real bars behind it. The memory
        of the network starts where its stream starts: in a forecast at the context of its test
        slice, so that later bars of the slice look back further than the first.
    hidden, layers, dropout
        Of the network; see `LSTM`.
    loss : {"mse", "huber", "bce", "sharpe"}
        ``sharpe`` makes the output a position in (-1, 1).
    learning_rate, weight_decay : float
        Of AdamW.
    clip_norm : float
        Largest gradient norm.
    epochs, patience : int
        At most so many epochs; stop after `patience` without a better validation loss. The
        weights of the best epoch are kept.
    steps : int
        Scored bars per chunk. More of them cost less per label.
    batch_size : int
        Chunks per batch.
    clip : float
        Standardised features are kept within ± clip.
    """

    lookback: int = 63
    hidden: int = 32
    layers: int = 1
    dropout: float = 0.1
    loss: str = "mse"
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    epochs: int = 30
    patience: int = 5
    steps: int = 63
    batch_size: int = 16
    clip: float = 5.0

    def __post_init__(self) -> None:
        whole = ("lookback", "hidden", "layers", "epochs", "patience", "steps", "batch_size")
        for name in whole:
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}: expected at least 1; got {getattr(self, name)}")
        for name in ("learning_rate", "clip_norm", "clip"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(
                    f"{name}: expected a finite number above 0; got {getattr(self, name)}"
                )
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"dropout: expected a fraction in [0, 1); got {self.dropout}")
        if not 0 <= self.weight_decay < math.inf:
            raise ConfigError(
                f"weight_decay: expected a finite number of at least 0; got {self.weight_decay}"
            )

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """What the forecasts will be; see `Forecaster`."""
        return objective_for(self.loss, target).forecasts or target

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        """Fit one task after the other; see `Forecaster`."""
        return [self._fit(task, progress) for task in tasks]

    def _fit(self, task: FitTask, progress: Progress) -> FittedLSTM:
        objective = objective_for(self.loss, task.kind)
        features = Standardiser.of_features(task.train, self.clip)
        target = Standardiser.of_target(task.train, _TARGET_CLIP) if objective.standardise else None
        with _reproducible(task.seed):
            network = LSTM(
                len(task.train.panel.features),
                1,
                lookback=self.lookback,
                hidden=self.hidden,
                layers=self.layers,
                dropout=self.dropout,
            )
            module = ForecastModule(
                network,
                objective,
                Optimisation(
                    self.learning_rate,
                    self.weight_decay,
                    self.clip_norm,
                    self.epochs,
                    self.patience,
                ),
                _resident(task.train, features, target),
                _resident(task.validation, features, target) if task.validation else None,
                task.label,
            )
            batches = DenseBatches(
                task.train.panel.valid,
                task.train.labelled,
                self.lookback,
                self.steps,
                self.batch_size,
                task.seed,
            )
            if not batches.n_samples:
                raise HistoryError(
                    f"{task.label}: no training window of {self.lookback} unbroken bars with a "
                    "label; use a longer train slice or a shorter lookback"
                )
            validation = self._validation(task.validation)

            def report(epoch: int, loss: float) -> None:
                progress(Step("epoch", epoch, self.epochs, task.label, loss))

            best_epoch = train(module, batches, validation, report)
        network.eval()
        record = FitRecord(
            train_samples=batches.n_samples,
            validation_samples=validation.n_samples if validation else 0,
            best_epoch=best_epoch,
            train_loss=tuple(module.train_losses),
            validation_loss=tuple(module.validation_losses),
        )
        kind = self.kind(task.kind)
        return FittedLSTM(network, features, target, objective, self.lookback, kind, record)

    def _validation(self, labelled: LabelledPanel | None) -> WholeSlice | None:
        if labelled is None:
            return None
        batches = WholeSlice(labelled.panel.valid, labelled.labelled, self.lookback)
        return batches if batches.n_samples else None


@dataclass(frozen=True, eq=False)
class FittedLSTM:
    """A trained network with the scalers of its fold; see `FittedForecaster`."""

    network: nn.Module
    features: Standardiser
    target: Standardiser | None
    objective: Objective
    lookback: int
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """Forecast every bar with a full window, in one pass over each unbroken run."""
        flat = self.features.transform(context.values).reshape(-1, context.values.shape[2])
        inputs = torch.from_numpy(flat)
        bars, answered = streams(Runs.find(context.valid, self.lookback), self.lookback)
        answers = np.full(context.valid.size, np.nan, dtype=np.float32)
        with torch.inference_mode(), _one_thread():
            for at in range(0, len(bars), _RUNS_PER_PASS):
                rows = bars[at : at + _RUNS_PER_PASS]
                output = self.objective.link(self.network(inputs[torch.from_numpy(rows)])[..., 0])
                wanted = answered[at : at + _RUNS_PER_PASS]
                answers[rows[wanted]] = output.numpy()[wanted]
        if self.target is not None:
            answers = self.target.invert(answers[:, None])[:, 0]
        members = answers.reshape(context.valid.shape).T[None]
        return Forecast(members, context.index, context.symbols, self.kind)


def _resident(
    labelled: LabelledPanel, features: Standardiser, target: Standardiser | None
) -> Resident:
    values = features.transform(labelled.panel.values)
    if target is not None:
        labels = target.transform(labelled.target[..., None])[..., 0]
    else:
        labels = np.clip(labelled.target, -_LABEL_CLIP, _LABEL_CLIP)
    return Resident(
        torch.from_numpy(np.ascontiguousarray(values.reshape(-1, values.shape[-1]))),
        torch.from_numpy(np.ascontiguousarray(labels.reshape(-1))),
    )


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread: as fast as two at these sizes, and the same bytes on every machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def _reproducible(seed: int) -> Iterator[None]:
    """Seed torch for one fit, in float32, and leave its global state as it was."""
    dtype = torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]), _one_thread():
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
