"""What every compared system can do, and how far its training was after so many seconds."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pytorch_lightning as lightning
from torch import Tensor

from peers.fold_data import Array, FoldData

RATES = (1e-3, 3e-3, 1e-2)  # the same grid for every system
STEPS = (5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 80, 100)  # the same budget for those with steps


@dataclass(frozen=True, eq=False)
class Stop:
    """A forecast as it would be if training had stopped here.

    Parameters
    ----------
    budget : int
        Optimisation steps (of lstmtrader: epochs).
    seconds : float
        From handing over the data to having the forecast.
    forecast : float32 array of shape (n_symbols, n_test)
    """

    budget: int
    seconds: float
    forecast: Array


class System(Protocol):
    """A way to answer one fold."""

    name: str
    threads: int
    unit: str
    rates: Sequence[float]

    def ready(self, data: FoldData) -> Any:
        """Return the fold in the system's own form; nobody times this."""
        ...

    def curve(self, ready: Any, rate: float, seed: int) -> list[Stop]:
        """Return a stop for every budget, from as few fits as the system allows."""
        ...

    def run(self, ready: Any, rate: float, budget: int, seed: int) -> Array:
        """Fit once with that budget and forecast the test rows."""
        ...


class Snapshots(lightning.Callback):  # type: ignore[misc, unused-ignore]
    """Keeps the weights after given numbers of steps, with the time that training took."""

    def __init__(self, budgets: Sequence[int]) -> None:
        self.budgets = frozenset(budgets)
        self.started = time.perf_counter()
        self.kept: list[tuple[int, float, dict[str, Tensor]]] = []

    def __deepcopy__(self, _: Any) -> Snapshots:
        """Stay the same object where a library copies its model with all its callbacks."""
        return self

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        """Copy the weights, and take the time this takes out of the account."""
        if trainer.global_step in self.budgets:
            now = time.perf_counter()
            state = {name: value.clone() for name, value in pl_module.state_dict().items()}
            self.kept.append((trainer.global_step, now - self.started, state))
            self.started += time.perf_counter() - now


def quiet_trainer() -> dict[str, Any]:
    """Settings of Lightning's Trainer that spare the peers what we do not do either."""
    return {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }


def hush() -> None:
    """Keep the libraries' tips and banners out of the table."""
    warnings.simplefilter("ignore")
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric",
                 "lightning", "darts", "neuralforecast"):  # fmt: skip
        logging.getLogger(name).setLevel(logging.ERROR)
