"""GARCH(1,1): volatility that flares up and dies down, one set of parameters a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmtrader.bounds import at_least
from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.isolation import untouched
from lstmtrader.models.baselines.one_by_one import OneByOne
from lstmtrader.models.baselines.variance import (
    Parameters,
    estimate,
    forecast_variance,
    next_variance,
    stand_in,
)
from lstmtrader.models.baselines.windows import (
    Float64,
    as_forecast,
    feature_of,
    learnt,
    require_samples,
)
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress, silent

_LEARNS = frozenset({ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY})
_LARGEST_LOG = 3.0  # a price that moves by a factor of e^20 within one bar is no price


@dataclass(frozen=True)
class Garch(OneByOne):
    """GARCH(1,1) without a mean, fitted by arch to each symbol's one-bar returns.

    The recursion of a symbol begins anew in every unbroken stretch of bars, at the mean square
    of the stretch's first `lookback` returns, and answers from the last of those on. The target
    is answered with the mean of the variances of its own bars. What the logarithm or root of an
    expected variance exceeds the target by on average, in the training slice and over all
    symbols, is taken off.

    A symbol whose longest training stretch has fewer than `least` returns, or whose fit does not
    converge, gets the median parameters of the others around its own mean square; where none
    has a fit, those of RiskMetrics. Each is named in the record's notes.

    Parameters
    ----------
    feature : str
        Name of the feature that holds the one-bar return, or the log of its size:
        ``absolute_return_1`` is made by ``AbsoluteReturn(1)``. Without a mean, the sign of a
        return does not matter.
    logged : bool
        True if the feature is the log of the size, False if it is the return itself, such as
        ``return_1``.
    lookback : int
        Bars the recursion runs before it answers.
    lag : int
        Bars between a decision and its fill, which no target counts: 0 with ``same_close``.
    least : int
        Fewest returns to fit a symbol's own parameters to.

    References
    ----------
    Bollerslev, T. (1986). Generalized Autoregressive Conditional Heteroskedasticity. Journal of
    Econometrics, 31(3), 307-327.

    Examples
    --------
    >>> model = Garch(feature="return_1")
    >>> model.lookback, model.kind(ForecastKind.LOG_VOLATILITY).value
    (126, 'log_volatility')
    """

    feature: str = "absolute_return_1"
    logged: bool = True
    lookback: int = 126
    lag: int = 1
    least: int = 500

    def __post_init__(self) -> None:
        at_least(1, lookback=self.lookback)
        at_least(0, lag=self.lag)
        at_least(10, least=self.least)

    @property
    def reads(self) -> tuple[str, ...]:
        """The feature it needs."""
        return (self.feature,)

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own kind, a volatility or its log."""
        return learnt(target, _LEARNS, "Garch")

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        """Fit each symbol of each task by maximum likelihood."""
        with untouched():
            import arch  # noqa: F401 — a library that is not there yet is not kept to one thread
        return super().fit_many(tasks, progress)

    def _fit(self, task: FitTask) -> FittedGarch:
        kind, panel = self.kind(task.kind), task.train.panel
        horizon = task.train.span - self.lag
        if horizon < 1:
            raise ConfigError(
                f"Garch: lag {self.lag} leaves nothing of a label of {task.train.span} bars; "
                "same_close fills have lag 0"
            )
        squares = squared_returns(panel, self.feature, self.logged)
        found = [estimate(row, self.least) for row in squares]
        fits = [one for one in found if isinstance(one, Parameters)]
        parameters, notes = {}, []
        for symbol, row, one in zip(panel.symbols, squares, found, strict=True):
            if isinstance(one, Parameters):
                parameters[symbol] = one
            else:
                parameters[symbol] = stand_in(fits, row, squares)
                notes.append(f"{symbol} has stand-in parameters: {one}")
        bare = FittedGarch(parameters, self, horizon, 0.0, kind, FitRecord(0, notes=tuple(notes)))
        return bare.calibrated(task)


@dataclass(frozen=True, eq=False)
class FittedGarch:
    """Parameters of every symbol; see `FittedForecaster`.

    Parameters
    ----------
    parameters : dict of str to Parameters
        By symbol.
    settings : Garch
    horizon : int
        Bars of the target.
    excess : float
        Taken off the logarithm of the volatility.
    kind : ForecastKind
    record : FitRecord
    """

    parameters: dict[str, Parameters]
    settings: Garch
    horizon: int
    excess: float
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """Forecast every bar with `lookback` unbroken bars up to it."""
        log_volatility = self.log_volatility(context) - self.excess
        if self.kind is ForecastKind.VOLATILITY:
            return as_forecast(np.exp(log_volatility), context, self.kind)
        return as_forecast(log_volatility, context, self.kind)

    def log_volatility(self, panel: Panel) -> Float64:
        """Log root of the mean variance of the target's bars, shape (n_symbols, n_bars)."""
        settings = self.settings
        squares = squared_returns(panel, settings.feature, settings.logged)
        answers = np.full(squares.shape, np.nan)
        for number, (symbol, row) in enumerate(zip(panel.symbols, squares, strict=True)):
            one = self.parameters[symbol]
            variance = next_variance(one, row, settings.lookback)
            answers[number] = forecast_variance(one, variance, settings.lag, self.horizon)
        # A price that never moved has no logarithm.
        return np.asarray(0.5 * np.log(np.maximum(answers, 1e-16)))

    def calibrated(self, task: FitTask) -> FittedGarch:
        """Return the same model with the excess and the samples of a training slice."""
        labelled: LabelledPanel = task.train
        said = self.log_volatility(labelled.panel)
        rows = ~np.isnan(said) & labelled.labelled
        require_samples(int(rows.sum()), 1, task, self.settings.lookback)
        said, label = said[rows], labelled.target[rows].astype(np.float64)
        if self.kind is ForecastKind.VOLATILITY:
            excess = float(np.log(np.exp(said).mean() / label.mean()))
        else:
            excess = float((said - label).mean())
        record = FitRecord(len(label), notes=self.record.notes)
        return FittedGarch(self.parameters, self.settings, self.horizon, excess, self.kind, record)


def squared_returns(panel: Panel, feature: str, logged: bool) -> Float64:
    """Squared one-bar returns of shape (n_symbols, n_bars), NaN where a bar is not valid."""
    values = feature_of(panel, feature, "Garch")
    if logged:
        return np.asarray(np.exp(2 * np.clip(values, -_LARGEST_LOG * 10, _LARGEST_LOG)))
    largest = float(np.exp(_LARGEST_LOG))
    return np.asarray(np.clip(values, -largest, largest) ** 2)
