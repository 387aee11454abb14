"""Keeping: from work that gives a run to a folder, a line in the ledger, and its audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lstmtrader.audit.saved import find_audit
from lstmtrader.audit.saved import plain as audit_as_data
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.errors import RunError
from lstmtrader.evaluation.trial_set import TrialSet, trials_of
from lstmtrader.evaluation.trials import record_run
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.run import Run
from lstmtrader.run_folder import RunFolder, save_run, save_settings
from lstmtrader.trading import Count


def keep(
    runs: Path,
    name: str,
    config: Mapping[str, Any],
    config_hash: str,
    work: Callable[[], Run],
    done: Callable[[], Sequence[Forecast]],
) -> Run:
    """Do the work that gives a run, and write the run into a folder of its own.

    Parameters
    ----------
    runs : Path
        Where run folders live.
    name, config, config_hash
        Of the run.
    work : callable
        Gives the run; it is asked once the settings are on disk.
    done : callable
        Gives the forecasts of the folds that are finished, to be kept if the work is interrupted.
    """
    folder = RunFolder(runs, name, config_hash)
    try:
        save_settings(folder.path, config)
        run = _audited(work(), runs)
        save_run(folder.path, run)
        return replace(run, path=folder.complete())
    except BaseException as error:
        kept = folder.rescue(done())
        if kept:
            error.add_note(kept)
        raise


def counting(runs: Path, data_hash: str, config: Mapping[str, Any], prices: PriceFrame) -> Count:
    """Return who counts an account as a trial on these prices, and says what else was tried."""

    def count(result: BacktestResult) -> TrialSet:
        return trials_of(runs, data_hash, record_run(runs, data_hash, config, result, prices))

    return count


def _audited(run: Run, runs: Path) -> Run:
    """Add what an audit of this very run says, if there is one."""
    try:
        found = find_audit(runs, run.audit_identity) if run.audit_identity else None
    except RunError as error:
        # Hours of training must not end here.
        said = {**run.facts, "Audit": str(error)}
        return replace(run, sheet=replace(run.sheet, facts=said))
    if found is None:
        return run
    return replace(run, sheet=replace(run.sheet, audit=audit_as_data(found)))
