"""Law: an engine that waits for its next file holds nothing, and knows nothing of the last one."""

from __future__ import annotations

import datetime
import os
from contextlib import suppress
from pathlib import Path

import pytest

from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.connection import reading, writing
from tests.data.store.bitemporal import walk

DAYS = {"start": datetime.date(2020, 1, 1), "end": datetime.date(2021, 1, 1)}


@pytest.fixture
def used(store: PriceStore) -> PriceStore:
    """A store that was written and read a moment ago."""
    store.write(walk("AAA", 10, 1), provider="p", **DAYS)
    assert store.read("p").symbols == ("AAA",)
    return store


def threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def files(folder: Path) -> list[str]:
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(one.readlink()))
    return [one for one in found if one.startswith(str(folder))]


def test_between_calls_no_file_is_open_and_no_thread_runs(used: PriceStore) -> None:
    before = threads()
    with reading(used.file, timeout=1.0) as connection:
        connection.execute("SELECT count(*) FROM bars").fetchall()
        assert files(used.file.parent) == [str(used.file)]
        assert threads() > before or os.cpu_count() == 1
    assert files(used.file.parent) == []
    assert threads() == before
    assert [path.name for path in used.file.parent.iterdir()] == [used.file.name]


def test_a_fork_may_use_what_its_parent_used(used: PriceStore) -> None:
    child = os.fork()
    if not child:
        code = 1
        with suppress(BaseException):
            used.write(walk("BBB", 10, 2), provider="p", **DAYS)
            code = 0
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert used.read("p").symbols == ("AAA", "BBB")


@pytest.mark.parametrize("fails", [False, True])
def test_the_next_call_finds_nothing_that_the_last_one_made_for_itself(
    used: PriceStore, fails: bool
) -> None:
    class FailedError(Exception):
        pass

    with suppress(FailedError), writing(used.file, timeout=1.0) as connection:
        connection.execute("CREATE TEMP TABLE mine AS SELECT 1")
        connection.execute("DELETE FROM bars")
        if fails:
            raise FailedError
    with reading(used.file, timeout=1.0) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        assert ("mine",) not in names
        [(left,)] = connection.execute("SELECT count(*) FROM bars").fetchall()
    assert (left > 0) == fails
