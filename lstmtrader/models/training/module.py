"""The training step, and the only file that imports Lightning."""

from __future__ import annotations

import contextlib
import logging
import math
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from lstmtrader.errors import NonFiniteLossError
from lstmtrader.isolation import untouched
from lstmtrader.models.training.objectives.objective import Objective, Scored
from lstmtrader.models.training.optimisation import Average, Schedule, make_optimiser
from lstmtrader.models.training.resident import Resident
from lstmtrader.models.training.settings import Training
from lstmtrader.models.training.windows import Batch, TrainingBatches

with untouched():
    import pytorch_lightning as lightning
    from pytorch_lightning.trainer.connectors import callback_connector


_ONE_TRAINER = threading.Lock()


class ForecastModule(lightning.LightningModule):  # type: ignore[misc, unused-ignore]
    """Scores the last steps of each chunk with an objective.

    Parameters
    ----------
    network : nn.Module
    objective : Objective
    training : Training
    train : Resident
    validation : Resident, optional
    features : tuple of str
        Names of the inputs, for messages.
    label : str
        Which fit this is, for messages.
    batches : TrainingBatches
        What it is trained on; it knows how many there are in an epoch.
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        training: Training,
        train: Resident,
        validation: Resident | None,
        features: tuple[str, ...],
        label: str,
        batches: TrainingBatches,
    ) -> None:
        super().__init__()
        self.network = network
        self.objective, self.training_settings = objective, training
        self.train_data, self.validation_data = train, validation
        self.features, self.label = features, label
        self.automatic_optimization = False  # a third of the time per step otherwise
        self.batches = batches
        self.schedule = Schedule(training)
        self.average = Average(network, training.average) if training.average else None
        self.train_losses: list[float] = []
        self.validation_losses: list[float] = []
        self._epoch_losses: list[float] = []
        self._answers: list[tuple[Tensor, Scored]] = []

    def on_fit_start(self) -> None:
        """Bring the data to where the network is."""
        self.train_data = self.train_data.to(self.device)
        self.answering.to(self.device)
        if self.validation_data is not None:
            self.validation_data = self.validation_data.to(self.device)

    def training_step(self, batch: Batch, number: int) -> None:
        """Take one optimisation step."""
        optimiser: Any = self.optimizers(use_pl_optimizer=False)
        data = self.train_data
        output = self.network(data.inputs[batch.bars], last=batch.scored.shape[1]).float()
        loss = self.objective.loss(output, data.scored(batch))
        value = float(loss.item())
        if not math.isfinite(value):
            raise self._not_finite(value, data.inputs)
        self._epoch_losses.append(value)
        optimiser.zero_grad()
        self.manual_backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.training_settings.clip_norm)
        self.schedule.set_rate(optimiser, self.current_epoch + number / self.batches.n_batches)
        optimiser.step()
        if self.average is not None:
            self.average.update(self.network)

    def close_epoch(self) -> None:
        """Note the mean training loss of the epoch that just ended."""
        self.train_losses.append(sum(self._epoch_losses) / len(self._epoch_losses))
        self._epoch_losses.clear()

    def validation_step(self, batch: Batch, _: int) -> None:
        """Answer one part of the validation slice."""
        if self.validation_data is not None:
            data = self.validation_data
            output = self.answering(data.inputs[batch.bars], last=batch.scored.shape[1]).float()
            self._answers.append((output, data.scored(batch)))

    def on_validation_epoch_end(self) -> None:
        """Score all answers together: a Sharpe ratio is no mean over batches."""
        if not self._answers or self.validation_data is None:
            return
        output = torch.cat([output for output, _ in self._answers])
        fields = zip(*(scored for _, scored in self._answers), strict=True)
        value = float(self.objective.loss(output, Scored(*map(torch.cat, fields))).item())
        self._answers.clear()
        if not math.isfinite(value):
            raise self._not_finite(value, self.validation_data.inputs)
        self.validation_losses.append(value)

    @property
    def answering(self) -> nn.Module:
        """The network that is validated and kept: the average, where there is one."""
        return self.network if self.average is None else self.average.network

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimiser."""
        return make_optimiser(self.network, self.training_settings)

    def _not_finite(self, value: float, inputs: Tensor) -> NonFiniteLossError:
        finite = inputs.isfinite().flatten(0, -2).all(0).tolist()
        named = zip(self.features, finite, strict=True)
        guilty = [name for name, fine in named if not fine]
        reason = (
            f"feature {guilty[0]} is not finite"
            if guilty
            else "every feature is finite, so the weights ran away: use a smaller learning_rate "
            "or look at the target of that fold"
        )
        return NonFiniteLossError(
            f"{self.label}, epoch {self.current_epoch + 1}: the loss became {value}; {reason}"
        )


class BestWeights(lightning.Callback):  # type: ignore[misc, unused-ignore]
    """Stops when the validation loss no longer falls, and brings the best weights back."""

    def __init__(self, patience: int, on_epoch: Callable[[int, float], None]) -> None:
        self.patience, self.on_epoch = patience, on_epoch
        self.best_loss, self.best_epoch = math.inf, 0
        self._weights: dict[str, Tensor] = {}

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Compare with the best epoch so far (the last one, where nothing is validated)."""
        module: ForecastModule = pl_module
        epoch = trainer.current_epoch + 1
        module.close_epoch()
        validated = bool(module.validation_losses)
        loss = module.validation_losses[-1] if validated else module.train_losses[-1]
        better = loss < self.best_loss
        module.schedule.note(better=better)
        if not validated or better:
            self.best_loss, self.best_epoch = min(loss, self.best_loss), epoch
            state = module.answering.state_dict()
            self._weights = {name: value.detach().clone() for name, value in state.items()}
        elif epoch - self.best_epoch >= self.patience:
            trainer.should_stop = True
        self.on_epoch(epoch, loss)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Restore the weights of the best epoch."""
        del trainer
        pl_module.network.load_state_dict(self._weights)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning's banners, tips and advice from the user; undo it afterwards."""
    names = ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for logger in loggers:
                logger.setLevel(logging.ERROR)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextlib.contextmanager
def _no_strangers() -> Iterator[None]:
    """Make a trainer without the callbacks that other packages register for every trainer.

    They would change a fit unseen; and looking for them among all that is installed takes longer
    than two steps of training.
    """
    name = "_load_external_callbacks"
    with _ONE_TRAINER:
        search = getattr(callback_connector, name, None)  # a private name
        if search is None:
            yield
            return
        setattr(callback_connector, name, lambda _: [])
        try:
            yield
        finally:
            setattr(callback_connector, name, search)


@contextlib.contextmanager
def _interrupts_as_python_does() -> Iterator[None]:
    """Turn Lightning's answer to Ctrl-C, a deaf process that exits, back into KeyboardInterrupt."""
    main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if main_thread else None
    try:
        yield
    except SystemExit as exit_:
        if isinstance(exit_.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        if main_thread and handler is not None:
            signal.signal(signal.SIGINT, handler)


def train(
    module: ForecastModule,
    validation: Iterable[Batch] | None,
    on_epoch: Callable[[int, float], None],
) -> int:
    """Train in place; the best weights are in `module` afterwards, on the CPU.

    Returns
    -------
    int
        The epoch whose weights were kept, from 1.
    """
    training = module.training_settings
    best = BestWeights(training.patience, on_epoch)
    with _quiet(), _interrupts_as_python_does():
        with _no_strangers():
            trainer = lightning.Trainer(
                accelerator=training.device,
                devices=1,
                precision=training.precision,
                max_epochs=training.epochs,
                callbacks=[best],
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                num_sanity_val_steps=0,
                limit_val_batches=1.0 if validation is not None else 0,
            )
        trainer.fit(module, module.batches, validation)
    module.network.cpu()
    return best.best_epoch
