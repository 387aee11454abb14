"""The optimiser, and how its learning rate changes."""

from __future__ import annotations

import math

import torch
from torch import nn

from lstmtrader.models.training.settings import Training

_PATIENCE_OF_PLATEAU = 2  # epochs without a better loss, in a row


def make_optimiser(network: nn.Module, training: Training) -> torch.optim.Optimizer:
    """Return the optimiser that the settings name."""
    rate, decay = training.learning_rate, training.weight_decay
    parameters = network.parameters()
    if training.optimiser == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay)
    cls = torch.optim.Adam if training.optimiser == "adam" else torch.optim.AdamW
    return cls(parameters, lr=rate, weight_decay=decay, fused=True)


class Schedule:
    """Factor on the learning rate at each optimisation step.

    Parameters
    ----------
    training : Training
    n_batches : int
        Optimisation steps an epoch, about.
    """

    def __init__(self, training: Training, n_batches: int) -> None:
        self.kind, self.warmup = training.schedule, training.warmup
        self.n_steps = training.epochs * n_batches
        self.factor, self.worse = 1.0, 0

    @property
    def constant(self) -> bool:
        """Whether the learning rate never changes."""
        return self.kind == "constant" and self.warmup == 0

    def __call__(self, step: int) -> float:
        """Return the factor at a step, counted from 0."""
        rising = min((step + 1) / (self.warmup + 1), 1.0)
        if self.kind == "cosine":
            return rising * 0.5 * (1 + math.cos(math.pi * min(step / self.n_steps, 1.0)))
        return rising * self.factor

    def note(self, *, better: bool) -> None:
        """Take note of an epoch's loss; ``plateau`` halves the rate when it no longer falls."""
        self.worse = 0 if better else self.worse + 1
        if self.kind == "plateau" and self.worse and self.worse % _PATIENCE_OF_PLATEAU == 0:
            self.factor /= 2
