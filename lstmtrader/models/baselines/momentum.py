"""Momentum: stay on the side of the last twelve months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.baselines.one_by_one import OneByOne
from lstmtrader.models.baselines.windows import as_forecast, feature_of, learnt
from lstmtrader.models.forecaster import FitRecord, FitTask
from lstmtrader.panel import Panel

_LEARNS = frozenset({ForecastKind.RETURN, ForecastKind.SCALED_RETURN, ForecastKind.RANK})


@dataclass(frozen=True)
class Momentum(OneByOne):
    """Take the sign of a past return as the position: 1, 0 or -1. Nothing is fitted.

    A sign has no unit, so that the forecast is a position whatever the target: strategies trade
    it, its correlations and hits count, and no squared error is made of it.

    Parameters
    ----------
    feature : str
        Name of the feature with that return: ``return_252`` is made by ``Return(252)``, twelve
        months of daily bars; ``ScaledReturn(252)``, named ``scaled_return_252``, has the same
        sign.

    References
    ----------
    Moskowitz, T. J., Ooi, Y. H. and Pedersen, L. H. (2012). Time Series Momentum. Journal of
    Financial Economics, 104(2), 228-250.

    Examples
    --------
    >>> model = Momentum(feature="return_20")
    >>> model.lookback, model.kind(ForecastKind.RETURN).value
    (1, 'position')
    """

    feature: str = "return_252"

    lookback = 1  # the feature has its own warm-up

    @property
    def reads(self) -> tuple[str, ...]:
        """The feature it needs."""
        return (self.feature,)

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """A position, for targets that are a return or the rank of one."""
        learnt(target, _LEARNS, "Momentum")
        return ForecastKind.POSITION

    def _fit(self, task: FitTask) -> _Sign:
        past = feature_of(task.train.panel, self.feature, "Momentum")
        samples = int((~np.isnan(past) & task.train.labelled).sum())
        return _Sign(self.feature, self.kind(task.kind), FitRecord(samples))


@dataclass(frozen=True)
class _Sign:
    """The sign of one feature."""

    feature: str
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """See `FittedForecaster`."""
        return as_forecast(
            np.sign(feature_of(context, self.feature, "Momentum")), context, self.kind
        )
