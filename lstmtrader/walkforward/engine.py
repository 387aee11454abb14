"""The walk-forward loop: plan the fits, have them done, put the forecasts in order."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from lstmtrader.bounds import at_least
from lstmtrader.errors import ConfigError, ContractError, LeakError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, Forecaster, Restoring, State
from lstmtrader.panel import LabelledPanel
from lstmtrader.progress import Progress, Step, silent
from lstmtrader.splits import Fold
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.executor import Executor, InProcess
from lstmtrader.walkforward.job import Job, Outcome, Workload


class Refit(StrEnum):
    """What happens to the model from one fold to the next."""

    COLD = "cold"  # fitted anew, from random weights
    WARM = "warm"  # fitted anew, from the weights of the fold before
    NONE = "none"  # fitted on the first fold only


@dataclass(frozen=True, eq=False)
class FoldForecast:
    """What one fold gave.

    Parameters
    ----------
    fold : Fold
    forecast : Forecast
        On the fold's test bars, one member a seed.
    fitted : Fold
        Whose training and validation slices the models were fitted on: `fold`, or without a
        refit the first one.
    records : tuple of FitRecord
        Of those fits, one a member.
    reused : int
        How many of the fits came from the cache.
    """

    fold: Fold
    forecast: Forecast
    fitted: Fold
    records: tuple[FitRecord, ...]
    reused: int = 0


def walk_forward(
    labelled: LabelledPanel,
    folds: Sequence[Fold],
    forecaster: Forecaster,
    target: ForecastKind,
    *,
    members: int = 1,
    seed: int = 0,
    refit: Refit = Refit.COLD,
    executor: Executor | None = None,
    cache: FitCache | None = None,
    progress: Progress = silent,
) -> Iterator[FoldForecast]:
    """Fit and forecast fold after fold.

    A fit is handed copies of nothing but its own bars; a forecast is handed the test bars, the
    ``lookback - 1`` bars before them, and no target.

    Parameters
    ----------
    labelled : LabelledPanel
    folds : sequence of Fold
    forecaster : Forecaster
    target : ForecastKind
        What the labels are.
    members : int
        Fits per fold, each with a seed of its own.
    seed : int
        Base seed. The seed of a fit follows from it, the first decision of the fold and the
        member: neither the order nor the number of folds matters.
    refit : {"cold", "warm", "none"}
        ``warm`` starts each fit from the weights of the fold before (its scalers are fitted
        anew); ``none`` keeps the models of the first fold.
    executor : Executor, optional
        Who does the fits; by default this process, one after the other.
    cache : FitCache, optional
        Where finished fits are kept and looked up.
    progress : Progress

    Yields
    ------
    FoldForecast
        In time order, as soon as a fold and those before it are done.

    Raises
    ------
    LeakError
        If a label of one slice reaches into the next slice of its fold.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=200, seed=1).fetch()
    >>> from lstmtrader.features import ForwardReturn, ScaledReturn
    >>> from lstmtrader.features.assemble import build_panel
    >>> from lstmtrader.clock import Execution
    >>> from lstmtrader.models import Ridge
    >>> from lstmtrader.splits import WalkForward
    >>> target = ForwardReturn(horizon=1)
    >>> panel = build_panel(prices, [ScaledReturn(horizon=1)], target, Execution.NEXT_OPEN)
    >>> plan = WalkForward(train=80, validation=0, test=20, purge=2)
    >>> folds = list(plan.split(prices.n_bars, start=65))
    >>> for done in walk_forward(panel, folds, Ridge(), target.kind):
    ...     print(done.fold.number, done.forecast)
    0 Forecast of scaled_return: 20 bars x 3 symbols, 1 member, 2000-07-26 to 2000-08-22
    1 Forecast of scaled_return: 20 bars x 3 symbols, 1 member, 2000-08-23 to 2000-09-19
    2 Forecast of scaled_return: 13 bars x 3 symbols, 1 member, 2000-09-20 to 2000-10-06
    """
    refit = Refit(refit)
    workload = Workload(labelled, forecaster, target)
    check_fits(workload, folds, members, refit)
    waves = waves_of(folds, refit)
    n_fits = sum(map(len, waves)) * members
    progress(Step("plan", 0, n_fits))
    table = _Table(folds, members)
    states: dict[int, State | None] = {}
    done = 0
    for wave in waves:
        jobs = jobs_of(wave, folds, labelled, members, seed, refit, states)
        for job, outcome, reused in _outcomes(workload, jobs, executor, cache, progress):
            states[job.member] = outcome.state
            if refit is Refit.WARM and outcome.state is None:
                raise ContractError(f"refit warm: {workload.name} gives no state to start from")
            done += 1
            progress(Step("fit", done, n_fits, job.label))
            table.enter(job, outcome, reused)
            yield from table.finished()


def waves_of(folds: Sequence[Fold], refit: Refit) -> list[list[Fold]]:
    """Return the folds that are fitted, in groups that may be fitted side by side."""
    waves = [list(folds)] if refit is Refit.COLD else [[fold] for fold in folds]
    return waves[:1] if refit is Refit.NONE else waves


def jobs_of(
    wave: Sequence[Fold],
    folds: Sequence[Fold],
    labelled: LabelledPanel,
    members: int,
    seed: int,
    refit: Refit,
    states: Mapping[int, State | None],
) -> list[Job]:
    """Return the fits of one wave; `states` are those of the wave before, by member."""
    return [
        Job(
            fold=fold,
            member=member,
            seed=fit_seed(seed, labelled.panel.index[fold.test.start], member),
            tests=tuple(folds) if refit is Refit.NONE else (fold,),
            start=states.get(member) if refit is Refit.WARM else None,
        )
        for fold in wave
        for member in range(members)
    ]


def check_fits(workload: Workload, folds: Sequence[Fold], members: int, refit: Refit) -> None:
    """Raise where these fits cannot be done, or would leak; see `walk_forward`."""
    lookback = workload.forecaster.lookback
    at_least(1, members=members)
    if not isinstance(lookback, int) or lookback < 1:
        raise ContractError(
            f"{workload.name}: expected a lookback of at least 1 bar; got {lookback!r}"
        )
    if refit is Refit.WARM and not isinstance(workload.forecaster, Restoring):
        raise ConfigError(f"refit warm: {workload.name} cannot start from earlier weights")
    for fold in folds:
        require_no_overlap(fold, workload.labelled.span)


def _outcomes(
    workload: Workload,
    jobs: Sequence[Job],
    executor: Executor | None,
    cache: FitCache | None,
    progress: Progress,
) -> Iterator[tuple[Job, Outcome, bool]]:
    """Yield each job with its outcome, and whether that was in the cache."""
    keys: dict[int, str] = {}
    missing = list(jobs)
    if cache is not None:
        missing = []
        for job in jobs:
            keys[id(job)] = cache.key(workload, job)
            outcome = cache.load(keys[id(job)], workload, job)
            if outcome is None:
                missing.append(job)
            else:
                yield job, outcome, True
    if not missing:
        return
    results = (executor or InProcess()).carry_out(workload, missing, progress)
    with contextlib.closing(results):  # whoever stops asking ends the fits that go on
        for job, outcome in results:
            if cache is not None:
                cache.save(keys[id(job)], workload, job, outcome)
            yield job, outcome, False


@dataclass(eq=False)
class _Table:
    """Forecasts by fold and member, as they come; gives the folds out in time order."""

    folds: Sequence[Fold]
    members: int
    entered: dict[tuple[int, int], tuple[Forecast, Fold, FitRecord, bool]] = field(
        default_factory=dict
    )
    given: int = 0

    def enter(self, job: Job, outcome: Outcome, reused: bool) -> None:
        for fold, forecast in zip(job.tests, outcome.forecasts, strict=True):
            counted = reused and fold is job.fold
            self.entered[fold.number, job.member] = (forecast, job.fold, outcome.record, counted)

    def finished(self) -> Iterator[FoldForecast]:
        while self.given < len(self.folds):
            fold = self.folds[self.given]
            keys = [(fold.number, member) for member in range(self.members)]
            if not all(key in self.entered for key in keys):
                return
            parts = [self.entered.pop(key) for key in keys]
            self.given += 1
            yield FoldForecast(
                fold,
                Forecast.ensemble([forecast for forecast, _, _, _ in parts]),
                parts[0][1],
                tuple(record for _, _, record, _ in parts),
                sum(reused for _, _, _, reused in parts),
            )


def require_no_overlap(fold: Fold, span: int) -> None:
    """Raise a `LeakError` unless every label ends before the next slice begins."""
    borders = [("train", fold.train, fold.validation), ("train", fold.train, fold.test)]
    borders.append(("validation", fold.validation, fold.test))
    for name, slice_, next_slice in borders:
        if slice_ and next_slice and slice_[-1] + span >= next_slice[0]:
            raise LeakError(
                f"fold {fold.number}: the last {name} label ends at bar {slice_[-1] + span}, but "
                f"the next slice begins at bar {next_slice[0]}; purge at least {span} bars"
            )


def fit_seed(base: int, first_decision: pd.Timestamp, member: int) -> int:
    """Derive the seed of one fit from what it is, never from when it runs."""
    text = f"{base}/{first_decision.isoformat()}/{member}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
