"""The trial ledger: how many variants were tried on a data set, whoever tried them.

One line of JSON a trial, in one file in the folder of runs. A trial is known by the hashes of its
prices and of the settings and the user's own code that its account depends on: doing it again does
not count twice, doing it after an edit does. Its returns lie beside the ledger,
see `lstmtrader.evaluation.trial_store`.

Prices count as the same only if every number of them is: those downloaded a day later, with one
bar more, start a count of their own. What was tried on the day before is then not deflated for.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FunctionType
from typing import IO, Any

import numpy as np

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.errors import RunError
from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.evaluation.trial_returns import TrialReturns
from lstmtrader.evaluation.trial_store import ReturnStore
from lstmtrader.prices import PriceFrame
from lstmtrader.walkforward.code import code_digest

LEDGER = ".trials.jsonl"

BESIDE_THE_ACCOUNT = ("name", "baselines", "benchmark")
"""Settings that no account depends on."""


@dataclass(frozen=True)
class Trial:
    """One variant that was looked at.

    Parameters
    ----------
    data_hash, config_hash : str
        SHA-256 of the prices, and of the settings and the user's own code, without what no
        account depends on; see `variant_hash`. In ledgers of old, of the settings only.
    name : str
    kind : str
        ``run``, ``variant`` of a sweep, or ``base``: what a sweep started from.
    sharpe : float, optional
        Annualised, after costs; None where it is not defined, and for a ruined account.
    execution : str
        When orders were filled; ``same_close`` is not tradable, but a look at the data all the
        same.
    n_bars : int, optional
        Bars with a return; None in ledgers of old.
    periods_per_year : int, optional
        Bars a year, by which `sharpe` was annualised; None in ledgers of old.
    """

    data_hash: str
    config_hash: str
    name: str
    kind: str
    sharpe: float | None
    execution: str
    n_bars: int | None = None
    periods_per_year: int | None = None


def variant_hash(config: Mapping[str, Any]) -> str:
    """SHA-256 of what the account depends on: the settings without those beside it, and code.

    The code is what the settings name by dotted path, and what that calls in turn, as it is
    loaded in this process; nothing is imported for it. Only the user's own counts, that of
    ``strategies/`` in a working copy included: installed packages and lstmtrader itself do not,
    so that an upgrade makes no new trials. Comments and white space do not count either; what
    `lstmtrader.walkforward.code.code_digest` sees does: instructions, constants, defaults.

    Without code of the user it is the hash of the settings alone, as in ledgers of old; with it, a
    trial in a ledger of old that is done again counts once more.
    """
    kept = {key: value for key, value in config.items() if key not in BESIDE_THE_ACCOUNT}
    text = json.dumps(kept, sort_keys=True)
    code = code_digest(list(_named(kept)))
    if code != code_digest([]):
        text += code
    return hashlib.sha256(text.encode()).hexdigest()


def _named(settings: Any) -> Iterator[Any]:
    """Yield what dotted paths in settings name, where it is loaded already."""
    if isinstance(settings, Mapping):
        settings = list(settings.values())
    if isinstance(settings, list | tuple):
        for one in settings:
            yield from _named(one)
    elif isinstance(settings, str) and settings.count(":") == 1:
        module, _, path = settings.partition(":")
        found: Any = sys.modules.get(module)
        for name in path.split("."):
            # Not by getattr: a module may import what it is asked for.
            found = getattr(found, "__dict__", {}).get(name)
        if isinstance(found, type | FunctionType):
            yield found


def trial(
    data_hash: str,
    config: Mapping[str, Any],
    kind: str,
    sharpe: float,
    *,
    ruined: bool,
    n_bars: int | None = None,
    periods_per_year: int | None = None,
) -> Trial:
    """Return the trial of a study with these settings.

    A Sharpe ratio that is NaN, or of an account that was ruined, is none.
    """
    known = math.isfinite(sharpe) and not ruined
    return Trial(
        data_hash=data_hash,
        config_hash=variant_hash(config),
        name=config["name"],
        kind=kind,
        sharpe=sharpe if known else None,
        execution=config["execution"],
        n_bars=n_bars,
        periods_per_year=periods_per_year,
    )


def record(
    runs: Path, trials: Iterable[Trial], returns: Mapping[str, np.ndarray] | None = None
) -> int:
    """Add trials to the ledger of a folder of runs, and return how many are new.

    Safe under several processes: the file is locked while it is read and written. The returns are
    whole on disk before a trial is counted, and are added to a trial that was counted without.

    Parameters
    ----------
    runs : Path
    trials : iterable of Trial
        With `returns`, all on the same prices.
    returns : mapping of str to float32 array of shape (n_blocks,), optional
        Block returns by config hash, as made by `lstmtrader.evaluation.trial_returns.Blocks`.

    Raises
    ------
    RunError
        If the ledger cannot be written, or holds a line that is no trial.
    """
    given = list(trials)
    with _locked(runs / LEDGER) as file:
        _mend(file)
        known = {(one.data_hash, one.config_hash) for one in _read(file)}
        if returns:
            for data_hash in {one.data_hash for one in given}:
                ReturnStore(runs, data_hash).add(returns)
        fresh = []
        for one in given:
            if (one.data_hash, one.config_hash) not in known:
                known.add((one.data_hash, one.config_hash))
                fresh.append(json.dumps(asdict(one), allow_nan=False) + "\n")
        file.writelines(fresh)
        return len(fresh)


def record_run(
    runs: Path,
    data_hash: str,
    config: Mapping[str, Any],
    result: BacktestResult,
    prices: PriceFrame,
) -> Trial:
    """Count the account of a run, with its returns, and return the trial it is.

    Parameters
    ----------
    runs : Path
    data_hash : str
        SHA-256 of the prices.
    config : mapping of str to object
        The settings.
    result : BacktestResult
    prices : PriceFrame
    """
    returns = TrialReturns.empty(prices, 1)
    returns.put(0, result.returns)
    one = trial(
        data_hash,
        config,
        "run",
        sharpe_ratio(result.returns, result.periods_per_year),
        ruined=result.ruined_on is not None,
        n_bars=int(returns.n_bars[0]),
        periods_per_year=returns.periods_per_year,
    )
    record(runs, [one], {one.config_hash: returns.values[0]})
    return one


def read(runs: Path) -> list[Trial]:
    """Return every trial in the ledger of a folder of runs, oldest first."""
    if not (runs / LEDGER).exists():
        return []
    with _locked(runs / LEDGER) as file:
        return list(_read(file))


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file  # closing it unlocks it
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error


def _mend(file: IO[str]) -> None:
    """Cut off what a writer that was killed halfway has left of a line."""
    file.seek(0)
    whole = "".join(line for line in file if line.endswith("\n"))
    file.truncate(len(whole.encode()))


def _read(file: IO[str]) -> Iterator[Trial]:
    file.seek(0)
    for number, line in enumerate(file, 1):
        if line.endswith("\n"):
            try:
                yield Trial(**json.loads(line))
            except (TypeError, ValueError) as error:
                raise RunError(
                    f"{file.name}: line {number} is no trial ({error}); move the file away to "
                    "count from the start"
                ) from error
