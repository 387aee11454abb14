"""Away with run folders, and with nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from lstmtrader.errors import RunError
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
