"""The walk-forward loop: cut, fit, forecast, move on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError, ContractError, LeakError, blaming
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster, Forecaster
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress, Step, silent
from lstmtrader.splits import Fold


@dataclass(frozen=True, eq=False)
class FoldForecast:
    """What one fold gave.

    Parameters
    ----------
    fold : Fold
    forecast : Forecast
        On the fold's test bars, one member a seed.
    records : tuple of FitRecord
        One a member.
    """

    fold: Fold
    forecast: Forecast
    records: tuple[FitRecord, ...]


def walk_forward(
    labelled: LabelledPanel,
    folds: Sequence[Fold],
    forecaster: Forecaster,
    target: ForecastKind,
    *,
    members: int = 1,
    seed: int = 0,
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

    Yields
    ------
    FoldForecast
        In time order, as soon as a fold is done.

    Raises
    ------
    LeakError
        If a label of one slice reaches into the next slice of its fold.
    """
    if members < 1:
        raise ConfigError(f"members: expected at least 1; got {members}")
    name = f"model {type(forecaster).__name__}"
    if not isinstance(forecaster.lookback, int) or forecaster.lookback < 1:
        raise ContractError(
            f"{name}: expected a lookback of at least 1 bar; got {forecaster.lookback!r}"
        )
    progress(Step("plan", 0, len(folds) * members))
    for fold in folds:
        require_no_overlap(fold, labelled.span)
        tasks = [
            FitTask(
                train=_cut(labelled, fold.train, forecaster.lookback),
                validation=_cut(labelled, fold.validation, forecaster.lookback)
                if fold.validation
                else None,
                kind=target,
                seed=fit_seed(seed, labelled.panel.index[fold.test.start], member),
                fold=fold.number,
                member=member,
            )
            for member in range(members)
        ]
        fitted: list[FittedForecaster] = []
        for task in tasks:
            with blaming(name):
                made = list(forecaster.fit_many([task], progress))
            if len(made) != 1:
                raise ContractError(f"{name}: expected one fitted model a task; got {len(made)}")
            fitted += made
            done = fold.number * members + task.member + 1
            progress(Step("fit", done, len(folds) * members, task.label))
        context_start = max(fold.test.start - (forecaster.lookback - 1), 0)
        context = labelled.panel.bars(context_start, fold.test.stop)
        answers = [_answer(model, context, len(fold.test), name) for model in fitted]
        yield FoldForecast(
            fold, Forecast.ensemble(answers), tuple(model.record for model in fitted)
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


def _cut(labelled: LabelledPanel, rows: range, lookback: int) -> LabelledPanel:
    return labelled.bars(max(rows.start - (lookback - 1), 0), rows.stop, first=rows.start)


def _answer(model: FittedForecaster, context: Panel, n_bars: int, name: str) -> Forecast:
    """Ask a model about its test bars, and check that it answers just those questions.

    What it says about symbols that are no members of the universe is dropped.
    """
    with blaming(name):
        forecast = model.predict(context)
    if not isinstance(forecast, Forecast):
        raise ContractError(f"{name}: expected a Forecast; got {type(forecast).__name__}")
    same_bars = forecast.index.equals(context.index) and forecast.symbols == context.symbols
    if not same_bars or forecast.n_members != 1:
        raise ContractError(f"{name}: expected one forecast for each bar and symbol it was given")
    members = np.where(context.member.T, forecast.members, np.float32(np.nan))
    return Forecast(members[:, -n_bars:], forecast.index[-n_bars:], forecast.symbols, forecast.kind)


def fold_table(results: Sequence[FoldForecast], index: pd.DatetimeIndex) -> pd.DataFrame:
    """Return one row per fold: dates of the slices, samples, best epochs and losses.

    Samples are those of the first member (they are the same for all); `epochs` and
    `validation_loss` are means over members, the loss at the best epoch.
    """
    rows = []
    for result in results:
        fold, first = result.fold, result.records[0]
        best = [
            record.validation_loss[record.best_epoch - 1]
            for record in result.records
            if record.validation_loss
        ]
        rows.append(
            {
                "fold": fold.number,
                **{
                    f"{name}_{end}": index[rows_[place]] if rows_ else pd.NaT
                    for name, rows_ in (
                        ("train", fold.train), ("validation", fold.validation), ("test", fold.test)
                    )
                    for end, place in (("start", 0), ("end", -1))
                },
                "train_samples": first.train_samples,
                "validation_samples": first.validation_samples,
                "epochs": float(np.mean([record.best_epoch for record in result.records])),
                "validation_loss": float(np.mean(best)) if best else np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
