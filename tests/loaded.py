"""The command line in processes of their own that need not import the libraries: forks.

`LoadedConsole` is what `tests.conftest.Console` is, for laws of processes (signals, exit codes,
what is printed, what is left behind) that are not about how a process comes to life.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import itertools
import json
import os
import pkgutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from lstmtrader.nursery.beginning import begin
from tests.conftest import PATIENCE_S, Console

_PARENT_DIED = 1  # PR_SET_PDEATHSIG


def load() -> None:
    """Import what every command would; called once, in the process that is forked."""
    from lstmtrader import cli, clock, vbt
    from lstmtrader.models.training import forecaster

    vbt.load()
    clock.load()
    forecaster.load()
    for found in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
        importlib.import_module(found.name)
    for name in ("experiment", "run_folder", "explain.explaining"):
        importlib.import_module(f"lstmtrader.{name}")


def call(place: str) -> None:
    """Have a fork run the command line, and write down how it ended."""
    folder = Path(place)
    words, environment = json.loads((folder / "request").read_text(encoding="utf-8"))
    child = os.fork()
    if not child:
        _run(words, environment)
    _write(folder / "process", child)
    _, status = os.waitpid(child, 0)
    _write(folder / "ended", os.waitstatus_to_exitcode(status))


def _write(path: Path, number: int) -> None:
    part = path.with_suffix(".part")
    part.write_text(str(number), encoding="utf-8")
    part.rename(path)


def _run(words: list[str], environment: dict[str, str]) -> None:
    """Be the console script, from its first line to the end of the interpreter."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["lstmtrader", *words]
    code = 1
    try:
        from lstmtrader.cli.main import main

        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Loaded:
    """A call under way, in what matters a `subprocess.Popen`."""

    def __init__(self, words: Sequence[str], environment: dict[str, str], place: Path) -> None:
        self._place, self.args = place, words
        request = json.dumps([list(words), environment])
        (place / "request").write_text(request, encoding="utf-8")
        with (
            Path(os.devnull).open("rb") as nothing,
            (place / "out").open("wb") as out,
            (place / "err").open("wb") as err,
        ):
            streams = (nothing.fileno(), out.fileno(), err.fileno())
            self._fresh = begin(
                "tests.loaded:call", str(place), streams=streams, libraries=("tests.loaded:load",)
            )
        found = self._awaited("process", PATIENCE_S)
        assert found is not None, (place / "err").read_text(encoding="utf-8")
        self.pid = found

    def _awaited(self, name: str, patience_s: float) -> int | None:
        until = time.monotonic() + patience_s
        while not (path := self._place / name).exists():
            if time.monotonic() > until or self._fresh.lost():
                return None
            time.sleep(0.01)
        return int(path.read_text(encoding="utf-8"))

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        return self._awaited("ended", 0)

    def send_signal(self, which: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, which)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = PATIENCE_S) -> tuple[str, str]:
        if self._awaited("ended", timeout) is None:
            self.kill()
            raise subprocess.TimeoutExpired(self.args, timeout)
        out, err = ((self._place / name).read_text(encoding="utf-8") for name in ("out", "err"))
        return out, err


class LoadedConsole(Console):
    """Calls the command line in forks of a process that has imported everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def __call__(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        started = self.start(*arguments, cwd=cwd)
        said = started.communicate()
        code = started.poll()
        assert code is not None
        return subprocess.CompletedProcess(arguments, code, *said)

    def start(self, *arguments: str, cwd: Path) -> Loaded:  # type: ignore[override]
        place = self._folder / str(next(self._numbers))
        place.mkdir()
        environment = {**self._environment(), "PWD": str(cwd)}
        here = Path.cwd()
        os.chdir(cwd)  # a process begins where the one is that asks
        try:
            return Loaded(arguments, environment, place)
        finally:
            os.chdir(here)
