"""Small fits: folds with short slices, and what a model says on them."""

from __future__ import annotations

from collections.abc import Sequence

from lstmtrader.panel import LabelledPanel
from lstmtrader.progress import silent
from lstmtrader.splits import Fold
from lstmtrader.study import Study
from lstmtrader.walkforward.engine import fit_seed
from lstmtrader.walkforward.job import Job, Outcome, Workload, carry_out

_LEAST_TRAINED = 500
_WINDOWS = 4
_VALIDATED = 120


def shortened(fold: Fold, lookback: int, test: int | None = None) -> Fold:
    """Return a fold with short slices that ends where its test slice begins, gaps kept.

    Parameters
    ----------
    fold : Fold
        The study's own.
    lookback : int
        Of the model: there are four windows to train on, and 500 bars at least.
    test : int, optional
        Most test bars; None keeps them all.
    """
    train = min(len(fold.train), max(_LEAST_TRAINED, _WINDOWS * lookback))
    validation = min(len(fold.validation), _VALIDATED)
    first = stop = fold.test.start
    before = range(0)
    if validation:
        stop -= fold.test.start - fold.validation.stop
        before = range(stop - validation, stop)
        stop = before.start - (fold.validation.start - fold.train.stop)
    else:
        stop -= fold.test.start - fold.train.stop
    tested = len(fold.test) if test is None else min(len(fold.test), test)
    return Fold(fold.number, range(stop - train, stop), before, range(first, first + tested))


def fit(study: Study, labelled: LabelledPanel, fold: Fold, *more: range, seed: int = 0) -> Outcome:
    """Fit a study's model on a fold; forecast its test bars, then other bars where asked.

    Parameters
    ----------
    study : Study
        A small one.
    labelled : LabelledPanel
    fold : Fold
    *more : range
        Other bars to forecast with the same fit.
    seed : int
        Base seed.
    """
    others = (Fold(number + 1, fold.train, range(0), rows) for number, rows in enumerate(more))
    return _carry_out(study, labelled, [_job(labelled, fold, (fold, *others), seed)])[0]


def fit_together(
    study: Study, labelled: LabelledPanel, folds: Sequence[Fold], tests: Sequence[Fold] = ()
) -> list[Outcome]:
    """Fit several folds in one call to the model, and forecast.

    Parameters
    ----------
    study : Study
        A small one.
    labelled : LabelledPanel
    folds : sequence of Fold
        Each is a job of its own.
    tests : sequence of Fold, optional
        Forecast by each job; by default the fold it was fitted on.
    """
    return _carry_out(
        study,
        labelled,
        [_job(labelled, fold, tuple(tests) or (fold,), study.seed) for fold in folds],
    )


def _job(labelled: LabelledPanel, fold: Fold, tests: tuple[Fold, ...], seed: int) -> Job:
    first = labelled.panel.index[fold.test.start]
    return Job(fold, 0, fit_seed(seed, first, 0), tests)


def _carry_out(study: Study, labelled: LabelledPanel, jobs: list[Job]) -> list[Outcome]:
    workload = Workload(labelled, study.model, study.target.kind)
    return [outcome for _, outcome in carry_out(workload, jobs, silent)]
