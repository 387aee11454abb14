"""HAR: volatility from its own means over a short, a middle and a long stretch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmtrader.errors import ConfigError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.baselines.one_by_one import OneByOne
from lstmtrader.models.baselines.windows import (
    Float64,
    as_forecast,
    full_windows,
    lagged,
    learnt,
    on_rows,
    require_samples,
    times,
)
from lstmtrader.models.forecaster import FitRecord, FitTask
from lstmtrader.panel import Mask, Panel

_LEARNS = frozenset({ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY})


@dataclass(frozen=True)
class Har(OneByOne):
    """Heterogeneous autoregression of volatility, by least squares over all symbols together.

    The target is regressed on means of its own latest known outcomes. Its outcome at ``t`` is
    the volatility of the `horizon` bars that ended there, so a mean over ``w`` of them reaches
    back ``w + horizon - 1`` bars: with horizon 1, the defaults are the day, week and month of
    the paper; with horizon 5, last week, the last nine bars and the last 26.

    Parameters
    ----------
    windows : tuple of int
        How many outcomes each mean is over, in bars, ascending. All of them must be known:
        nothing is filled, and nothing averaged over fewer.

    References
    ----------
    Corsi, F. (2009). A Simple Approximate Long-Memory Model of Realized Volatility. Journal of
    Financial Econometrics, 7(2), 174-196.

    Examples
    --------
    >>> model = Har()
    >>> model.lookback, model.kind(ForecastKind.LOG_VOLATILITY).value
    (22, 'log_volatility')
    """

    windows: tuple[int, ...] = (1, 5, 22)

    def __post_init__(self) -> None:
        object.__setattr__(self, "windows", tuple(self.windows))
        wanted = sorted({window for window in self.windows if window >= 1})
        if not wanted or list(self.windows) != wanted:
            raise ConfigError(
                f"windows: expected ascending numbers of bars, each at least 1; got {self.windows}"
            )

    @property
    def lookback(self) -> int:
        """The longest window."""
        return self.windows[-1]

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own kind, a volatility or its log."""
        return learnt(target, _LEARNS, "Har")

    def _fit(self, task: FitTask) -> FittedHar:
        kind = self.kind(task.kind)
        panel = task.train.panel
        rows = known_windows(panel, self.lookback) & task.train.labelled
        require_samples(int(rows.sum()), len(self.windows) + 2, task, self.lookback)
        means = _means(panel, rows, self.windows)
        design = np.column_stack([np.ones(len(means)), means])
        coefficients = np.linalg.lstsq(design, task.train.target[rows].astype(np.float64))[0]
        return FittedHar(coefficients, self.windows, kind, FitRecord(len(means)))


@dataclass(frozen=True, eq=False)
class FittedHar:
    """A fitted heterogeneous autoregression; see `FittedForecaster`.

    Parameters
    ----------
    coefficients : float64 array of shape (1 + n_windows,)
        The intercept first.
    windows : tuple of int
    kind : ForecastKind
    record : FitRecord
    """

    coefficients: Float64
    windows: tuple[int, ...]
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """Forecast where every outcome of the longest window is known."""
        rows = known_windows(context, self.windows[-1])
        answers = times(_means(context, rows, self.windows), self.coefficients[1:])
        return as_forecast(on_rows(answers + self.coefficients[0], rows), context, self.kind)


def known_windows(panel: Panel, lookback: int) -> Mask:
    """Where the last `lookback` bars are valid, with an outcome known at each."""
    return full_windows(panel.valid & ~np.isnan(panel.outcome), lookback)


def _means(panel: Panel, rows: Mask, windows: tuple[int, ...]) -> Float64:
    """Means of the latest outcomes, shape (n_rows, n_windows)."""
    outcomes = lagged(panel.outcome[:, :, None], rows, windows[-1])
    # Added up one by one: rounding must not depend on how many rows there are.
    total, means = np.zeros(len(outcomes)), []
    for age in range(windows[-1]):
        total = total + outcomes[:, age]
        if age + 1 in windows:
            means.append(total / (age + 1))
    return np.column_stack(means)
