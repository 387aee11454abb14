"""More than one number: quantiles that do not cross, a normal and a Student-t distribution."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import quantile_name
from lstmtrader.models.training.objectives.objective import OfNumbers, Scored, weighted_mean

_SMALLEST_SCALE = 1e-3  # of a standardised target: one lucky step must not have infinite likelihood


@dataclass(frozen=True)
class Quantile(OfNumbers):
    """Pinball loss on several quantiles at once; the point forecast is the middle one.

    The head puts out the middle quantile and the distances to its neighbours, made positive by
    softplus: quantiles cannot cross.

    Parameters
    ----------
    levels : tuple of float
        Increasing, in (0, 1), an odd number of them.

    References
    ----------
    Koenker, R. and Bassett, G. (1978). Regression Quantiles. Econometrica, 46(1), 33-50.
    """

    levels: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)

    name = "quantile"

    def __post_init__(self) -> None:
        levels = tuple(float(level) for level in self.levels)
        object.__setattr__(self, "levels", levels)
        increasing = all(low < high for low, high in itertools.pairwise(levels))
        inside = all(0 < level < 1 for level in levels)
        if len(levels) % 2 == 0 or not increasing or not inside:
            raise ConfigError(
                "levels: expected an odd number of increasing levels between 0 and 1; "
                f"got {list(self.levels)}"
            )

    @property
    def n_outputs(self) -> int:
        """One a level."""
        return len(self.levels)

    @property
    def location(self) -> int:
        """The middle one."""
        return len(self.levels) // 2

    def quantiles(self, output: Tensor) -> Tensor:
        """Turn the head's output into increasing quantiles of the same shape."""
        middle = self.location
        centre = output[..., middle : middle + 1]
        below, above = F.softplus(output[..., :middle]), F.softplus(output[..., middle + 1 :])
        lower = centre - below.flip(-1).cumsum(-1).flip(-1)
        return torch.cat([lower, centre, centre + above.cumsum(-1)], dim=-1)

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        error = scored.target[..., None] - self.quantiles(output)
        level = error.new_tensor(self.levels)
        pinball = torch.maximum(level * error, (level - 1) * error).mean(-1)
        return weighted_mean(pinball, scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        quantiles = self.quantiles(output) * spread + location
        named = {
            quantile_name(level): quantiles[..., number] for number, level in enumerate(self.levels)
        }
        return {"mean": quantiles[..., self.location], **named}


@dataclass(frozen=True)
class Gaussian(OfNumbers):
    """Likelihood of a normal distribution with a mean and a scale for each step.

    References
    ----------
    Nix, D. A. and Weigend, A. S. (1994). Estimating the Mean and Variance of the Target
    Probability Distribution. IEEE International Conference on Neural Networks.
    """

    name = "gaussian"
    n_outputs = 2
    location = 0

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """Negative log-likelihood."""
        scale = _scale(output[..., 1])
        error = (scored.target - output[..., 0]) / scale
        nll = 0.5 * error.square() + scale.log() + 0.5 * math.log(2 * math.pi)
        return weighted_mean(nll, scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        return {
            "mean": output[..., 0] * spread + location,
            "scale": _scale(output[..., 1]) * spread,
        }


@dataclass(frozen=True)
class StudentT(OfNumbers):
    """Likelihood of a Student-t distribution: location, scale and degrees of freedom.

    Degrees of freedom are kept above 2, so that there is a variance; the forecast's ``scale`` is
    the standard deviation.

    References
    ----------
    Lange, K. L., Little, R. J. A. and Taylor, J. M. G. (1989). Robust Statistical Modeling Using
    the t Distribution. Journal of the American Statistical Association, 84(408), 881-896.
    """

    name = "student_t"
    n_outputs = 3
    location = 0

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """Negative log-likelihood."""
        scale, freedom = _scale(output[..., 1]), _freedom(output[..., 2])
        error = (scored.target - output[..., 0]) / scale
        half = 0.5 * (freedom + 1)
        nll = (
            torch.lgamma(0.5 * freedom)
            - torch.lgamma(half)
            + 0.5 * (freedom * math.pi).log()
            + scale.log()
            + half * torch.log1p(error.square() / freedom)
        )
        return weighted_mean(nll, scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        freedom = _freedom(output[..., 2])
        deviation = _scale(output[..., 1]) * torch.sqrt(freedom / (freedom - 2))
        return {"mean": output[..., 0] * spread + location, "scale": deviation * spread}


def _scale(output: Tensor) -> Tensor:
    return F.softplus(output) + _SMALLEST_SCALE


def _freedom(output: Tensor) -> Tensor:
    # 2.1 rather than 2: at 2 the standard deviation is infinite.
    return F.softplus(output) + 2.1
