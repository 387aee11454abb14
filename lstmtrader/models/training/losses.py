"""What a network is trained for: a loss, the link from its output to a forecast, and its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import ForecastKind

_RETURNS = frozenset({ForecastKind.RETURN, ForecastKind.SCALED_RETURN})
_NUMBERS = _RETURNS | {
    ForecastKind.VOLATILITY,
    ForecastKind.LOG_VOLATILITY,
    ForecastKind.RANK,
}


def sharpe_loss(position: Tensor, scaled_return: Tensor) -> Tensor:
    """Negative Sharpe ratio per bar of the returns that positions would have captured.

    Mean over standard deviation of position x return, over all symbols and bars of the batch
    together, not annualised (a constant factor does not move the optimum).

    References
    ----------
    Lim, B., Zohren, S. and Roberts, S. (2019). Enhancing Time Series Momentum Strategies Using
    Deep Neural Networks. Journal of Financial Data Science, 1(4), 19-38. Equation 7.
    """
    captured = position * scaled_return
    mean = captured.mean()
    variance = captured.square().mean() - mean.square()
    return -mean / torch.sqrt(variance.clamp_min(0) + 1e-9)


def _identity(output: Tensor) -> Tensor:
    return output


def _sharpe_of_output(output: Tensor, target: Tensor) -> Tensor:
    return sharpe_loss(torch.tanh(output), target)


@dataclass(frozen=True)
class Objective:
    """A loss and what belongs to it.

    Parameters
    ----------
    loss : callable
        (output, target), both of shape (n,), to a scalar.
    link : callable
        Output to forecast, elementwise.
    learns : frozenset of ForecastKind
        Targets it makes sense for.
    forecasts : ForecastKind, optional
        What the forecasts are; None for the target's own kind.
    standardise : bool
        Whether the target is standardised for training (and the forecast turned back).
    """

    loss: Callable[[Tensor, Tensor], Tensor]
    link: Callable[[Tensor], Tensor]
    learns: frozenset[ForecastKind]
    forecasts: ForecastKind | None
    standardise: bool


OBJECTIVES = {
    "mse": Objective(F.mse_loss, _identity, _NUMBERS, None, standardise=True),
    "huber": Objective(F.smooth_l1_loss, _identity, _NUMBERS, None, standardise=True),
    "bce": Objective(
        F.binary_cross_entropy_with_logits,
        torch.sigmoid,
        frozenset({ForecastKind.PROBABILITY}),
        ForecastKind.PROBABILITY,
        standardise=False,
    ),
    "sharpe": Objective(
        _sharpe_of_output, torch.tanh, _RETURNS, ForecastKind.POSITION, standardise=False
    ),
}


def objective_for(loss: str, target: ForecastKind) -> Objective:
    """Return the objective of that name.

    Raises
    ------
    ConfigError
        If there is none, or it cannot learn such a target.
    """
    if loss not in OBJECTIVES:
        raise ConfigError(f"loss: expected one of {', '.join(OBJECTIVES)}; got {loss!r}")
    objective = OBJECTIVES[loss]
    if target not in objective.learns:
        raise ConfigError(
            f"loss {loss} learns {', '.join(sorted(objective.learns))}; the target is {target}: "
            "choose another loss or another target"
        )
    return objective
