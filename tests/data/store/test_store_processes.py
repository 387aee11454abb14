"""Law: whatever happens to a process, the store is whole and keeps what it acknowledged."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.errors import StoreBusyError, StoreFormatError
from tests.data.store.bitemporal import walk
from tests.data.store.consistency import broken_rules

ROOT = Path(__file__).resolve().parents[3]
DAYS = {"start": datetime.date(2020, 1, 1), "end": datetime.date(2021, 1, 1)}
KILLS = 50

WRITER = """
import datetime, sys
from pathlib import Path
from lstmtrader.data.store import PriceStore
from tests.data.store.bitemporal import walk
store, symbol = PriceStore(Path(sys.argv[1])), sys.argv[2]
for number in range(5):
    store.write(walk(symbol, 40, number), provider="p",
                start=datetime.date(2020, 1, 1), end=datetime.date(2021, 1, 1))
"""
HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""
# Python ignores SIGXFSZ: a write beyond the limit fails as it does on a full disk.
LIMITED = """
import datetime, resource, sys
from pathlib import Path
from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.errors import StoreWriteError
from tests.data.store.bitemporal import walk
histories = [walk(f"S{k}", 3000, k, first="2000-01-03") for k in range(40)]
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for folder in map(Path, sys.argv[1:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(folder.name), most))
    try:
        PriceStore(folder / "prices.duckdb").write_many(
            histories, provider="p",
            start=datetime.date(2000, 1, 1), end=datetime.date(2021, 1, 1))
    except StoreWriteError as error:
        print(error)
    else:
        print("written")
"""
LIMITS = (20_000, 1_000_000, 3_000_000)
AT_THE_BEGINNING = 5_000


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_write_at_once(store: PriceStore) -> None:
    writers = [started(WRITER, store.file, symbol) for symbol in ("AAA", "BBB")]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    assert store.fetches()["symbol"].value_counts().to_dict() == {"AAA": 5, "BBB": 5}
    for symbol in ("AAA", "BBB"):
        assert store.history("p", symbol).bars.equals(walk(symbol, 40, 4).bars)
    assert broken_rules(store.file) == []


def test_threads_take_turns(store: PriceStore) -> None:
    threads = [
        threading.Thread(
            target=store.write, args=(walk(f"S{k}", 10, k),), kwargs={"provider": "p", **DAYS}
        )
        for k in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read("p").symbols == ("S0", "S1", "S2", "S3")
    assert broken_rules(store.file) == []


def test_a_store_that_is_held_is_waited_for_and_then_named(store: PriceStore) -> None:
    store.write(walk("AAA", 10, 1), provider="p", **DAYS)
    holder = started(HOLDER, store.file)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        hurried = PriceStore(store.file, timeout=0.4)
        for call in (
            hurried.vintage,
            lambda: hurried.write(walk("AAA", 10, 1), provider="p", **DAYS),
        ):
            began = time.monotonic()
            with pytest.raises(StoreBusyError, match=rf"{store.file}.*PID {holder.pid}.*timeout"):
                call()
            assert 0.4 <= time.monotonic() - began < 5
        release = threading.Timer(0.5, holder.communicate)
        release.start()
        assert store.vintage() is not None
        release.join()
    finally:
        holder.kill()
        holder.wait()


def test_killed_at_random_moments(tmp_path: Path) -> None:
    path = tmp_path / "prices.duckdb"
    finished = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killing.py")), str(path), str(KILLS), "1"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    kills, fetches = map(int, finished.stdout.split())
    assert kills == KILLS
    assert fetches > 10
    assert broken_rules(path) == []


@dataclass(frozen=True)
class Refused:
    """A store on a disk of so many bytes: what it had before, and what a writer then printed."""

    store: PriceStore
    before: str
    printed: str


@pytest.fixture(scope="module")
def full_disks(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Refused]:
    """One writer meets each disk in turn; on the last there is no store yet."""
    place = tmp_path_factory.mktemp("disks")
    stores: dict[int, PriceStore] = {}
    for limit in (*LIMITS, AT_THE_BEGINNING):
        (place / str(limit)).mkdir()
        stores[limit] = PriceStore(place / str(limit) / "prices.duckdb")
    for limit in LIMITS:
        stores[limit].write(walk("AAA", 50, 1), provider="p", **DAYS)
    before = [stores[limit].read("p").sha256() for limit in LIMITS]
    writer = started(LIMITED, *(one.file.parent for one in stores.values()))
    printed, errors = writer.communicate(timeout=120)
    assert writer.returncode == 0, errors
    told = zip(stores.items(), [*before, ""], printed.splitlines(), strict=True)
    return {limit: Refused(one, known, line) for (limit, one), known, line in told}


@pytest.mark.xdist_group("full disks")
@pytest.mark.parametrize("limit", LIMITS)
def test_a_full_disk_is_said_and_harms_nothing(full_disks: dict[int, Refused], limit: int) -> None:
    store = full_disks[limit].store
    assert f"{store.file}: the disk refused" in full_disks[limit].printed
    assert "free space" in full_disks[limit].printed
    assert store.read("p", ["AAA"]).sha256() == full_disks[limit].before
    assert len(store.fetches()) == 1
    assert broken_rules(store.file) == []
    store.write(walk("BBB", 50, 2), provider="p", **DAYS)
    assert store.read("p").symbols == ("AAA", "BBB")


@pytest.mark.xdist_group("full disks")
def test_a_full_disk_at_the_very_beginning(full_disks: dict[int, Refused]) -> None:
    refused = full_disks[AT_THE_BEGINNING]
    assert "the disk refused" in refused.printed
    assert list(refused.store.file.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"time,close\n" * 10_000, b"short"])
def test_a_file_that_is_no_store_is_left_alone(store: PriceStore, content: bytes) -> None:
    store.file.write_bytes(content)
    with pytest.raises(StoreFormatError, match="expected a price store"):
        store.vintage()
    with pytest.raises(StoreFormatError, match="expected a price store"):
        store.write(walk("AAA", 10, 1), provider="p", **DAYS)
    assert store.file.read_bytes() == content


def test_other_databases_and_newer_stores_are_left_alone(store: PriceStore) -> None:
    import duckdb

    connection = duckdb.connect(store.file)
    connection.execute("CREATE TABLE bars (a INTEGER)")
    connection.close()
    with pytest.raises(StoreFormatError, match="no price store"):
        store.write(walk("AAA", 10, 1), provider="p", **DAYS)
    newer = PriceStore(store.file.with_name("newer.duckdb"))
    newer.write(walk("AAA", 10, 1), provider="p", **DAYS)
    connection = duckdb.connect(newer.file)
    connection.execute("UPDATE price_store SET schema_version = 99")
    connection.close()
    with pytest.raises(StoreFormatError, match="of schema 1; got 99"):
        newer.read("p")
