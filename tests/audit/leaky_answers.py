"""Fitted models that answer with bars of their context, or past it, that were not there yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstmtrader.forecast import Forecast
from lstmtrader.models.forecaster import FitTask, FittedForecaster
from lstmtrader.panel import Panel
from tests.audit.plain_models import Answering, OneLine, begins_at, behind, fit_line


class _ADayEarly(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        members = forecast.members.copy()
        members[:, :-1] = forecast.members[:, 1:]
        return replace(forecast, members=members)


class _Standardised(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        members = forecast.members
        return replace(forecast, members=0.001 * (members - np.nanmean(members)))


class _ByLength(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        return replace(forecast, members=forecast.members * np.float32(1 + context.n_bars / 1000))


class _WithTheOutcome(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        outcome = context.outcome.T[None]
        members = forecast.members.copy()
        ahead = outcome[:, 2:]
        members[:, :-2] = np.where(np.isnan(ahead), members[:, :-2], ahead)
        return replace(forecast, members=np.where(np.isnan(forecast.members), np.nan, members))


class _PastItsContext(Answering):
    def changed(self, forecast: Forecast, context: Panel) -> Forecast:
        whole = behind(context.values)
        first = begins_at(context.values, whole) + 1
        ahead = whole[:, first : first + context.n_bars, 0]
        short = context.n_bars - ahead.shape[1]
        ahead = np.pad(ahead, ((0, 0), (0, short)))
        return replace(forecast, members=forecast.members + np.float32(0.001) * ahead.T[None])


@dataclass(frozen=True)
class AnswersADayEarly(OneLine):
    """Says at each bar what it would say at the next."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _ADayEarly(fit_line(task))


@dataclass(frozen=True)
class StandardisesItsAnswers(OneLine):
    """Takes from its answers their mean over the whole test slice."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _Standardised(fit_line(task))


@dataclass(frozen=True)
class MeasuresItsContext(OneLine):
    """Bets more, the more bars it is asked about."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _ByLength(fit_line(task))


@dataclass(frozen=True)
class CopiesTheOutcome(OneLine):
    """Answers with the outcome that its context holds two bars later."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _WithTheOutcome(fit_line(task))


@dataclass(frozen=True)
class PeeksPastItsContext(OneLine):
    """Reads the next bar from the array its context is a view of."""

    def fit(self, task: FitTask) -> FittedForecaster:
        return _PastItsContext(fit_line(task))
