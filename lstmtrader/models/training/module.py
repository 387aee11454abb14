"""The training step, and the only file that imports Lightning."""

from __future__ import annotations

import contextlib
import logging
import math
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lstmtrader.errors import NonFiniteLossError
from lstmtrader.isolation import untouched
from lstmtrader.models.training.losses import Objective
from lstmtrader.models.training.windows import Batch

with untouched():
    import pytorch_lightning as lightning


@dataclass(frozen=True)
class Optimisation:
    """How a network is trained.

    Parameters
    ----------
    learning_rate, weight_decay : float
        Of AdamW.
    clip_norm : float
        Largest norm of the gradient.
    epochs : int
        At most.
    patience : int
        Epochs without a better validation loss before training stops.
    """

    learning_rate: float
    weight_decay: float
    clip_norm: float
    epochs: int
    patience: int


@dataclass(frozen=True, eq=False)
class Resident:
    """One panel as flat tensors, from which batches are gathered by index.

    Parameters
    ----------
    inputs : float32 tensor of shape (n_symbols * n_bars, n_features)
    target : float32 tensor of shape (n_symbols * n_bars,)
    """

    inputs: Tensor
    target: Tensor


class ForecastModule(lightning.LightningModule):  # type: ignore[misc, unused-ignore]
    """Scores the last steps of each chunk with an objective."""

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        optimisation: Optimisation,
        train: Resident,
        validation: Resident | None,
        label: str,
    ) -> None:
        super().__init__()
        self.network = network
        self.objective = objective
        self.optimisation = optimisation
        self.label = label
        self.train_data, self.validation_data = train, validation
        self.train_losses: list[float] = []
        self.validation_losses: list[float] = []
        self._epoch_losses: list[float] = []

    def _score(self, batch: Batch, data: Resident) -> Tensor:
        steps = batch.scored.shape[1]
        output = self.network(data.inputs[batch.bars], last=steps)[..., 0]
        target = data.target[batch.bars[:, -steps:]]
        loss = self.objective.loss(output[batch.scored], target[batch.scored])
        if not math.isfinite(loss.item()):
            raise NonFiniteLossError(
                f"{self.label}, epoch {self.current_epoch + 1}: the loss became {loss.item()}; "
                "use a smaller learning_rate or look at the target and features of that fold"
            )
        return loss

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of one batch."""
        loss = self._score(batch, self.train_data)
        self._epoch_losses.append(float(loss.item()))
        return loss

    def close_epoch(self) -> None:
        """Note the mean training loss of the epoch that just ended."""
        self.train_losses.append(sum(self._epoch_losses) / len(self._epoch_losses))
        self._epoch_losses.clear()

    def validation_step(self, batch: Batch, _: int) -> None:
        """Score the whole validation slice in one batch."""
        if self.validation_data is not None:
            self.validation_losses.append(self._score(batch, self.validation_data).item())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW with the given rate and decay."""
        return torch.optim.AdamW(
            self.network.parameters(),
            lr=self.optimisation.learning_rate,
            weight_decay=self.optimisation.weight_decay,
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
        if not validated or loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, epoch
            state = module.network.state_dict()
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
    batches: Iterable[Batch],
    validation: Iterable[Batch] | None,
    on_epoch: Callable[[int, float], None],
) -> int:
    """Train in place on the CPU; the best weights are in `module` afterwards.

    Returns
    -------
    int
        The epoch whose weights were kept, from 1.
    """
    best = BestWeights(module.optimisation.patience, on_epoch)
    with _quiet(), _interrupts_as_python_does():
        trainer = lightning.Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=module.optimisation.epochs,
            gradient_clip_val=module.optimisation.clip_norm,
            callbacks=[best],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            limit_val_batches=1.0 if validation is not None else 0,
        )
        trainer.fit(module, batches, validation)
    return best.best_epoch
