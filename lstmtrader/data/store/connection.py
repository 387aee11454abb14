"""Open late, close early: the only place that opens the file of the price store.

DuckDB lets one process write, or several read. Here a caller that finds the file taken waits; in
one process the calls of several threads take turns.
"""

from __future__ import annotations

import contextlib
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lstmtrader.data.store.errors import (
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreWriteError,
)
from lstmtrader.data.store.schema import check_tables, create_tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    Connection: TypeAlias = DuckDBPyConnection

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_TAKEN = ("Could not set lock on file", "with a different configuration")
_NO_STORE = ("not a valid DuckDB database file", "Could not read enough bytes")
_turns: dict[str, threading.Lock] = {}


def default_path() -> Path:
    """Return ``prices.duckdb`` in $LSTMTRADER_HOME, or else in the user's data folder."""
    home = os.environ.get("LSTMTRADER_HOME")
    if home:
        return Path(home).expanduser() / "prices.duckdb"
    import platformdirs

    return Path(platformdirs.user_data_dir("lstmtrader")) / "prices.duckdb"


@contextlib.contextmanager
def reading(path: Path, timeout: float) -> Iterator[Connection]:
    """Open the store for reading, side by side with other readers.

    Raises
    ------
    StoreError
        If there is none.
    """
    if not path.exists():
        raise StoreError(f"{path}: there is no price store yet; download prices first")
    with _opened(path, timeout, read_only=True) as connection:
        yield connection


@contextlib.contextmanager
def writing(path: Path, timeout: float) -> Iterator[Connection]:
    """Open the store, made if there is none, for one transaction: all of it or nothing."""
    if not path.exists():
        _create(path)
    with _opened(path, timeout, read_only=False) as connection:
        connection.begin()
        # On an error the connection is closed without a commit, which undoes everything.
        yield connection
        connection.commit()


@contextlib.contextmanager
def _opened(path: Path, timeout: float, read_only: bool) -> Iterator[Connection]:
    import duckdb

    deadline = time.monotonic() + timeout
    turn = _turns.setdefault(os.path.realpath(path), threading.Lock())
    if not turn.acquire(timeout=max(timeout, 0)):
        raise _busy(path, timeout, "another thread of this process is using it")
    try:
        with contextlib.closing(_connected(path, deadline, timeout, read_only)) as connection:
            check_tables(connection, path)
            yield connection
    except StoreError:
        raise
    except duckdb.Error as error:
        raise _explained(path, error) from error
    finally:
        turn.release()


def _connected(path: Path, deadline: float, timeout: float, read_only: bool) -> Connection:
    import duckdb

    pause, mended = 0.005, False
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=_SETTINGS)
        except duckdb.Error as error:
            text = str(error)
            if any(sign in text for sign in _TAKEN):
                if time.monotonic() >= deadline:
                    raise _busy(path, timeout, _holder(text)) from error
                time.sleep(min(pause * random.uniform(0.5, 1.5), 0.25))
                pause *= 1.5
            elif read_only and not mended and not any(sign in text for sign in _NO_STORE):
                # What a killed writer left is put in order by whoever may write next.
                _connected(path, deadline, timeout, read_only=False).close()
                mended = True
            else:
                raise


def _create(path: Path) -> None:
    """Make an empty store elsewhere and link it into place: there is never half a one."""
    import duckdb

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-store-", dir=path.parent) as folder:
            made = Path(folder, "prices.duckdb")
            with contextlib.closing(duckdb.connect(made, config=_SETTINGS)) as connection:
                create_tables(connection)
            _put(made, path)
    except (OSError, duckdb.Error) as error:
        raise _explained(path, error) from error


def _put(made: Path, path: Path) -> None:
    try:
        path.hardlink_to(made)
    except FileExistsError:
        return  # somebody else was faster
    except OSError:
        if not path.exists():  # a file system without links
            made.rename(path)


def _holder(text: str) -> str:
    """Say who has the file, as far as the refusal tells."""
    _, _, who = text.partition("Conflicting lock is held in ")
    return f"{who.partition('. See')[0]} has it" if who else "another process has it"


def _busy(path: Path, timeout: float, why: str) -> StoreBusyError:
    return StoreBusyError(
        f"{path}: expected the price store to be free within {timeout:g} s; {why}; "
        "wait until that is done, or give a longer timeout"
    )


def _explained(path: Path, error: Exception) -> StoreError:
    first = str(error).strip().splitlines()[0]
    if any(sign in first for sign in _NO_STORE):
        return StoreFormatError(f"{path}: expected a price store; {first}; name another file")
    if "ersion number" in first:
        return StoreFormatError(f"{path}: another version of DuckDB is needed; {first}")
    if isinstance(error, OSError) or type(error).__name__ in ("IOException", "FatalException"):
        return StoreWriteError(
            f"{path}: the disk refused; {first}; what the store had before is intact: look at the "
            "free space and the rights of the folder, then run it again"
        )
    return StoreError(f"{path}: {first}")
