"""Features and strategies with numbers from outside, read on time and read too early."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.features import Exogenous, ExogenousSeries
from lstmtrader.features.feature import Feature
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from tests.audit.ground import log_returns

JOBLESS = ExogenousSeries(str(Path(__file__).with_name("jobless.csv")))


def _everywhere(values: pd.Series, prices: PriceFrame) -> pd.DataFrame:
    rows = np.tile(values.to_numpy(dtype=float)[:, None], (1, len(prices.symbols)))
    return pd.DataFrame(rows, prices.index, prices.close.columns)


def _latest_on(table: pd.Series, index: pd.DatetimeIndex) -> pd.Series:
    return table.sort_index().reindex(table.index.union(index)).ffill().reindex(index)


def _by_stamp(series: ExogenousSeries, index: pd.DatetimeIndex) -> pd.Series:
    """The first figure of every month, from the end of that month on."""
    return _latest_on(series.table().groupby("stamped")["value"].first(), index)


@dataclass(frozen=True)
class StampedNotPublished:
    """Takes a month's figure from the month's end on, weeks before it was told."""

    series: ExogenousSeries = JOBLESS
    name: str = "stamped_not_published"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return _everywhere(_by_stamp(self.series, prices.index), prices)


@dataclass(frozen=True)
class RevisedFromTheFirst:
    """Takes the last revision of a figure from the day of its first publication on."""

    series: ExogenousSeries = JOBLESS
    name: str = "revised_from_the_first"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        told = self.series.table().groupby("stamped").agg({"published": "min", "value": "last"})
        known = told.groupby("published")["value"].last()
        return _everywhere(_latest_on(known, prices.index), prices)


@dataclass(frozen=True)
class WholeSeriesScore:
    """What is known, standardised by the moments of the whole series."""

    series: ExogenousSeries = JOBLESS
    name: str = "whole_series_score"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        every = self.series.table()["value"]
        known = (self.series.as_of(prices.index) - every.mean()) / every.std()
        return _everywhere(known, prices)


@dataclass(frozen=True)
class TimesReturn:
    """The return times another feature."""

    inner: Feature
    name: str = "times_return"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices) * self.inner(prices)


@dataclass(frozen=True)
class StampedBets:
    """Bets less in months whose figure is going to be high."""

    series: ExogenousSeries = JOBLESS

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        size = 0.5 / _by_stamp(self.series, forecast.index)
        return TargetWeights(np.sign(forecast.mean).fillna(0.0).mul(size, axis=0))


@dataclass(frozen=True)
class PublishedBets:
    """Bets less while the latest figure told is high."""

    series: ExogenousSeries = JOBLESS

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        size = 0.5 / self.series.as_of(forecast.index)
        return TargetWeights(np.sign(forecast.mean).fillna(0.0).mul(size, axis=0))


@dataclass(frozen=True)
class Surprise:
    """The latest figure told against the mean of all told so far."""

    series: ExogenousSeries = JOBLESS
    name: str = "surprise"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        known = self.series.as_of(prices.index)
        return _everywhere(known - known.expanding().mean(), prices)


LEAKY_FEATURES = (
    StampedNotPublished(),
    RevisedFromTheFirst(),
    WholeSeriesScore(),
    TimesReturn(StampedNotPublished()),
)
CAUSAL_FEATURES = (Exogenous(JOBLESS), Surprise(), TimesReturn(Exogenous(JOBLESS), "times_known"))
