"""The trial ledger: how many variants were tried on a data set, whoever tried them.

One line of JSON a trial, in one file in the folder of runs. A trial is known by the hashes of its
prices and of the settings that its account depends on: doing it again does not count twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from lstmtrader.errors import RunError

LEDGER = ".trials.jsonl"

_BESIDE_THE_ACCOUNT = ("name", "baselines")


@dataclass(frozen=True)
class Trial:
    """One variant that was looked at.

    Parameters
    ----------
    data_hash, config_hash : str
        SHA-256 of the prices, and of the settings without those that no account depends on; see
        `settings_hash`.
    name : str
    kind : str
        ``run``, ``variant`` of a sweep, or ``base``: what a sweep started from.
    sharpe : float, optional
        Annualised, after costs; None where it is not defined, and for a ruined account.
    execution : str
        When orders were filled; ``same_close`` is not tradable.
    """

    data_hash: str
    config_hash: str
    name: str
    kind: str
    sharpe: float | None
    execution: str


def settings_hash(config: Mapping[str, Any]) -> str:
    """SHA-256 of what the account depends on: the settings without name and baselines."""
    kept = {key: value for key, value in config.items() if key not in _BESIDE_THE_ACCOUNT}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def trial(
    data_hash: str, config: Mapping[str, Any], kind: str, sharpe: float, *, ruined: bool
) -> Trial:
    """Return the trial of a study with these settings.

    A Sharpe ratio that is NaN, or of an account that was ruined, is none.
    """
    known = math.isfinite(sharpe) and not ruined
    return Trial(
        data_hash=data_hash,
        config_hash=settings_hash(config),
        name=config["name"],
        kind=kind,
        sharpe=sharpe if known else None,
        execution=config["execution"],
    )


def record(runs: Path, trials: Iterable[Trial]) -> int:
    """Add trials to the ledger of a folder of runs, and return how many are new.

    Safe under several processes: the file is locked while it is read and written.

    Raises
    ------
    RunError
        If the ledger cannot be written, or holds a line that is no trial.
    """
    with _locked(runs / LEDGER) as file:
        _mend(file)
        known = {(one.data_hash, one.config_hash) for one in _read(file)}
        fresh = []
        for one in trials:
            if (one.data_hash, one.config_hash) not in known:
                known.add((one.data_hash, one.config_hash))
                fresh.append(json.dumps(asdict(one), allow_nan=False) + "\n")
        file.writelines(fresh)
        return len(fresh)


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
