"""The folder of a sweep on disk, and its line in the trial ledger for every variant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lstmtrader.evaluation.trials import record, trial
from lstmtrader.run_folder import RunFolder, as_run_error, save_settings
from lstmtrader.study import Study
from lstmtrader.sweep.grid import Variant
from lstmtrader.sweep.result import FIGURES, Sweep


def save_sweep(runs: Path, sweep: Sweep, study: Study, variants: Sequence[Variant]) -> Sweep:
    """Write settings, variants and picture, count the trials, and return where they are.

    Raises
    ------
    RunError
        If something cannot be written. The folder stays only if the table of variants is whole.
    """
    # What it started from was looked at, too.
    accounts = [("base", study, sweep.base)]
    accounts += [
        ("variant", one.study, row) for one, row in zip(variants, sweep.records, strict=True)
    ]
    record(
        runs,
        [
            trial(
                sweep.data_hash,
                its.config,
                kind,
                math.nan if row["sharpe"] is None else row["sharpe"],
                ruined=row["ruined_on"] is not None,
            )
            for kind, its, row in accounts
        ],
    )
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
