"""One fit and the forecasts it gives: the unit of work that executors spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lstmtrader.errors import ContractError, blaming
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import (
    FitRecord,
    FitTask,
    FittedForecaster,
    Forecaster,
    State,
    Storable,
    as_arrays,
)
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress
from lstmtrader.splits import Fold


@dataclass(frozen=True, eq=False)
class Workload:
    """What all jobs of a walk-forward evaluation share; executors hand it out once.

    Parameters
    ----------
    labelled : LabelledPanel
    forecaster : Forecaster
    target : ForecastKind
        What the labels are.
    """

    labelled: LabelledPanel
    forecaster: Forecaster
    target: ForecastKind

    @property
    def name(self) -> str:
        """Name of the model, for messages."""
        return f"model {type(self.forecaster).__name__}"

    def cut(self, rows: range) -> LabelledPanel:
        """Return decision rows with the bars of context their windows need, and no others."""
        first = max(rows.start - (self.forecaster.lookback - 1), 0)
        cut = self.labelled.bars(first, rows.stop, first=rows.start)
        return LabelledPanel(_read_only(cut.panel), cut.target, cut.span)

    def context(self, rows: range) -> Panel:
        """Return test rows with the bars of context their windows need, and no target."""
        first = max(rows.start - (self.forecaster.lookback - 1), 0)
        return _read_only(self.labelled.panel.bars(first, rows.stop))


@dataclass(frozen=True, eq=False)
class Job:
    """Fit one member on one fold, and forecast with it.

    Parameters
    ----------
    fold : Fold
        Whose training and validation slices are fitted.
    member : int
    seed : int
    tests : tuple of Fold
        Whose test slices are forecast: that of `fold`, and others where it is not refitted.
    start : mapping of str to array, optional
        State to start from.
    """

    fold: Fold
    member: int
    seed: int
    tests: tuple[Fold, ...]
    start: State | None = None

    @property
    def label(self) -> str:
        """For people: ``fold 3, member 1``."""
        return f"fold {self.fold.number}, member {self.member}"

    def task(self, workload: Workload) -> FitTask:
        """Cut out what the fit may see."""
        fold = self.fold
        return FitTask(
            train=workload.cut(fold.train),
            validation=workload.cut(fold.validation) if fold.validation else None,
            kind=workload.target,
            seed=self.seed,
            fold=fold.number,
            member=self.member,
            start=self.start,
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a job.

    Parameters
    ----------
    record : FitRecord
    forecasts : tuple of Forecast
        One a test slice of the job, on its test bars, with one member.
    state : mapping of str to array, optional
        What was fitted; None where the model does not tell.
    """

    record: FitRecord
    forecasts: tuple[Forecast, ...]
    state: State | None


def carry_out(
    workload: Workload, jobs: Sequence[Job], progress: Progress
) -> list[tuple[Job, Outcome]]:
    """Fit and forecast several jobs in one call to `Forecaster.fit_many`.

    Raises
    ------
    ContractError
        If the model does not keep its protocol.
    """
    tasks = [job.task(workload) for job in jobs]
    with blaming(workload.name):
        made = list(workload.forecaster.fit_many(tasks, progress))
    if len(made) != len(tasks):
        raise ContractError(
            f"{workload.name}: expected one fitted model a task; got {len(made)} for {len(tasks)}"
        )
    return [(job, outcome_of(workload, job, model)) for job, model in zip(jobs, made, strict=True)]


def outcome_of(workload: Workload, job: Job, model: FittedForecaster) -> Outcome:
    """Ask a fitted model for the forecasts of its job."""
    forecasts = tuple(answer(workload, model, fold.test) for fold in job.tests)
    with blaming(workload.name):
        record = plain_record(model.record)
        state = as_arrays(model.state()) if isinstance(model, Storable) else None
    for name, array in (state or {}).items():
        if array.dtype.kind not in "fiub":
            raise ContractError(
                f"{workload.name}: expected a state of numbers; {name} is {array.dtype}"
            )
    return Outcome(record, forecasts, state)


def plain_record(record: FitRecord) -> FitRecord:
    """Return the record with plain Python numbers."""
    return FitRecord(
        train_samples=int(record.train_samples),
        validation_samples=int(record.validation_samples),
        best_epoch=int(record.best_epoch),
        train_loss=tuple(map(float, record.train_loss)),
        validation_loss=tuple(map(float, record.validation_loss)),
        notes=tuple(map(str, record.notes)),
    )


def _read_only(panel: Panel) -> Panel:
    """Views that a model cannot write to: others read the same arrays."""
    views = {}
    for name in ("values", "valid", "member", "outcome"):
        views[name] = getattr(panel, name).view()
        views[name].flags.writeable = False
    return replace(panel, **views)


def answer(workload: Workload, model: FittedForecaster, rows: range) -> Forecast:
    """Ask a model about its test bars, and check that it answers just those questions.

    What it says about symbols that are no members of the universe is dropped.
    """
    context = workload.context(rows)
    with blaming(workload.name):
        forecast = model.predict(context)
    if not isinstance(forecast, Forecast):
        raise ContractError(f"{workload.name}: expected a Forecast; got {type(forecast).__name__}")
    kind = workload.forecaster.kind(workload.target)
    if forecast.kind is not kind:
        raise ContractError(f"{workload.name}: said to forecast {kind}; got {forecast.kind}")
    same_bars = forecast.index.equals(context.index) and forecast.symbols == context.symbols
    if not same_bars or forecast.n_members != 1:
        raise ContractError(
            f"{workload.name}: expected one forecast for each bar and symbol it was given"
        )
    return forecast.where(np.ascontiguousarray(context.member.T)).last(len(rows))
