"""One number per step: squared, absolute and Huber loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from lstmtrader.bounds import above_zero
from lstmtrader.models.training.objectives.objective import OfNumbers, Scored, weighted_mean


class _Point(OfNumbers):
    """One output a step, in units of the target."""

    n_outputs = 1
    location = 0

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        return {"mean": output[..., 0] * spread + location}


@dataclass(frozen=True)
class Mse(_Point):
    """Mean squared error; its optimum is the conditional mean."""

    name = "mse"

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        return weighted_mean((output[..., 0] - scored.target).square(), scored.weight)


@dataclass(frozen=True)
class Mae(_Point):
    """Mean absolute error; its optimum is the conditional median."""

    name = "mae"

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        return weighted_mean((output[..., 0] - scored.target).abs(), scored.weight)


@dataclass(frozen=True)
class Huber(_Point):
    """Squared error near zero, absolute error beyond.

    Parameters
    ----------
    beta : float
        Where one turns into the other, in standard deviations of the target.

    References
    ----------
    Huber, P. J. (1964). Robust Estimation of a Location Parameter. Annals of Mathematical
    Statistics, 35(1), 73-101.
    """

    beta: float = 1.0

    name = "huber"

    def __post_init__(self) -> None:
        above_zero(beta=self.beta)

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        errors = F.smooth_l1_loss(output[..., 0], scored.target, reduction="none", beta=self.beta)
        return weighted_mean(errors, scored.weight)
