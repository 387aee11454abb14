"""A run that was killed goes on where it stopped, and ends as if it had not been."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lstmtrader.walkforward.kept_fits import entries

if TYPE_CHECKING:
    from tests.conftest import Console, Program, Settings

pytestmark = pytest.mark.xdist_group("resume")

PATIENCE_S = 240
RESULTS = (
    "config.yaml", "forecasts.parquet", "weights.parquet", "trades.parquet", "orders.parquet",
    "equity.parquet", "folds.parquet", "evaluation/skill_by_fold.parquet", "metrics.json",
)  # fmt: skip

# A model of the user's own: it notes every fit it begins, and its process; where it is told to, it
# waits for the signal.
NOTING = """
import os
import time
from dataclasses import dataclass
from pathlib import Path

from lstmtrader.models import RecurrentForecaster


@dataclass(frozen=True)
class Noting(RecurrentForecaster):
    def fit_many(self, tasks, progress):
        for task in tasks:
            with Path("fits.log").open("a") as log:
                log.write(f"{task.fold} {task.member} {os.getpid()}\\n")
        time.sleep(float(os.environ.get("A_PAUSE", "0")))
        return super().fit_many(tasks, progress)
"""


def prepare(settings: Settings, write_yaml: Callable[[Settings, Path], Path], place: Path) -> Path:
    (place / "noting.py").write_text(NOTING.replace("\\\\", "\\"), encoding="utf-8")
    settings["model"]["target"] = "noting:Noting"
    settings["members"] = 3
    write_yaml(settings, place / "tiny.yaml")
    return place


@pytest.fixture
def place(
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path: Path,
) -> Path:
    return prepare(new_settings(), write_yaml, tmp_path)


@pytest.fixture(scope="module")
def whole(
    loaded_console: Console,
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of a run that nothing stopped, and that kept no fits."""
    place = prepare(new_settings(), write_yaml, tmp_path_factory.mktemp("whole"))
    words = ("--no-cache", "--workers", "1", "--json")
    done = loaded_console("run", "tiny.yaml", *words, cwd=place)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["fits"] == {"trained": 15, "reused": 0}
    assert not (place / "runs" / ".cache").exists()
    return place / said["folder"]


def begun(place: Path) -> list[tuple[int, int, int]]:
    log = place / "fits.log"
    lines = log.read_text().splitlines() if log.exists() else []
    found = []
    for line in lines:
        fold, member, pid = map(int, line.split())
        found.append((fold, member, pid))
    return found


def ended(pid: int) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8"):
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def start_and_stop(
    console: Console, place: Path, workers: int, how: signal.Signals
) -> tuple[int, str]:
    """Start a run, send it a signal once it has kept some fits; its exit code and last words."""
    with pytest.MonkeyPatch.context() as told:
        told.setenv("A_PAUSE", "0.2")
        process = console.start("run", "tiny.yaml", "--workers", str(workers), cwd=place)
    try:
        until = time.monotonic() + PATIENCE_S
        while len(entries(place / "runs" / ".cache")) < 4 + workers:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until, "no fit was ever kept"
            time.sleep(0.02)
        process.send_signal(how)
        _, said = process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return process.returncode, said


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_was_stopped_goes_on_where_it_stopped(
    workers: int,
    how: signal.Signals,
    console: Console,
    loaded_console: Console,
    program: Program,
    place: Path,
    whole: Path,
) -> None:
    # One of them is the real script, for the signal that it answers.
    real = (workers, how) == (2, signal.SIGINT)
    code, last = start_and_stop(console if real else loaded_console, place, workers, how)
    assert code == (130 if how is signal.SIGINT else -how)
    assert (last.splitlines()[:1] == ["interrupted"]) == (how is signal.SIGINT)
    assert all(ended(pid) for _, _, pid in begun(place)), "no worker outlives its run"
    kept = len(entries(place / "runs" / ".cache"))
    assert kept < 15, "it was stopped in the middle"
    (place / "fits.log").unlink()

    again = program("run", "tiny.yaml", "--workers", str(workers), "--json", cwd=place)
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert said["fits"] == {"trained": 15 - kept, "reused": kept}
    assert len(begun(place)) == 15 - kept, "only what was missing was fitted"

    for name in RESULTS:
        assert (place / said["folder"] / name).read_bytes() == (whole / name).read_bytes(), name


def test_workers_in_the_middle_of_a_long_fit_end_with_their_run(
    loaded_console: Console, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent is killed, and the fit reports nothing to notice it by."""
    monkeypatch.setenv("A_PAUSE", "120")
    process = loaded_console.start("run", "tiny.yaml", "--workers", "3", cwd=place)
    try:
        until = time.monotonic() + PATIENCE_S
        while len({pid for _, _, pid in begun(place)} - {process.pid}) < 2:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until, "no worker ever began"
            time.sleep(0.02)
    finally:
        process.kill()
        process.communicate()
    assert all(ended(pid) for _, _, pid in begun(place))


def test_fits_are_listed_and_pruned(program: Program, place: Path) -> None:
    assert program("run", "tiny.yaml", "--cache", "fits", cwd=place).returncode == 0
    listed = program("cache", "list", "--cache", "fits", "--json", cwd=place)
    rows = json.loads(listed.stdout)
    assert len(rows) == 15
    assert {row["model"] for row in rows} == {"Noting"}
    printed = program("cache", "list", "--cache", "fits", cwd=place)
    assert "fits in fits" in printed.stdout
    for arguments, said, left in (
        (["--older-than", "1"], "0 of 15 fits removed", 15),
        (["--all", "--dry-run"], "15 of 15 fits would be removed", 15),
        (["--all"], "15 of 15 fits removed", 0),
    ):
        done = program("cache", "prune", "--cache", "fits", *arguments, cwd=place)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(said)
        assert len(entries(place / "fits")) == left
    wrong = program("cache", "prune", "--cache", "fits", cwd=place)
    assert wrong.returncode == 2
    assert wrong.stderr == "error: expected either --older-than DAYS or --all\n"
