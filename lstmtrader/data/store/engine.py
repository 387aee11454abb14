"""Engines of DuckDB: made once, and lent to one caller at a time, who attaches a file.

An engine takes 30 ms to make, nearly all of them for the functions that SQL has; a file takes 2 ms
to attach. An engine that is not lent has no file, no transaction and no threads, so that others
may open the file and this process may be forked.
"""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    Connection: TypeAlias = DuckDBPyConnection

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "async_threads": 0,  # they are for files that are far away
    "threads": 1,
}
_idle: list[Connection] = []
atexit.register(_idle.clear)  # DuckDB complains of what outlives the interpreter


@contextlib.contextmanager
def attached(path: Path, *, read_only: bool) -> Iterator[Connection]:
    """Open a database, and close it: what was not committed is undone.

    Raises
    ------
    duckdb.Error
        Where DuckDB itself would.
    """
    spilled = path.with_name(f"{path.name}.tmp")
    engine = _lent()
    try:
        engine.execute(f"SET temp_directory = {_quoted(spilled)}; RESET threads")
        with contextlib.closing(engine.cursor()) as connection:  # and all that it made for itself
            mode = "READ_ONLY" if read_only else "READ_WRITE"
            connection.execute(f"ATTACH {_quoted(path)} AS store ({mode}); USE store")
            yield connection
    except BaseException:
        engine.close()
        raise
    _take_back(engine, spilled)


def _lent() -> Connection:
    import duckdb

    with contextlib.suppress(IndexError):
        return _idle.pop()
    return duckdb.connect(":memory:", config=_SETTINGS)


def _take_back(engine: Connection, spilled: Path) -> None:
    """Keep an engine that is as new; whatever the other ones have is let go with them."""
    import duckdb

    try:
        engine.execute("DETACH store; SET threads = 1")
    except duckdb.Error:  # of putting committed rows in order: the next who opens it does
        engine.close()
        return
    if spilled.exists():
        engine.close()
    else:
        _idle.append(engine)


def _quoted(path: Path) -> str:
    text = str(path.absolute()).replace("'", "''")
    return f"'{text}'"
