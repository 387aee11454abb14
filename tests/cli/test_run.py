"""Law: a run leaves a whole folder that can repeat it, and Ctrl-C keeps what was finished."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from lstmtrader import Experiment

if TYPE_CHECKING:
    from tests.conftest import Console, ConsoleRun, Settings

pytestmark = pytest.mark.xdist_group("console run")

FILES = {
    "config.yaml",
    "forecasts.parquet",
    "weights.parquet",
    "trades.parquet",
    "equity.parquet",
    "folds.parquet",
    "evaluation/skill_by_fold.parquet",
    "evaluation/figures.json",
    "benchmark/equity.parquet",
    "sheet.json",
    "metrics.json",
    "environment.json",
    "report.html",
}
PATIENCE_S = 120

# A model of the user's own, in the folder they work in: it tells a file of every epoch.
TELLING = """
from dataclasses import dataclass
from pathlib import Path

from lstmtrader.models import RecurrentForecaster


@dataclass(frozen=True)
class Telling(RecurrentForecaster):
    def fit_many(self, tasks, progress):
        def tell(step):
            with Path("epochs.log").open("a") as log:
                log.write(f"{step.label}\\n")
            progress(step)

        return super().fit_many(tasks, tell)
"""


@pytest.fixture
def folder(console_run: ConsoleRun) -> Path:
    assert console_run.finished.returncode == 0, console_run.finished.stderr
    (only,) = console_run.folders
    return only


def test_a_run_writes_every_file(folder: Path) -> None:
    assert not folder.name.endswith(".incomplete")
    assert {str(path.relative_to(folder)) for path in folder.rglob("*")} >= FILES
    for name in FILES:
        assert not name.endswith(".parquet") or len(pd.read_parquet(folder / name)) > 0


def test_a_run_says_where_the_report_is(console_run: ConsoleRun, folder: Path) -> None:
    report = folder.relative_to(console_run.cwd) / "report.html"
    assert f"report: {report}" in console_run.finished.stdout
    assert console_run.finished.stderr == ""


def test_a_run_can_be_repeated_from_its_folder(
    loaded_console: Console, console_run: ConsoleRun, folder: Path, tmp_path: Path
) -> None:
    """The written settings give the same bytes; with --json, standard output is JSON alone."""
    finished = loaded_console("run", str(folder / "config.yaml"), "--json", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    printed = json.loads(finished.stdout)
    again = tmp_path / printed["folder"]
    for name in ("forecasts.parquet", "metrics.json", "config.yaml", "weights.parquet"):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name
    assert printed["metrics"] == json.loads((folder / "metrics.json").read_text())
    assert printed["name"] == "tiny"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]


def slow(settings: Settings) -> Settings:
    """Make each fold take so long that Ctrl-C can meet it, and tell of its epochs."""
    settings["model"]["target"] = "telling:Telling"
    settings["model"]["params"]["training"] |= {"epochs": 40, "patience": 40}
    return settings


@pytest.fixture(scope="module")
def slow_config(
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    place = tmp_path_factory.mktemp("interrupted")
    (place / "telling.py").write_text(TELLING)
    return write_yaml(slow(new_settings()), place / "tiny.yaml")


@dataclass(frozen=True)
class Interrupted:
    """What a run said that was interrupted, and its process group."""

    code: int
    stdout: str
    stderr: str
    group: int


def interrupt(console: Console, config: Path, fold: int) -> Interrupted:
    """Start a run and press Ctrl-C in the middle of a fold."""
    log = config.parent / "epochs.log"
    log.unlink(missing_ok=True)
    process = console.start("run", config.name, cwd=config.parent)
    try:
        until = time.monotonic() + PATIENCE_S
        while not log.exists() or log.read_text().count(f"fold {fold},") < 3:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until, f"fold {fold} never began"
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return Interrupted(process.returncode, stdout, stderr, process.pid)


@pytest.fixture(scope="module")
def interrupted(loaded_console: Console, slow_config: Path) -> Interrupted:
    """A run interrupted in its third fold."""
    return interrupt(loaded_console, slow_config, fold=2)


def test_an_interrupted_run_says_so_and_what_was_kept(
    interrupted: Interrupted, slow_config: Path
) -> None:
    assert interrupted.code == 130
    assert interrupted.stdout == ""
    first, kept = interrupted.stderr.splitlines()
    assert first == "interrupted"
    assert re.fullmatch(r"kept: settings and forecasts of 2 finished folds in runs/.+", kept)
    assert kept.endswith(".incomplete")
    assert (slow_config.parent / kept.rpartition(" in ")[2]).is_dir()


def test_the_finished_folds_are_those_of_a_full_run(
    interrupted: Interrupted,
    slow_config: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (kept,) = (slow_config.parent / "runs").glob("[!.]*")
    assert {path.name for path in kept.iterdir()} == {"config.yaml", "forecasts.parquet"}
    monkeypatch.chdir(slow_config.parent)
    monkeypatch.syspath_prepend(str(slow_config.parent))
    full = Experiment.from_yaml(kept / "config.yaml").run()
    rows = full.forecast.to_long()
    until = full.folds["test_end"][1]
    expected = rows[rows["date"] <= until].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        pd.read_parquet(kept / "forecasts.parquet"), expected, check_exact=True
    )


def test_no_process_is_left_behind(interrupted: Interrupted) -> None:
    with pytest.raises(ProcessLookupError):
        os.killpg(interrupted.group, 0)


def test_nothing_is_kept_of_a_run_without_a_finished_fold(
    loaded_console: Console,
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path: Path,
) -> None:
    (tmp_path / "telling.py").write_text(TELLING)
    config = write_yaml(slow(new_settings()), tmp_path / "tiny.yaml")
    ended = interrupt(loaded_console, config, fold=0)
    assert ended.code == 130
    assert ended.stderr.splitlines() == ["interrupted"]
    assert list((tmp_path / "runs").iterdir()) == []
