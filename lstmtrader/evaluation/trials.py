"""The trial ledger: how many variants were tried on a data set, whoever tried them.

One line of JSON a trial, in one file in the folder of runs. A trial is known by the hashes of its
prices and its settings: doing it again does not count twice.
"""

from __future__ import annotations

import fcntl
import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

LEDGER = ".trials.jsonl"


@dataclass(frozen=True)
class Trial:
    """One variant that was looked at.

    Parameters
    ----------
    data_hash, config_hash : str
        SHA-256 of the prices and of the settings.
    name : str
    kind : str
        ``run`` or ``variant``.
    sharpe : float, optional
        Annualised, after costs; None where it is not defined.
    """

    data_hash: str
    config_hash: str
    name: str
    kind: str
    sharpe: float | None


def trial(data_hash: str, config_hash: str, name: str, kind: str, sharpe: float) -> Trial:
    """Return a trial; a Sharpe ratio that is NaN is none."""
    return Trial(data_hash, config_hash, name, kind, sharpe if math.isfinite(sharpe) else None)


def record(runs: Path, trials: Iterable[Trial]) -> int:
    """Add trials to the ledger of a folder of runs, and return how many are new.

    Safe under several processes: the file is locked while it is read and written.
    """
    runs.mkdir(parents=True, exist_ok=True)
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
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file  # closing it unlocks it


def _mend(file: IO[str]) -> None:
    """Cut off what a writer that was killed halfway has left of a line."""
    file.seek(0)
    whole = "".join(line for line in file if line.endswith("\n"))
    file.truncate(len(whole.encode()))


def _read(file: IO[str]) -> Iterator[Trial]:
    file.seek(0)
    for line in file:
        if line.endswith("\n"):
            yield Trial(**json.loads(line))
