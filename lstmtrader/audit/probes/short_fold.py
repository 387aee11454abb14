"""One fold that is quick to fit, and small fits on it."""

from __future__ import annotations

from lstmtrader.panel import LabelledPanel
from lstmtrader.progress import silent
from lstmtrader.splits import Fold
from lstmtrader.study import Study
from lstmtrader.walkforward.engine import fit_seed
from lstmtrader.walkforward.job import Job, Outcome, Workload, carry_out

_LEAST_TRAINED = 500
_WINDOWS = 4
_VALIDATED = 120


def shortened(fold: Fold, lookback: int, test: int, shift: int = 0) -> Fold:
    """Return a fold with short slices, its gaps kept, ending where the test slice may end.

    Parameters
    ----------
    fold : Fold
        The study's own.
    lookback : int
        Of the model: there are four windows to train on, and 500 bars at least.
    test : int
        Most test bars.
    shift : int
        Bars that everything is moved to the right by.
    """
    train = min(len(fold.train), max(_LEAST_TRAINED, _WINDOWS * lookback))
    validation = min(len(fold.validation), _VALIDATED)
    first = fold.test.start + shift
    stop = first
    before = range(0)
    if validation:
        stop -= fold.test.start - fold.validation.stop
        before = range(stop - validation, stop)
        stop = before.start - (fold.validation.start - fold.train.stop)
    else:
        stop -= fold.test.start - fold.train.stop
    tested = min(len(fold.test), test)
    return Fold(0, range(stop - train, stop), before, range(first, first + tested))


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
    workload = Workload(labelled, study.model, study.target.kind)
    others = (Fold(number + 1, fold.train, range(0), rows) for number, rows in enumerate(more))
    first = labelled.panel.index[fold.test.start]
    job = Job(fold, 0, fit_seed(seed, first, 0), (fold, *others))
    return carry_out(workload, [job], silent)[0][1]
