"""Folds never overlap in labels, and fits never see what they must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.clock import Execution
from lstmtrader.errors import ConfigError, HistoryError, LeakError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.baselines import HistoricalMean
from lstmtrader.models.forecaster import FitTask, FittedForecaster
from lstmtrader.panel import Panel
from lstmtrader.progress import Progress, silent
from lstmtrader.splits import Fold, WalkForward
from lstmtrader.walkforward.engine import require_no_overlap, walk_forward
from tests.leakage.pipelines import EXPERIMENTS

PLANS = st.builds(
    WalkForward,
    train=st.integers(1, 60),
    validation=st.integers(0, 30),
    test=st.integers(1, 30),
    purge=st.integers(0, 12),
    embargo=st.integers(0, 5),
    window=st.sampled_from(["rolling", "expanding"]),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(plan=PLANS, start=st.integers(0, 20), more=st.integers(1, 120))
def test_folds_tile_the_history_without_touching(plan: WalkForward, start: int, more: int) -> None:
    gap = plan.purge + plan.embargo
    lead = plan.train + gap + (plan.validation + gap if plan.validation else 0)
    n_bars = start + lead + more
    folds = list(plan.split(n_bars, start=start))
    tested = [bar for fold in folds for bar in fold.test]
    assert tested == list(range(start + lead, n_bars)), "every later bar is tested exactly once"
    for number, fold in enumerate(folds):
        assert fold.number == number
        assert len(fold.validation) == plan.validation
        if plan.window == "rolling":
            assert len(fold.train) == plan.train
        else:
            assert fold.train.start == start
        slices = [part for part in (fold.train, fold.validation, fold.test) if part]
        for left, right in pairwise(slices):
            assert right.start - left.stop == gap
        # A label of up to `purge` bars ends before the next slice begins.
        require_no_overlap(fold, plan.purge)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(plan=PLANS, span=st.integers(1, 15))
def test_a_label_longer_than_the_gap_is_refused(plan: WalkForward, span: int) -> None:
    gap = plan.purge + plan.embargo
    fold = next(iter(plan.split(400)))
    if span <= gap:
        require_no_overlap(fold, span)
    else:
        with pytest.raises(LeakError, match=f"purge at least {span}"):
            require_no_overlap(fold, span)


def test_too_short_a_history_says_what_is_needed() -> None:
    plan = WalkForward(train=50, validation=20, test=10, purge=3)
    with pytest.raises(HistoryError, match=r"needs 77 bars.*got 76"):
        list(plan.split(76))
    assert len(list(plan.split(77))) == 1


@pytest.mark.parametrize(
    ("execution", "horizon", "span"),
    [
        (Execution.NEXT_OPEN, 5, 6),
        (Execution.NEXT_CLOSE, 1, 2),
        (Execution.SAME_CLOSE, 5, 5),
    ],
)
def test_purge_is_entry_lag_plus_horizon(execution: Execution, horizon: int, span: int) -> None:
    assert execution.label_span(horizon) == span
    plan = WalkForward(train=50, validation=20, test=10)
    assert plan.purged(span, why="").purge == span
    with pytest.raises(ConfigError, match=rf"horizon=5 needs purge >= {span}; got {span - 1}"):
        WalkForward(50, 20, 10, purge=span - 1).purged(span, why="horizon=5")


@dataclass(frozen=True)
class Witness:
    """A forecaster that notes what it is handed."""

    lookback: int = 10
    tasks: list[FitTask] = field(default_factory=list)
    contexts: list[Panel] = field(default_factory=list)

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        return target

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        self.tasks.extend(tasks)
        return [_Witnessing(self, model) for model in HistoricalMean().fit_many(tasks)]


@dataclass(frozen=True)
class _Witnessing:
    witness: Witness
    model: FittedForecaster

    @property
    def record(self) -> object:
        return self.model.record

    def predict(self, context: Panel, /) -> Forecast:
        self.witness.contexts.append(context)
        return self.model.predict(context)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_fit_is_handed_only_its_own_past(name: str) -> None:
    """Panels end before the first decision, and so does the last label inside them."""
    experiment, witness = EXPERIMENTS[name], Witness()
    prices = experiment.prices.fetch()
    labelled, folds = experiment.labelled_panel(prices), experiment.folds(prices)
    list(walk_forward(labelled, folds, witness, experiment.target.kind))
    index = labelled.panel.index
    for fold, task, context in zip(folds, witness.tasks, witness.contexts, strict=True):
        first_decision = index[fold.test.start]
        for part, rows in ((task.train, fold.train), (task.validation, fold.validation)):
            assert part is not None
            assert part.panel.index[-1] == index[rows[-1]] < first_decision
            assert part.panel.n_bars == len(rows) + witness.lookback - 1
            labelled_bars = np.flatnonzero(part.labelled.any(axis=0))
            assert labelled_bars[0] == witness.lookback - 1, "context bars carry no labels"
            last = index.get_loc(part.panel.index[labelled_bars[-1]])
            assert last + labelled.span < fold.test.start
        assert context.n_bars == len(fold.test) + witness.lookback - 1
        assert not hasattr(context, "target")
        assert np.shares_memory(context.values, labelled.panel.values), "a view, not a copy"


def test_the_engine_refuses_folds_whose_labels_overlap() -> None:
    experiment = EXPERIMENTS["ranks"]
    labelled = experiment.labelled_panel(experiment.prices.fetch())
    fold = Fold(0, range(60, 160), range(160, 200), range(206, 250))
    with pytest.raises(LeakError, match="fold 0: the last train label ends at bar 165"):
        list(walk_forward(labelled, [fold], Witness(), experiment.target.kind))
