"""The protocol of an objective: a head's width, its loss, and how its output is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, runtime_checkable

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import ForecastKind

if TYPE_CHECKING:  # the configuration reads this file, and need not wait for torch
    from torch import Tensor

RETURNS = frozenset({ForecastKind.RETURN, ForecastKind.SCALED_RETURN})
NUMBERS = RETURNS | {ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY, ForecastKind.RANK}


class Scored(NamedTuple):
    """The right answers to the last steps of a batch of chunks; all of shape (n_chunks, steps).

    Parameters
    ----------
    target : float32 tensor
        Zero where there is none.
    weight : float32 tensor
        Zero where a step is not scored; elsewhere how much it counts, 1 by default.
    bar : int64 tensor
        Position of the step's bar in the panel: equal numbers are the same moment.
    """

    target: Tensor
    weight: Tensor
    bar: Tensor


@runtime_checkable
class Objective(Protocol):
    """What a network is trained for.

    Attributes
    ----------
    n_outputs : int
        Numbers that the head puts out per step.
    standardise : bool
        Whether the target is standardised for training, by its mean and deviation in the fold's
        training slice; `read` then turns the answers back.
    across_symbols : bool
        Whether a batch must hold all symbols of the same bars.
    location : int or None
        Which output is a forecast of the target itself, so that a regression is a good start.
    """

    @property
    def n_outputs(self) -> int:
        """Width of the head."""
        ...

    @property
    def standardise(self) -> bool:
        """Whether the target is standardised."""
        ...

    @property
    def across_symbols(self) -> bool:
        """Whether symbols are compared with each other."""
        ...

    @property
    def location(self) -> int | None:
        """Which output forecasts the target."""
        ...

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """Return what the forecasts will be.

        Raises
        ------
        ConfigError
            If such a target cannot be learnt.
        """
        ...

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """Return a scalar to make small; `output` has shape (n_chunks, steps, n_outputs)."""
        ...

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """Turn outputs of shape (..., n_outputs) into forecasts of shape (...).

        Parameters
        ----------
        output : tensor
        location, spread : float
            Mean and deviation of the target where it was standardised, else 0 and 1.

        Returns
        -------
        mapping of str to tensor
            ``"mean"``, and details as in `Forecast`.
        """
        ...


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Average over all scored steps."""
    return (values * weight).sum() / weight.sum()


def require(name: str, target: ForecastKind, learns: frozenset[ForecastKind]) -> ForecastKind:
    """Return the target, or say which ones an objective learns."""
    if target not in learns:
        raise ConfigError(
            f"loss {name} learns {', '.join(sorted(learns))}; the target is {target}: choose "
            "another loss or another target"
        )
    return target


class OfNumbers:
    """An objective that learns numbers and forecasts more of their kind."""

    name: ClassVar[str]

    standardise = True
    across_symbols = False

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own."""
        return require(self.name, target, NUMBERS)
