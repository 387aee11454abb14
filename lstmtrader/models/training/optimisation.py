"""The optimiser, how its learning rate changes, and the average of the weights it finds."""

from __future__ import annotations

import copy
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
    """

    def __init__(self, training: Training) -> None:
        self.kind, self.warmup = training.schedule, training.warmup
        self.epochs = training.epochs
        self.rate = training.learning_rate
        self.factor, self.worse, self.step = 1.0, 0, 0

    def set_rate(self, optimiser: torch.optim.Optimizer, epoch: float) -> None:
        """Set the learning rate of the next step."""
        for group in optimiser.param_groups:
            group["lr"] = self.rate * self.at(self.step, epoch)
        self.step += 1

    def at(self, step: int, epoch: float) -> float:
        """Return the factor at a step, counted from 0, so many epochs after the start."""
        rising = min((step + 1) / (self.warmup + 1), 1.0)
        if self.kind == "cosine":
            return rising * 0.5 * (1 + math.cos(math.pi * epoch / self.epochs))
        return rising * self.factor

    def note(self, *, better: bool) -> None:
        """Take note of an epoch's loss; ``plateau`` halves the rate when it no longer falls."""
        self.worse = 0 if better else self.worse + 1
        if self.kind == "plateau" and self.worse and self.worse % _PATIENCE_OF_PLATEAU == 0:
            self.factor /= 2


class Average:
    """Running average of a network's weights; with few steps behind it, their plain mean.

    Parameters
    ----------
    network : nn.Module
        Copied.
    keep : float
        Share of itself that the average keeps at each step, once there are enough of them.
    """

    def __init__(self, network: nn.Module, keep: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self.keep, self.steps = keep, 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights after one more step."""
        self.steps += 1
        taken = max(1 - self.keep, 1 / self.steps)
        pairs = zip(self.network.parameters(), network.parameters(), strict=True)
        for mean, now in pairs:
            mean.lerp_(now, taken)
        buffers = zip(self.network.buffers(), network.buffers(), strict=True)
        for kept, latest in buffers:
            kept.copy_(latest)
