"""The folder of a sweep on disk, and its line in the trial ledger for every variant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lstmtrader.evaluation.trials import record, trial
from lstmtrader.run_folder import RunFolder, save_settings
from lstmtrader.study import Study
from lstmtrader.sweep.result import Sweep


def save_sweep(runs: Path, sweep: Sweep, study: Study) -> Sweep:
    """Write settings, variants and picture, count the trials, and return where they are."""
    record(
        runs,
        [
            trial(sweep.data_hash, config_hash, sweep.name, "variant", sharpe)
            for config_hash, sharpe in zip(
                sweep.table["config_hash"], sweep.table["sharpe"], strict=True
            )
        ],
    )
    folder = RunFolder(runs, f"{sweep.name}-sweep", study.config_hash)
    save_settings(folder.path, study.config)
    sweep.save(folder.path)
    return replace(sweep, path=folder.complete())
