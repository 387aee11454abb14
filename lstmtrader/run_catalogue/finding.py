"""The folders in a folder of runs, and the one that is meant by a word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lstmtrader.errors import RunError
from lstmtrader.run_catalogue.entry import Entry, read_entry, title_of
from lstmtrader.run_catalogue.headings import column_of

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
        the name in the settings of only one run, or ``last`` for the newest run that is complete.
        Where several have a name in their settings, but only one is complete, it is that one.

    Raises
    ------
    RunError
        If it means none or several, with the names that come near.
    """
    if word != LAST and Path(word).is_dir() and _may_be_run(Path(word)):
        return Path(word)
    if "/" in word:
        is_there = Path(word).exists()
        raise RunError(f"{word}: " + ("not the folder of a run" if is_there else "does not exist"))
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
        raise RunError(f"{word}: {len(begun)} folders in {runs} begin so: {_few(sorted(begun))}")
    titled = [path for path in folders if word and title_of(path) == word]
    if len(titled) > 1:
        whole = [path for path in titled if read_entry(path).state == "complete"]
        titled = whole if len(whole) == 1 else titled
    if len(titled) == 1:
        return titled[0]
    if titled:
        few = _few([path.name for path in titled])
        raise RunError(
            f"{word}: {len(titled)} folders in {runs} have this name, newest first: {few}"
        )
    if not names:
        raise RunError(f"{word}: no run in {runs}")
    raise RunError(f"{word}: no run in {runs}{_hint(word, folders)}")


def is_comparable(entry: Entry) -> bool:
    """Whether this is a run with an account and figures."""
    return entry.kind == "run" and entry.state == "complete"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def _hint(word: str, folders: Sequence[Path]) -> str:
    short = dict.fromkeys([LAST, *(title_of(path) for path in folders)])
    near = difflib.get_close_matches(word.lower(), short, n=1, cutoff=0.7)
    near += difflib.get_close_matches(word, [path.name for path in folders], n=1, cutoff=0.6)
    # A list of all runs is no help.
    return f"; did you mean {near[0]}?" if near else "; lstmtrader runs list shows them"


def _may_be_run(path: Path) -> bool:
    return _is_run(path) or (path / "config.yaml").exists()


def _is_run(path: Path) -> bool:
    return bool(_NAME.fullmatch(path.name)) and path.is_dir() and not path.is_symlink()


def ordered(rows: Sequence[Mapping[str, Any]], column: str) -> list[Mapping[str, Any]]:
    """Order the rows of a list by a column: figures and dates from the highest, words from A.

    The column by its heading or its name inside, see `column_of`. What is not known is last;
    equals stay in the order given.

    Raises
    ------
    ConfigError
        If there is no such column.
    """
    column = column_of(column)
    known = [row for row in rows if row[column] is not None]
    known.sort(key=lambda row: row[column], reverse=column not in _WORDS)
    return [*known, *(row for row in rows if row[column] is None)]
