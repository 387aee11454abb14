"""Law: a process begun is a fresh one, is told what this one is told, and does not outlive it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from processes_that_tell import begun, gone, tell, tell_and_sleep

from lstmtrader.nursery import beginning as nursery
from lstmtrader.nursery.beginning import begin

if TYPE_CHECKING:
    from tests.conftest import Console

FORKED = pytest.mark.parametrize("forked", [True, False], ids=["forked", "started"])


TOLD = """
import json, os, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from processes_that_tell import begun, gone, tell
from lstmtrader.nursery import beginning as nursery
nursery._FORKS = {forked}
place = Path({place!r})
begun(tell, place / "first")  # whatever comes now, comes after the nursery was there
os.environ["A_HINT"] = "of today"
os.chdir(place)
sys.path.insert(0, str(place))
sys.modules["tests.determinism.a_users_module"] = sys
os.environ["PYTHONHASHSEED"] = "7"
fresh, told = begun(tell, place / "told", "one", "two words")
other = begun(tell, place / "other", other_hash=True)[1]
same = begun(tell, place / "same")[1]
assert gone(told["process"])
fresh.kill()  # of a process that ended: nothing happens
print(json.dumps([os.getpid(), told, other, same]))
"""


@FORKED
def test_it_is_told_what_this_process_is_told(
    forked: bool, console: Console, tmp_path: Path
) -> None:
    """One that has imported little: so has its nursery, and the one of the other hash."""
    code = TOLD.format(tests=str(Path(__file__).parent), place=str(tmp_path), forked=forked)
    done = console.python(code, cwd=Path.cwd())
    assert (done.returncode, done.stderr) == (0, "")
    asked, told, other, same = json.loads(done.stdout)
    assert told["arguments"] == ["one", "two words"]
    assert (told["hint"], told["folder"]) == ("of today", str(tmp_path))
    assert str(tmp_path) in told["path"]
    assert told["process"] not in (asked, os.getpid())
    assert told["threads"] == "1"
    assert told["hash"] == same["hash"] != other["hash"], "as PYTHONHASHSEED says, or otherwise"
    assert told["house"]
    assert not told["seen"], "nothing of the user's is there before the user's process asks for it"
    assert (tmp_path / "told.said").read_text() == "said\n"


@FORKED
def test_it_is_killed_when_asked(
    forked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery, "_FORKS", forked)
    fresh, told = begun(tell_and_sleep, tmp_path / "told")
    other, others = begun(tell_and_sleep, tmp_path / "other")
    fresh.kill()
    assert gone(told["process"])
    os.kill(others["process"], 0)  # only the one that was meant
    other.kill()
    assert gone(others["process"])


def test_many_threads_ask_one_nursery(tmp_path: Path) -> None:
    told: dict[int, dict[str, Any]] = {}

    def ask(number: int) -> None:
        told[number] = begun(tell, tmp_path / str(number), str(number))[1]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: one["arguments"] for number, one in told.items()} == {
        number: [str(number)] for number in range(8)
    }
    assert len({one["process"] for one in told.values()}) == 8


REPLACED = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from processes_that_tell import begun, tell
from lstmtrader.nursery import beginning as nursery
fresh, first = begun(tell, Path({place!r}, "first"))
assert not fresh.lost()
(kept,) = nursery._kept.values()
kept._process.kill()
kept._process.wait()
assert fresh.lost()
then = begun(tell, Path({place!r}, "then"))[1]
assert kept not in nursery._kept.values()
assert then["process"] != first["process"]
"""


def test_a_nursery_that_was_killed_is_replaced(console: Console, tmp_path: Path) -> None:
    code = REPLACED.format(tests=str(Path(__file__).parent), place=str(tmp_path))
    done = console.python(code, cwd=Path.cwd())
    assert done.returncode == 0, done.stderr


DIE = "os.kill(os.getpid(), signal.SIGKILL)"
ENDING = """
import os, signal, sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from processes_that_tell import begun, tell_and_sleep
for number in range(2):
    begun(tell_and_sleep, Path({place!r}, str(number)))
{end}
"""


@pytest.mark.parametrize("end", ["", DIE], ids=["ends", "killed"])
def test_nothing_outlives_whoever_began_it(end: str, console: Console, tmp_path: Path) -> None:
    code = ENDING.format(tests=str(Path(__file__).parent), place=str(tmp_path), end=end)
    done = console.python(code, cwd=Path.cwd())
    assert done.returncode == (-9 if end else 0), done.stderr
    for number in range(2):
        told = json.loads((tmp_path / str(number)).read_text(encoding="utf-8"))
        assert gone(told["process"])


def test_what_has_no_entry_says_so_on_its_own_error_stream(tmp_path: Path) -> None:
    with Path(os.devnull).open("rb") as nothing, (tmp_path / "said").open("wb") as said:
        streams = (nothing.fileno(), said.fileno(), said.fileno())
        begin("no_such_module:main", streams=streams)
    until = time.monotonic() + 120
    while "ModuleNotFoundError" not in (tmp_path / "said").read_text():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_killed_nursery_takes_its_children_along(console: Console, tmp_path: Path) -> None:
    end = "(kept,) = nursery._kept.values(); kept._process.kill(); time.sleep(300)"
    code = "from lstmtrader.nursery import beginning as nursery\n" + ENDING.format(
        tests=str(Path(__file__).parent), place=str(tmp_path), end=end
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path.cwd())
    try:
        until = time.monotonic() + 120
        while not (tmp_path / "1").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        for number in range(2):
            told = json.loads((tmp_path / str(number)).read_text(encoding="utf-8"))
            assert gone(told["process"])
    finally:
        process.kill()
        process.wait()


def test_it_holds_what_it_was_given_and_nothing_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever waits for the end of another would wait for this one, too."""
    monkeypatch.setenv("A_LONG_STORY", "x" * 120_000)  # more than is heard at once

    def ask(number: int) -> None:
        told[number] = begun(tell, tmp_path / str(number))[1]["open"]

    told: dict[int, list[str]] = {}
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(6):
        strange = [one for one in told[number] if one.startswith("socket:") or ".said" in one]
        assert strange == []


def test_forks_draw_numbers_of_their_own(tmp_path: Path) -> None:
    import lstmtrader.panel  # so the nursery has numpy

    assert lstmtrader.panel
    drawn = [begun(tell, tmp_path / str(number))[1]["drawn"] for number in range(3)]
    assert None not in drawn
    assert len(set(drawn)) == 3


def test_a_library_that_cannot_be_imported_does_no_harm(tmp_path: Path) -> None:
    with Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), 2, 2)
        entry = "processes_that_tell:tell"
        begin(entry, str(tmp_path / "told"), streams=streams, libraries=("no_such_library:load",))
    until = time.monotonic() + 120
    while not (tmp_path / "told").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
