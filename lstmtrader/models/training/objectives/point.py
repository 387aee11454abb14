"""One number per step: squared, absolute and Huber loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from lstmtrader.bounds import above_zero
from lstmtrader.forecast import ForecastKind
from lstmtrader.models.training.objectives.objective import (
    NUMBERS,
    Scored,
    require,
    weighted_mean,
)


@dataclass(frozen=True)
class Mse:
    """Mean squared error; its optimum is the conditional mean."""

    n_outputs = 1
    standardise = True
    across_symbols = False
    location = 0

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own."""
        return require("mse", target, NUMBERS)

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        return weighted_mean((output[..., 0] - scored.target).square(), scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        return {"mean": output[..., 0] * spread + location}


@dataclass(frozen=True)
class Mae:
    """Mean absolute error; its optimum is the conditional median."""

    n_outputs = 1
    standardise = True
    across_symbols = False
    location = 0

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own."""
        return require("mae", target, NUMBERS)

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        return weighted_mean((output[..., 0] - scored.target).abs(), scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        return {"mean": output[..., 0] * spread + location}


@dataclass(frozen=True)
class Huber:
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

    n_outputs = 1
    standardise = True
    across_symbols = False
    location = 0

    def __post_init__(self) -> None:
        above_zero(beta=self.beta)

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own."""
        return require("huber", target, NUMBERS)

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        errors = F.smooth_l1_loss(output[..., 0], scored.target, reduction="none", beta=self.beta)
        return weighted_mean(errors, scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        return {"mean": output[..., 0] * spread + location}
