"""Shared by all tests: one experiment that is tiny, whole and takes seconds.

=================== ===============================================================
``tiny_settings``   the experiment as plain settings, a copy of the test's own
``tiny_yaml``       the path of the file they are written to, in ``tmp_path``
``tiny_experiment`` the `Experiment` read from it
``tiny_run``        its finished `Run`, computed once a session; its folder is ``.path``
``write_yaml``      ``write_yaml(settings, path)`` writes changed settings
``new_settings``    ``new_settings()`` gives a fresh copy, for fixtures of a wider scope
``console``         calls the real console script, see `Console`
``loaded_console``  the same in a fork of a process that has imported everything
``program``         ``program("runs", "list", cwd=place)``: the same in this process, at once
``console_run``     the tiny experiment run by that script, once a session, see `ConsoleRun`
``chromium``        the path of Chrome or Chromium
=================== ===============================================================

The results of ``tiny_run`` and ``console_run`` are shared: read them, write nothing there.

Importing this file imports nothing heavy: a test that needs no torch does not wait for it.
"""

from __future__ import annotations

import copy
import gc
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from lstmtrader import Experiment, Run

# Most runs of the tests are over before a second process would be ready.
os.environ.setdefault("LSTMTRADER_WORKERS", "1")

Settings = dict[str, Any]
PATIENCE_S = 240


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: it is not looked through for garbage, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# 480 bars: warm-up 19, then 200 | 2 | 50 | 2 | and five test slices, the last one shorter.
_TINY: Settings = {
    "name": "tiny",
    "prices": {
        "provider": {"target": "synthetic", "params": {"n_symbols": 3, "n_bars": 480, "seed": 3}}
    },
    "features": [
        {
            "target": "lstmtrader.features:ScaledReturn",
            "params": {"horizon": 1, "volatility_window": 10},
        },
        {"target": "lstmtrader.features:AbsoluteReturn", "params": {"window": 5}},
    ],
    "target": {
        "target": "lstmtrader.features:ForwardReturn",
        "params": {"horizon": 1, "volatility_window": 10},
    },
    "walk_forward": {"train": 200, "validation": 50, "test": 50},
    "model": {
        "target": "lstmtrader.models:RecurrentForecaster",
        "params": {
            "lookback": 10,
            "network": {"hidden": 4},
            "loss": "sharpe",
            "training": {"epochs": 2, "steps": 20},
        },
    },
    "strategy": {
        "target": "strategies.direct_positions:DirectPositions",
        "params": {"window": 20},
    },
    "seed": 1,
}


def _write_yaml(settings: Mapping[str, Any], path: Path) -> Path:
    path.write_text(yaml.safe_dump(dict(settings), sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def write_yaml() -> Callable[[Mapping[str, Any], Path], Path]:
    """Write settings as a user would have them, and return the path."""
    return _write_yaml


@pytest.fixture(scope="session")
def new_settings() -> Callable[[], Settings]:
    """Return the settings of the tiny experiment, a fresh copy at each call."""
    return lambda: copy.deepcopy(_TINY)


@pytest.fixture
def tiny_settings() -> Settings:
    """The settings of the tiny experiment, a copy that a test may change."""
    return copy.deepcopy(_TINY)


@pytest.fixture
def tiny_yaml(tiny_settings: Settings, tmp_path: Path) -> Path:
    """The tiny experiment as a YAML file in the test's own folder."""
    return _write_yaml(tiny_settings, tmp_path / "tiny.yaml")


@pytest.fixture
def tiny_experiment(tiny_yaml: Path) -> Experiment:
    """The tiny experiment, read from its YAML file."""
    from lstmtrader import Experiment

    return Experiment.from_yaml(tiny_yaml)


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The finished run of the tiny experiment, with its folder at ``tiny_run.path``."""
    from lstmtrader import Experiment

    place = tmp_path_factory.mktemp("tiny")
    return Experiment.from_yaml(_write_yaml(_TINY, place / "tiny.yaml")).run(place / "runs")


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Console:
    """The real console script (and the Python it belongs to), in processes of their own.

    Each process has one thread, no terminal, and none of the settings of the test session that
    would change what it prints.
    """

    script = Path(sysconfig.get_path("scripts")) / "lstmtrader"

    def __call__(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the script to its end: ``console("run", "tiny.yaml", cwd=tmp_path)``."""
        return self._finished([str(self.script), *arguments], cwd)

    def python(self, code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run code in a fresh interpreter."""
        return self._finished([sys.executable, "-c", code], cwd)

    def start(self, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
        """Start the script at the head of a process group of its own; the caller ends it."""
        return subprocess.Popen(
            [str(self.script), *arguments],
            cwd=cwd,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A shell starts what runs in the background deaf to Ctrl-C, and that is inherited.
            preexec_fn=_hear_interrupts,
        )

    def _finished(self, command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def _environment(self) -> dict[str, str]:
        hidden = ("PYTHONWARNINGS", "FORCE_COLOR", "PYTEST_CURRENT_TEST")
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        return {**kept, "OMP_NUM_THREADS": "1", "COLUMNS": "100"}


@pytest.fixture(scope="session")
def console() -> Console:
    """Return the console script, to be called."""
    return Console()


@pytest.fixture(scope="session")
def loaded_console(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """Return the same with the libraries loaded already: for laws not of a process's start."""
    from tests.loaded import LoadedConsole

    return LoadedConsole(tmp_path_factory.mktemp("loaded"))


Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def command() -> Callable[..., Any]:
    """Return the tree of commands that the command line makes of itself for each process."""
    import typer.main

    from lstmtrader.cli.main import app

    return typer.main.get_command(app)


@pytest.fixture
def program(
    command: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Program:
    """Call the command line in this process, as its entry point does: no second is lost.

    Not for laws of processes: signals, threads, terminals, what is imported.
    """
    from lstmtrader.cli.failures import run_app

    def call(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(cwd)
        monkeypatch.syspath_prepend(str(cwd))
        capsys.readouterr()
        try:
            code = run_app(lambda: command(list(arguments), "lstmtrader"), debug=False)
        except SystemExit as exit_:
            code = exit_.code or 0
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return call


@dataclass(frozen=True)
class ConsoleRun:
    """What ``lstmtrader run tiny.yaml`` printed, and the folder it was called in."""

    finished: subprocess.CompletedProcess[str]
    cwd: Path

    @property
    def folders(self) -> Sequence[Path]:
        """Everything in the runs folder but the fits that were kept and the ledger of trials."""
        return sorted(path for path in (self.cwd / "runs").iterdir() if path.name[0] != ".")


@pytest.fixture(scope="session")
def console_run(console: Console, tmp_path_factory: pytest.TempPathFactory) -> ConsoleRun:
    """The tiny experiment run by the real console script, in a folder with nothing else."""
    cwd = tmp_path_factory.mktemp("console")
    _write_yaml(_TINY, cwd / "tiny.yaml")
    return ConsoleRun(console("run", "tiny.yaml", cwd=cwd), cwd)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chrome or Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        reason = f"none of {', '.join(names)} is installed; apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        # Only at a desk without a browser, where make test would install one; never in CI.
        pytest.skip(reason)
    return found
