"""The folders in a folder of runs, and the one that is meant by a word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lstmtrader.config.locating import nearest
from lstmtrader.errors import ConfigError, RunError
from lstmtrader.run_catalogue.entry import Entry, read_entry

LAST = "last"
_WORDS = ("name", "kind", "state", "prices", "execution", "problem")
_NAME = re.compile(r"\d{8}-\d{6}-.+")


def run_folders(runs: Path) -> list[Path]:
    """Return the folders of runs and sweeps, the newest first; the ledger and the like are none.

    Raises
    ------
    RunError
        If there is no such folder of runs.
    """
    try:
        inside = [path for path in runs.iterdir() if _is_run(path)]
    except OSError as error:
        raise RunError(f"{runs}: no folder of runs ({error.strerror}); --runs names it") from error
    return sorted(inside, key=lambda path: path.name, reverse=True)


def catalogue(runs: Path) -> list[Entry]:
    """Read every folder of a run or a sweep, the newest first."""
    return [read_entry(path) for path in run_folders(runs)]


def find(runs: Path, word: str) -> Path:
    """Return the folder that a word means.

    Parameters
    ----------
    runs : Path
        The folder of runs.
    word : str
        The name of a folder in it, the beginning of only one name, the path of a folder anywhere,
        or ``last`` for the newest run that is complete.

    Raises
    ------
    RunError
        If it means none or several, with the names that come near.
    """
    if word != LAST and Path(word).is_dir() and (Path(word) / "config.yaml").exists():
        return Path(word)
    folders = run_folders(runs)
    names = {path.name: path for path in folders}
    if word in names:
        return names[word]
    if word == LAST:
        newest = (one for one in map(read_entry, folders) if is_comparable(one))
        found = next(newest, None)
        if found is None:
            raise RunError(f"{runs}: no run is complete")
        return found.path
    begun = [name for name in names if word and name.startswith(word)]
    if len(begun) == 1:
        return names[begun[0]]
    if begun:
        few = ", ".join(sorted(begun)[:4]) + (", …" if len(begun) > 4 else "")
        raise RunError(f"{word}: {len(begun)} folders in {runs} begin so: {few}")
    if not names:
        raise RunError(f"{word}: no run in {runs}")
    near = nearest(word, names)
    # A list of all runs is no help.
    hint = near if "did you mean" in near else "; lstmtrader runs list shows them"
    raise RunError(f"{word}: no run in {runs}{hint}")


def is_comparable(entry: Entry) -> bool:
    """Whether this is a run with an account and figures."""
    return entry.kind == "run" and entry.state == "complete"


def _is_run(path: Path) -> bool:
    return bool(_NAME.fullmatch(path.name)) and path.is_dir() and not path.is_symlink()


def ordered(rows: Sequence[Mapping[str, Any]], column: str) -> list[Mapping[str, Any]]:
    """Order the rows of a list by a column: figures and dates from the highest, words from A.

    What is not known is last; equals stay in the order given.

    Raises
    ------
    ConfigError
        If there is no such column.
    """
    columns = list(Entry(Path()).row)
    if column not in columns:
        raise ConfigError(f"--sort: no {column}{nearest(column, columns)}")
    known = [row for row in rows if row[column] is not None]
    known.sort(key=lambda row: row[column], reverse=column not in _WORDS)
    return [*known, *(row for row in rows if row[column] is None)]
