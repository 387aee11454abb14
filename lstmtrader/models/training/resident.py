"""One slice of a panel as flat tensors that stay where the network is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lstmtrader.models.training.objectives.objective import Scored
from lstmtrader.models.training.windows import Batch


@dataclass(frozen=True, eq=False)
class Resident:
    """One panel as flat tensors, from which batches are gathered by index.

    Parameters
    ----------
    inputs : float32 tensor of shape (n_symbols * n_bars, n_features)
    target : float32 tensor of shape (n_symbols * n_bars,)
        Zero where there is no label.
    weight : float32 tensor of shape (n_symbols * n_bars,)
        How much each label counts.
    n_bars : int
    """

    inputs: Tensor
    target: Tensor
    weight: Tensor
    n_bars: int

    def to(self, device: torch.device) -> Resident:
        """Move it to the device that trains."""
        return Resident(
            self.inputs.to(device), self.target.to(device), self.weight.to(device), self.n_bars
        )

    def scored(self, batch: Batch) -> Scored:
        """Look up what the last steps of a batch are scored with."""
        bars = batch.bars[:, -batch.scored.shape[1] :]
        return Scored(self.target[bars], self.weight[bars] * batch.scored, bars % self.n_bars)
