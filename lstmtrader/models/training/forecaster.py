"""RecurrentForecaster: scaler, windows, network and training behind the `Forecaster` protocol."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from lstmtrader.bounds import above_zero, at_least
from lstmtrader.errors import ConfigError, HistoryError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster, State
from lstmtrader.models.training.head_start import start_head
from lstmtrader.models.training.objectives import named_objective
from lstmtrader.models.training.objectives.objective import Objective
from lstmtrader.models.training.objectives.point import Mse
from lstmtrader.models.training.resident import Resident
from lstmtrader.models.training.scaler import Standardiser
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.models.training.threads import one_torch_thread
from lstmtrader.models.training.windows import ScoringBatches, TrainingBatches, passes
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress, Step, silent

_TARGET_CLIP = 10.0  # of a standardised label
_LABEL_CLIP = 20.0  # of any other: a scaled return beyond it is a bad tick, not a lesson


def load() -> None:
    """Import Lightning now rather than with the first fit: it takes two seconds."""
    import lstmtrader.models.training.module  # noqa: F401


@dataclass(frozen=True)
class RecurrentForecaster:
    """A recurrent network trained on the windows of one fold.

    Parameters
    ----------
    lookback : int
        Bars in a window: every scored bar has at least that many real bars behind it. After
        dense training a forecast reads its slice in one stream, so that later bars of the slice
        look back further than the first; after window training each reads its own window.
    network : Network
    loss : Objective or str
        What it is trained for: ``mse``, ``mae``, ``huber``, ``quantile``, ``gaussian``,
        ``student_t``, ``bce``, ``direction``, ``ic``, ``sharpe``, or an object.
    training : Training
    clip : float
        Standardised features are kept within ± clip.

    Raises
    ------
    ConfigError
        Among others, if a network that is not causal is to be trained densely.

    Examples
    --------
    >>> model = RecurrentForecaster(lookback=20, loss="sharpe")
    >>> model.lookback, model.kind(ForecastKind.SCALED_RETURN).value
    (20, 'position')
    """

    lookback: int = 63
    network: Network = field(default_factory=Network)
    loss: Objective = field(default_factory=Mse)
    training: Training = field(default_factory=Training)
    clip: float = 5.0

    def __post_init__(self) -> None:
        if isinstance(self.loss, str):
            object.__setattr__(self, "loss", named_objective(self.loss))
        at_least(1, lookback=self.lookback)
        above_zero(clip=self.clip)
        if self.training.mode == "dense" and not self.network.causal:
            raise ConfigError(
                f"network: {self.network.cell} is not causal (a step of its output depends on "
                "later bars of the chunk), so it cannot be trained densely: set training.mode to "
                "window"
            )
        if self.training.mode == "window" and getattr(self.loss, "turnover_cost", 0.0) > 0:
            raise ConfigError(
                "loss: turnover_cost needs training.mode dense: a window by itself has one scored "
                "bar, and no change of position to charge"
            )

    @property
    def details(self) -> frozenset[str]:
        """What the forecasts will have beside their mean; see `Forecast.details`."""
        read = self.loss.read(torch.zeros(1, self.loss.n_outputs), 0.0, 1.0)
        return frozenset(read) - {"mean"}

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """What the forecasts will be; see `Forecaster`."""
        return self.loss.kind(target)

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        """Fit one task after the other; see `Forecaster`."""
        return [self._fit(task, progress) for task in tasks]

    def restore(self, state: State, target: ForecastKind, record: FitRecord, /) -> FittedNetwork:
        """Bring a fitted network back; see `Restoring`."""
        features = Standardiser(state["features.mean"], state["features.deviation"], self.clip)
        scaler = None
        if self.loss.standardise:
            scaler = Standardiser(state["target.mean"], state["target.deviation"], _TARGET_CLIP)
        network = self.network.build(len(features.mean), self.loss.n_outputs, self.lookback)
        _load(network, state)
        network.eval()
        return FittedNetwork(network, features, scaler, self, self.kind(target), record)

    def _fit(self, task: FitTask, progress: Progress) -> FittedNetwork:
        # Not needed by who looks at settings or folds, or has all fits in the cache.
        from lstmtrader.models.training.module import ForecastModule, train

        kind = self.kind(task.kind)
        features = Standardiser.of_features(task.train, self.clip)
        scaler = None
        if self.loss.standardise:
            scaler = Standardiser.of_target(task.train, _TARGET_CLIP)
        dense = self.training.mode == "dense"
        batches = TrainingBatches(
            task.train.panel.valid,
            task.train.labelled,
            self.lookback,
            self.training.steps if dense else 1,
            self.training.batch_size,
            task.seed,
            across_symbols=self.loss.across_symbols,
        )
        if not batches.n_samples:
            raise HistoryError(
                f"{task.label}: no training window of {self.lookback} unbroken bars with a "
                "label; use a longer train slice or a shorter lookback"
            )
        if self.loss.across_symbols and batches.runs.n_symbols < 3:
            raise HistoryError(
                f"{task.label}: this loss compares symbols; expected at least 3 with whole "
                f"windows, got {batches.runs.n_symbols}"
            )
        validation = self._validation(task.validation)

        def report(epoch: int, loss: float) -> None:
            progress(Step("epoch", epoch, self.training.epochs, task.label, loss))

        names = task.train.panel.features
        with _reproducible(task.seed):
            network = self.network.build(len(names), self.loss.n_outputs, self.lookback)
            slice_ = _resident(task.train, features, scaler, self.training.halflife)
            if task.start is not None:
                _load(network, task.start)
            elif self.training.head_start == "least_squares":
                everything = self._reading(task.train)
                start_head(network, self.loss, slice_, everything)
            module = ForecastModule(
                network,
                self.loss,
                self.training,
                slice_,
                _resident(task.validation, features, scaler) if task.validation else None,
                names,
                task.label,
                batches,
            )
            best_epoch = train(module, validation, report)
        network.eval()
        record = FitRecord(
            train_samples=batches.n_samples,
            validation_samples=validation.n_samples if validation else 0,
            best_epoch=best_epoch,
            train_loss=tuple(module.train_losses),
            validation_loss=tuple(module.validation_losses),
        )
        return FittedNetwork(network, features, scaler, self, kind, record)

    def _validation(self, labelled: LabelledPanel | None) -> ScoringBatches | None:
        if labelled is None:
            return None
        batches = self._reading(labelled)
        return batches if batches.n_samples else None

    def _reading(self, labelled: LabelledPanel) -> ScoringBatches:
        dense = self.training.mode == "dense"
        return ScoringBatches(labelled.panel.valid, labelled.labelled, self.lookback, dense=dense)


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network with the scalers of its fold; see `FittedForecaster`."""

    network: nn.Module
    features: Standardiser
    target: Standardiser | None
    settings: RecurrentForecaster
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """Forecast every bar with a full window."""
        flat = self.features.transform(context.values).reshape(-1, context.values.shape[2])
        inputs = torch.from_numpy(flat)
        location, spread = 0.0, 1.0
        if self.target is not None:
            location, spread = float(self.target.mean[0]), float(self.target.deviation[0])
        answers: dict[str, np.ndarray] = {}
        dense = self.settings.training.mode == "dense"
        with torch.inference_mode(), one_torch_thread():
            for bars, answered in passes(context.valid, self.settings.lookback, dense=dense):
                steps = answered.shape[1]
                output = self.network(inputs[torch.from_numpy(bars)], last=steps)
                where = bars[:, -steps:][answered]
                for name, values in self.settings.loss.read(output, location, spread).items():
                    blank = np.full(context.valid.size, np.nan, dtype=np.float32)
                    answers.setdefault(name, blank)[where] = values.numpy()[answered]
        if not answers:
            answers = self._nothing(context, location, spread)
        shaped = {
            name: values.reshape(context.valid.shape).T[None] for name, values in answers.items()
        }
        members = shaped.pop("mean")
        return Forecast(members, context.index, context.symbols, self.kind, shaped)

    def _nothing(self, context: Panel, location: float, spread: float) -> dict[str, np.ndarray]:
        """Answer with NaN throughout, under the names that answers would have."""
        head = torch.zeros(1, self.settings.loss.n_outputs)
        blank = np.full(context.valid.size, np.nan, dtype=np.float32)
        return dict.fromkeys(self.settings.loss.read(head, location, spread), blank)

    def state(self) -> State:
        """Weights and scalers; see `Storable`."""
        scalers = {"features": self.features, "target": self.target}
        arrays = {
            f"{name}.{part}": getattr(scaler, part)
            for name, scaler in scalers.items()
            if scaler is not None
            for part in ("mean", "deviation")
        }
        for name, tensor in self.network.state_dict().items():
            arrays[f"network.{name}"] = tensor.numpy()
        return arrays


def _load(network: nn.Module, state: State) -> None:
    """Put the weights of a state into a network."""
    prefix = "network."
    network.load_state_dict(
        {
            name.removeprefix(prefix): torch.from_numpy(np.array(array))
            for name, array in state.items()
            if name.startswith(prefix)
        }
    )


def _resident(
    labelled: LabelledPanel,
    features: Standardiser,
    target: Standardiser | None,
    halflife: float | None = None,
) -> Resident:
    values = features.transform(labelled.panel.values)
    if target is not None:
        labels = target.transform(labelled.target[..., None])[..., 0]
    else:
        labels = np.clip(labelled.target, -_LABEL_CLIP, _LABEL_CLIP)
    weight = np.ones(labels.shape, dtype=np.float32)
    if halflife is not None:
        age = np.arange(labels.shape[1])[::-1]
        weight *= (0.5 ** (age / halflife)).astype(np.float32)
    return Resident(
        torch.from_numpy(np.ascontiguousarray(values.reshape(-1, values.shape[-1]))),
        torch.from_numpy(np.where(labelled.labelled, labels, 0).astype(np.float32).reshape(-1)),
        torch.from_numpy(weight.reshape(-1)),
        labels.shape[1],
    )


@contextlib.contextmanager
def _reproducible(seed: int) -> Iterator[None]:
    """Seed torch for one fit, in float32, and leave its global state as it was."""
    dtype = torch.get_default_dtype()
    gpus = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices=gpus), one_torch_thread():
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
