"""The folder of a sweep on disk, and its lines and returns in the trial ledger."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lstmtrader.evaluation.trial_returns import TrialReturns
from lstmtrader.evaluation.trials import record, trial
from lstmtrader.run_folder import RunFolder, as_run_error, save_settings
from lstmtrader.study import Study
from lstmtrader.sweep.grid import Variant
from lstmtrader.sweep.result import FIGURES, Sweep


def save_sweep(
    runs: Path,
    sweep: Sweep,
    study: Study,
    variants: Sequence[Variant],
    returns: TrialReturns | None = None,
) -> Sweep:
    """Write settings, variants and picture, count the trials, and return where they are.

    Parameters
    ----------
    runs : Path
    sweep : Sweep
    study : Study
        What it started from.
    variants : sequence of Variant
        In the order of the table.
    returns : TrialReturns, optional
        Of the variants, then of the study as it stands.

    Raises
    ------
    RunError
        If something cannot be written. The folder stays only if the table of variants is whole.
    """
    _count(runs, sweep, study, variants, returns)
    folder = RunFolder(runs, f"{sweep.name}-sweep", study.config_hash)
    try:
        with as_run_error(folder.path):
            save_settings(folder.path, study.config)
            sweep.save(folder.path)
        return replace(sweep, path=folder.complete())
    except BaseException as error:
        # The figures are begun once the table is whole.
        if (folder.path / FIGURES).exists():
            error.add_note(f"kept: the table of variants in {folder.path}")
        else:
            folder.rescue([])
        raise


def _count(
    runs: Path,
    sweep: Sweep,
    study: Study,
    variants: Sequence[Variant],
    returns: TrialReturns | None,
) -> None:
    # What it started from was looked at, too.
    accounts = [("base", study, sweep.base)]
    accounts += [
        ("variant", one.study, row) for one, row in zip(variants, sweep.records, strict=True)
    ]
    rows = [len(variants), *range(len(variants))]
    trials = [
        trial(
            sweep.data_hash,
            its.config,
            kind,
            math.nan if row["sharpe"] is None else row["sharpe"],
            ruined=row["ruined_on"] is not None,
            n_bars=None if returns is None else int(returns.n_bars[number]),
            periods_per_year=None if returns is None else returns.periods_per_year,
        )
        for number, (kind, its, row) in zip(rows, accounts, strict=True)
    ]
    kept = {}
    if returns is not None:
        kept = {
            one.config_hash: returns.values[number]
            for number, one in zip(rows, trials, strict=True)
        }
    record(runs, trials, kept)
