"""The protocols of a model: an unfitted one can only be fitted, a fitted one only asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress, silent

State = Mapping[str, NDArray[Any]]
"""What a fitted model is made of, as named arrays: enough to put it away and to restore it."""


@dataclass(frozen=True, eq=False)
class FitTask:
    """Everything one fit may see, already cut: no bar after it is within reach.

    Parameters
    ----------
    train : LabelledPanel
        Training rows, preceded by the `lookback - 1` bars of context their windows need.
    validation : LabelledPanel, optional
        Likewise, for early stopping.
    kind : ForecastKind
        What the target is.
    seed : int
        For everything random in this fit.
    fold, member : int
        For messages only.
    start : mapping of str to array, optional
        State of the model of an earlier fold, to start from instead of random weights.
    """

    train: LabelledPanel
    validation: LabelledPanel | None
    kind: ForecastKind
    seed: int
    fold: int = 0
    member: int = 0
    start: State | None = None

    @property
    def label(self) -> str:
        """For people: ``fold 3, member 1``."""
        return f"fold {self.fold}, member {self.member}"


@dataclass(frozen=True)
class FitRecord:
    """How one fit went.

    Parameters
    ----------
    train_samples, validation_samples : int
        Rows with a full window and a label.
    best_epoch : int
        Epoch whose weights were kept, from 1; 0 for models without epochs.
    train_loss, validation_loss : tuple of float
        One value an epoch.
    notes : tuple of str
        What a reader of the results has to know, such as a part of the model that could not be
        fitted and what stands in for it.
    """

    train_samples: int
    validation_samples: int = 0
    best_epoch: int = 0
    train_loss: tuple[float, ...] = ()
    validation_loss: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


@runtime_checkable
class FittedForecaster(Protocol):
    """A fitted model."""

    @property
    def record(self) -> FitRecord:
        """How the fit went."""
        ...

    def predict(self, context: Panel, /) -> Forecast:
        """Forecast every bar of `context` that has its full lookback inside it.

        Row ``t`` depends on rows up to ``t`` only; bars without a full window are NaN.

        Returns
        -------
        Forecast
            One member, on all bars and symbols of `context`.
        """
        ...


@runtime_checkable
class Forecaster(Protocol):
    """An unfitted model.

    `fit_many` is handed as many tasks as its caller wants done together. Each result depends on
    its own task alone, so they may be split among processes and machines in any way.
    """

    @property
    def lookback(self) -> int:
        """Bars in a window, the current one included."""
        ...

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """Return what the forecasts will be, given what the target is.

        Raises
        ------
        ConfigError
            If the model cannot learn such a target.
        """
        ...

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        """Fit each task by itself; the result of one does not depend on the others."""
        ...


@runtime_checkable
class Storable(Protocol):
    """A fitted model whose weights can be put away."""

    def state(self) -> State:
        """Return everything that was fitted."""
        ...


@runtime_checkable
class Restoring(Protocol):
    """A forecaster that can bring a fitted model back, and start a fit from an earlier one.

    It reads `FitTask.start`; one that does not is refitted from nothing.
    """

    def restore(self, state: State, target: ForecastKind, record: FitRecord, /) -> FittedForecaster:
        """Return the model that gave this state; it forecasts the same bytes."""
        ...


def as_arrays(state: State) -> dict[str, NDArray[Any]]:
    """Copy a state into plain arrays of its own."""
    return {name: np.array(array) for name, array in state.items()}
