"""Away with run folders, and with nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from lstmtrader.errors import RunError
from lstmtrader.evaluation.trials import read, variant_hash
from lstmtrader.run_catalogue.entry import Entry, read_entry
from lstmtrader.run_catalogue.finding import find, run_folders


def removable(runs: Path, words: Sequence[str]) -> list[Path]:
    """Return the folders that words mean, each once; see `find`.

    Raises
    ------
    RunError
        If one is no folder of a run in `runs`.
    """
    inside = {path.resolve(): path for path in run_folders(runs)}
    found: dict[Path, None] = {}
    for word in words:
        path = find(runs, word).resolve()
        if path not in inside:
            raise RunError(f"{word}: not a run in {runs}; only those are removed")
        found[inside[path]] = None
    return list(found)


def counted(paths: Sequence[Path]) -> list[Path]:
    """Return those of the folders whose trials are in the ledger beside them.

    Of what never became complete only if its settings are there, and no complete folder has them:
    the trial of one that was interrupted and then done again is that of the other.

    Raises
    ------
    RunError
        If the ledger is damaged.
    """
    return [path for path in paths if _is_counted(read_entry(path))]


def _is_counted(entry: Entry) -> bool:
    if entry.state != "incomplete":
        return True
    if not {"name", "execution"} <= entry.config.keys():
        return False
    mine, runs = variant_hash(entry.config), entry.path.parent
    if mine not in {one.config_hash for one in read(runs)}:
        return False
    others = (read_entry(path) for path in run_folders(runs))
    return not any(
        other.state == "complete" and variant_hash(other.config) == mine for other in others
    )


def size(path: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(one.lstat().st_size for one in path.rglob("*") if not one.is_dir())


def remove(paths: Sequence[Path]) -> None:
    """Delete folders.

    Raises
    ------
    RunError
        If something of one cannot be deleted.
    """
    for path in paths:
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise RunError(f"{path}: cannot be removed ({error.strerror or error})") from error
