"""Experiments that do a step of the pipeline their own way, and targets that say too little."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution
from lstmtrader.experiment import Experiment
from lstmtrader.features.target import forward_log_return
from lstmtrader.forecast import ForecastKind
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import Fold, WalkForward


@dataclass(frozen=True)
class ScalesItsPanel(Experiment):
    """Standardises all features by the moments of the whole history."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        panel = made.panel
        known = panel.values[panel.valid]
        scaled = (panel.values - known.mean(axis=0)) / known.std(axis=0)
        values = np.where(panel.valid[..., None], scaled, 0).astype(np.float32)
        return replace(made, panel=replace(panel, values=values))


@dataclass(frozen=True)
class ClipsItsPanel(Experiment):
    """Cuts all features off at percentiles of the whole history."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        panel = made.panel
        low, high = np.percentile(panel.values[panel.valid], [2, 98], axis=0)
        values = np.where(panel.valid[..., None], np.clip(panel.values, low, high), 0)
        return replace(made, panel=replace(panel, values=values.astype(np.float32)))


@dataclass(frozen=True)
class ScalesItsLabels(Experiment):
    """Standardises the labels by the moments of the whole history."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        target = (made.target - np.nanmean(made.target)) / np.nanstd(made.target)
        return replace(made, target=target.astype(np.float32))


@dataclass(frozen=True)
class PicksItsFeatures(Experiment):
    """Keeps the half of the features that go best with the target over the whole history."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        panel = made.panel
        rows = panel.valid & made.labelled
        fits = [
            abs(np.corrcoef(panel.values[rows][:, column], made.target[rows])[0, 1])
            for column in range(len(panel.features))
        ]
        dropped = np.argsort(fits)[: len(fits) // 2]
        values = panel.values.copy()
        values[:, :, dropped] = 0
        return replace(made, panel=replace(panel, values=values))


@dataclass(frozen=True)
class ADayEarly(Experiment):
    """Puts every row of the features one bar too early."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        values = made.panel.values.copy()
        values[:, :-1] = made.panel.values[:, 1:]
        values[~made.panel.valid] = 0
        return replace(made, panel=replace(made.panel, values=values))


@dataclass(frozen=True)
class OutcomeTooEarly(Experiment):
    """Takes a label for known at the bar it starts from."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        return replace(made, panel=replace(made.panel, outcome=made.target.copy()))


@dataclass(frozen=True)
class OnlyLabelledRows(Experiment):
    """Forecasts only where there is going to be a label."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        valid = made.panel.valid & made.labelled
        values = np.where(valid[..., None], made.panel.values, 0).astype(np.float32)
        return replace(made, panel=replace(made.panel, values=values, valid=valid))


@dataclass(frozen=True)
class Unpurged(Experiment):
    """Cuts its folds without a purge."""

    def folds(self, prices: PriceFrame) -> list[Fold]:
        return list(replace(self.walk_forward, purge=0).split(prices.n_bars, start=30))


@dataclass(frozen=True)
class UnpurgedPlan(Experiment):
    """Plans its folds without a purge."""

    @property
    def plan(self) -> WalkForward:
        return replace(self.walk_forward, purge=0)


@dataclass(frozen=True)
class SpanOfOne(Experiment):
    """Says that its labels end at the fill, so that no purge seems needed."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        return replace(super().labelled_panel(prices), span=1)

    def folds(self, prices: PriceFrame) -> list[Fold]:
        return list(replace(self.walk_forward, purge=1).split(prices.n_bars, start=30))


@dataclass(frozen=True)
class ValidatesOnTest(Experiment):
    """Lets the validation slice reach into the test slice."""

    def folds(self, prices: PriceFrame) -> list[Fold]:
        return [
            replace(fold, validation=range(fold.validation.start, fold.test.start + 10))
            for fold in super().folds(prices)
        ]


@dataclass(frozen=True)
class TrainsOnTest(Experiment):
    """Trains on the test slice as well."""

    def folds(self, prices: PriceFrame) -> list[Fold]:
        return [
            replace(fold, train=range(fold.train.start, fold.test.stop), validation=range(0))
            for fold in super().folds(prices)
        ]


@dataclass(frozen=True)
class TrainsOnTheFuture(Experiment):
    """Cross-validates: the first slice is tested by what was fitted on the last one."""

    def folds(self, prices: PriceFrame) -> list[Fold]:
        made = super().folds(prices)
        later = range(made[1].test.start + 10, prices.n_bars - 10)
        return [replace(made[0], train=later, validation=range(0)), *made[1:]]


@dataclass(frozen=True)
class FoldsByTheLow(Experiment):
    """Lets its folds begin where the lowest price of the whole history says."""

    def folds(self, prices: PriceFrame) -> list[Fold]:
        low = int(np.argmin(prices.close.mean(axis=1).to_numpy()))
        return list(self.plan.split(prices.n_bars, start=30 + low % 17))


@dataclass(frozen=True)
class FillsAtOnce(Experiment):
    """Fills at the close it has just seen, though its settings say otherwise."""

    @property
    def terms(self) -> Terms:
        return replace(super().terms, execution=Execution.SAME_CLOSE)


@dataclass(frozen=True)
class FiveForOne:
    """Five bars of return that claim to be one: the purge is four bars too short."""

    kind: ForecastKind = ForecastKind.RETURN
    horizon: int = 1

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        return forward_log_return(prices, execution, 5)


@dataclass(frozen=True)
class CalmedByTheFuture:
    """A return over the volatility of the twenty bars after it."""

    kind: ForecastKind = ForecastKind.RETURN
    horizon: int = 1

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        ahead = forward_log_return(prices, execution, 1)
        return 0.01 * ahead / ahead.rolling(20).std().shift(-20)


@dataclass(frozen=True)
class LessItsMean:
    """A return less its mean over the whole history."""

    kind: ForecastKind = ForecastKind.RETURN
    horizon: int = 1

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        ahead = forward_log_return(prices, execution, 1)
        return ahead - ahead.mean()


@dataclass(frozen=True)
class SmoothedBothWays:
    """A centred mean of returns, as a label."""

    kind: ForecastKind = ForecastKind.RETURN
    horizon: int = 1

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        return forward_log_return(prices, execution, 1).rolling(5, center=True).mean()
