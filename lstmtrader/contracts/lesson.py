"""One small fold for checking forecasters: tasks to fit, and a context to be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.features import AbsoluteReturn, ForwardReturn, ScaledReturn
from lstmtrader.features.assemble import build_panel, warm_up
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import ForecastKind
from lstmtrader.models.forecaster import FitTask
from lstmtrader.panel import LabelledPanel, Panel

_TRAIN, _VALIDATION, _CONTEXT, _GAP = 160, 45, 65, 5
_SHIFT = 3


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a forecaster is fitted on and asked about.

    Parameters
    ----------
    tasks : tuple of FitTask
        Three: two seeds of one fold, and a third of another; the first has a validation slice.
    context : Panel
        Later bars, preceded by the `lookback - 1` that their windows need.
    kind : ForecastKind
        What the target is.
    telling_bar : int
        Position in the context after which rows are changed.
    """

    tasks: tuple[FitTask, ...]
    context: Panel
    kind: ForecastKind
    telling_bar: int

    @staticmethod
    def of(
        lookback: int, features: Sequence[Feature] | None = None, target: Target | None = None
    ) -> Lesson:
        """Make a lesson from synthetic prices with a late listing, a delisting and holes."""
        features = features or (ScaledReturn(volatility_window=10), AbsoluteReturn(3))
        target = target or ForwardReturn(horizon=2, volatility_window=10)
        start = warm_up(features) + lookback + 20
        n_bars = start + _TRAIN + _VALIDATION + lookback + _CONTEXT + 4 * _GAP
        prices = SyntheticProvider(
            n_symbols=4, n_bars=n_bars, seed=8, listed_late=1, delisted=1, holes=8
        ).fetch()
        labelled = build_panel(prices, features, target, Execution.NEXT_OPEN)
        train = range(start, start + _TRAIN)
        validation = range(train.stop + _GAP, train.stop + _GAP + _VALIDATION)
        asked = range(validation.stop + _GAP, validation.stop + _GAP + _CONTEXT)
        return Lesson.cut(labelled, lookback, target.kind, train, validation, asked)

    @staticmethod
    def cut(
        labelled: LabelledPanel,
        lookback: int,
        kind: ForecastKind,
        train: range,
        validation: range,
        asked: range,
    ) -> Lesson:
        """Cut one panel into the slices of a lesson, each with the context of its first window."""

        def task(seed: int, shift: int = 0) -> FitTask:
            moved = range(train.start + shift, train.stop + shift)
            return FitTask(
                train=_cut(labelled, moved, lookback),
                validation=_cut(labelled, validation, lookback),
                kind=kind,
                seed=seed,
                fold=shift,
            )

        first = asked.start - (lookback - 1)
        return Lesson(
            tasks=(task(0), task(1), task(2, _SHIFT)),
            context=labelled.panel.bars(first, asked.stop),
            kind=kind,
            telling_bar=lookback - 1 + len(asked) // 2,
        )

    @property
    def task(self) -> FitTask:
        """The first task."""
        return self.tasks[0]

    def fingerprint(self) -> list[bytes]:
        """Every number of its panels, as bytes."""
        labelled = [self.task.train, self.task.validation]
        panels = [one.panel for one in labelled if one is not None] + [self.context]
        arrays = [array for one in panels for array in (one.values, one.valid, one.outcome)]
        targets = [one.target for one in labelled if one is not None]
        return [array.tobytes() for array in (*arrays, *targets)]


def _cut(labelled: LabelledPanel, rows: range, lookback: int) -> LabelledPanel:
    return labelled.bars(rows.start - (lookback - 1), rows.stop, first=rows.start)
