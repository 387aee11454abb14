"""Naive forecasters: the bar any network has to clear.

They forecast the target by its own latest known outcomes (`Panel.outcome`) and learn nothing
beyond a mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.baselines.one_by_one import OneByOne
from lstmtrader.models.baselines.windows import as_forecast, learnt
from lstmtrader.models.forecaster import FitRecord, FitTask
from lstmtrader.panel import Panel

_CENTRED = frozenset({ForecastKind.RETURN, ForecastKind.SCALED_RETURN, ForecastKind.RANK})


class _Naive(OneByOne):
    """Answers with another of what the target is, and reads one bar if it says nothing else."""

    lookback = 1

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own kind."""
        return target


@dataclass(frozen=True)
class LastValue(_Naive):
    """Forecast the latest known outcome of the target.

    Examples
    --------
    >>> model = LastValue()
    >>> model.lookback, model.kind(ForecastKind.LOG_VOLATILITY).value
    (1, 'log_volatility')
    """

    def _fit(self, task: FitTask) -> _WeightedOutcomes:
        return _WeightedOutcomes((1.0,), task.kind, _record(task))


@dataclass(frozen=True)
class Ewma(_Naive):
    """Forecast an exponentially weighted mean of the known outcomes.

    Parameters
    ----------
    halflife : float
        In bars.
    lookback : int
        Outcomes used; older ones weigh nothing.

    Examples
    --------
    >>> model = Ewma(halflife=5)
    >>> model.lookback, model.kind(ForecastKind.LOG_VOLATILITY).value
    (60, 'log_volatility')
    """

    halflife: float = 10.0
    lookback: int = 60

    def __post_init__(self) -> None:
        if not 0 < self.halflife < math.inf or self.lookback < 1:
            raise ConfigError(
                f"Ewma: expected a positive halflife and lookback; "
                f"got {self.halflife} and {self.lookback}"
            )

    def _fit(self, task: FitTask) -> _WeightedOutcomes:
        weights = tuple(0.5 ** (age / self.halflife) for age in range(self.lookback))
        return _WeightedOutcomes(weights, task.kind, _record(task))


@dataclass(frozen=True)
class _WeightedOutcomes:
    """Weighted mean of the latest outcomes, the newest first in `weights`; NaN are skipped."""

    weights: tuple[float, ...]
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """See `FittedForecaster`."""
        outcome = context.outcome.astype(np.float64)
        there = ~np.isnan(outcome)
        known = np.where(there, outcome, 0.0)
        total, weight = np.zeros_like(known), np.zeros_like(known)
        for age, share in enumerate(self.weights[: context.n_bars]):
            total[:, age:] += share * known[:, : context.n_bars - age]
            weight[:, age:] += share * there[:, : context.n_bars - age]
        # The newest outcome must be there: an old one alone is no forecast of today.
        usable = there & (weight > 0)
        usable[:, : len(self.weights) - 1] = False
        mean = np.divide(total, weight, out=np.full_like(total, np.nan), where=usable)
        return as_forecast(mean, context, self.kind)


@dataclass(frozen=True)
class HistoricalMean(_Naive):
    """Forecast the mean of the training labels, the same for every symbol and bar.

    Examples
    --------
    >>> model = HistoricalMean()
    >>> model.lookback, model.kind(ForecastKind.RETURN).value
    (1, 'return')
    """

    def _fit(self, task: FitTask) -> _Constant:
        mean = float(np.nanmean(task.train.target.astype(np.float64)))
        return _Constant(mean, task.kind, _record(task))


@dataclass(frozen=True)
class Zero(_Naive):
    """Forecast nothing at all: no return, the middle rank.

    Examples
    --------
    >>> model = Zero()
    >>> model.lookback, model.kind(ForecastKind.RETURN).value
    (1, 'return')
    """

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own kind, a return or a rank."""
        return learnt(target, _CENTRED, "Zero")

    def _fit(self, task: FitTask) -> _Constant:
        return _Constant(0.0, self.kind(task.kind), _record(task))


@dataclass(frozen=True)
class AlwaysLong(OneByOne):
    """Hold every symbol, always: what the sizing of a strategy earns without a forecast.

    The forecast is a position of 1, whatever the target. A model that trades positions has to
    beat it, or else it is beta that was scaled well.

    Examples
    --------
    >>> model = AlwaysLong()
    >>> model.lookback, model.kind(ForecastKind.RETURN).value
    (1, 'position')
    """

    lookback = 1

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """A position, for targets that are a return or the rank of one."""
        learnt(target, _CENTRED, "AlwaysLong")
        return ForecastKind.POSITION

    def _fit(self, task: FitTask) -> _Constant:
        return _Constant(1.0, self.kind(task.kind), _record(task))


@dataclass(frozen=True)
class _Constant:
    """The same number everywhere."""

    value: float
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """See `FittedForecaster`."""
        return as_forecast(np.full(context.valid.shape, self.value), context, self.kind)


def _record(task: FitTask) -> FitRecord:
    return FitRecord(int((task.train.panel.valid & task.train.labelled).sum()))
