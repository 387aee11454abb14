"""What a walk-forward evaluation would do: its folds as a table, its fits counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.forecast import ForecastKind
from lstmtrader.models.forecaster import Forecaster, State
from lstmtrader.panel import LabelledPanel, Mask
from lstmtrader.splits import Fold
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.engine import Refit, check_fits, jobs_of, waves_of
from lstmtrader.walkforward.job import Workload


@dataclass(frozen=True)
class PlannedFits:
    """How many fits a model needs, and how many of them are there already.

    Parameters
    ----------
    total : int
    kept : int
        In the cache; 0 without one.
    """

    total: int
    kept: int


def planned_folds(
    labelled: LabelledPanel, folds: Sequence[Fold], lookback: int, refit: Refit
) -> pd.DataFrame:
    """Return one row a fold: dates, bars and samples of its slices.

    Parameters
    ----------
    labelled : LabelledPanel
    folds : sequence of Fold
    lookback : int
        Bars in a window.
    refit : Refit
        Without a refit, all rows show the training and validation slices of the first fold.

    Returns
    -------
    DataFrame
        Columns fold; then for train, validation and test ``<slice>_start`` and ``<slice>_end``
        (NaT for an empty slice), ``<slice>_bars`` and ``<slice>_samples``. A sample is a bar of a
        symbol with a whole window; in train and validation it has a label, in test it belongs to
        the universe.
    """
    index = labelled.panel.index
    whole = _whole_windows(labelled.panel.valid, lookback)
    learnt, asked = whole & labelled.labelled, whole & labelled.panel.member
    rows = []
    for fold in folds:
        fitted = folds[0] if refit is Refit.NONE else fold
        row: dict[str, object] = {"fold": fold.number}
        for name, bars, counted in (
            ("train", fitted.train, learnt),
            ("validation", fitted.validation, learnt),
            ("test", fold.test, asked),
        ):
            row[f"{name}_start"] = index[bars[0]] if bars else pd.NaT
            row[f"{name}_end"] = index[bars[-1]] if bars else pd.NaT
            row[f"{name}_bars"] = len(bars)
            row[f"{name}_samples"] = int(counted[:, bars.start : bars.stop].sum())
        rows.append(row)
    return pd.DataFrame(rows)


def _whole_windows(valid: Mask, lookback: int) -> Mask:
    """Where the last `lookback` bars are all valid, shape (n_symbols, n_bars)."""
    count = np.cumsum(valid, axis=1)
    whole = np.zeros(valid.shape, dtype=bool)
    whole[:, lookback - 1 :] = (
        count[:, lookback - 1 :] - np.pad(count, ((0, 0), (1, 0)))[:, :-lookback] == lookback
    )
    return whole


def planned_fits(
    labelled: LabelledPanel,
    folds: Sequence[Fold],
    forecaster: Forecaster,
    target: ForecastKind,
    *,
    members: int = 1,
    seed: int = 0,
    refit: Refit = Refit.COLD,
    cache: FitCache | None = None,
) -> PlannedFits:
    """Count the fits that `walk_forward` would do, and those it would find; nothing is written.

    Raises
    ------
    LeakError, ConfigError, ContractError
        As `walk_forward` does.
    """
    workload = Workload(labelled, forecaster, target)
    check_fits(workload, folds, members, refit)
    waves = waves_of(folds, refit)
    total = sum(map(len, waves)) * members
    if cache is None:
        return PlannedFits(total, 0)
    kept = 0
    states: dict[int, State | None] = {}
    lost: set[int] = set()  # members whose chain of warm starts is broken: the rest is unknown
    for wave in waves:
        for job in jobs_of(wave, folds, labelled, members, seed, refit, states):
            if job.member in lost:
                continue
            found = cache.find(cache.key(workload, job), workload, job)
            if found is not None:
                kept += 1
                states[job.member] = found.state
            elif refit is Refit.WARM:
                lost.add(job.member)
    return PlannedFits(total, kept)
