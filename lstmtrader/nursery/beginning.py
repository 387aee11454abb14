"""Having a fresh process call a function.

To start Python and import torch takes seconds, to fork a process that has done so takes none. The
nursery has one thread, and imports of this package what its parent has imported; never anything of
the user's: what it forks has seen no prices yet. Where nothing can be forked safely, an interpreter
is started instead.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

_FORKS = sys.platform == "linux"  # elsewhere the libraries of the system may not survive a fork
_HOUSE = __name__.partition(".")[0]
_INSIDE = f"{_HOUSE}."
_SERVE = "lstmtrader.nursery.serving:serve"
_HASH_SEEDS = ("4242", "2424")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

Streams = tuple[int, int, int]
"""File descriptors that a process has as standard input, output and error."""


class Fresh(Protocol):
    """A process that `begin` began."""

    def kill(self) -> None:
        """End it, where it has not ended by itself."""

    def lost(self) -> bool:
        """Whether it is certain that it does not run (any more)."""


def begin(
    entry: str,
    *arguments: str,
    streams: Streams,
    libraries: Sequence[str] = (),
    other_hash: bool = False,
) -> Fresh:
    """Have a fresh process call a function, and return at once.

    It has the environment, the folder and the ``sys.path`` of this one, and one thread.

    Parameters
    ----------
    entry : str
        ``module:function``.
    arguments : str
        What it is called with.
    streams : tuple of int
        Its standard streams; the caller closes its own copies.
    libraries : sequence of str
        Each as `entry`: called before the process is forked, so that it need not do so.
    other_hash : bool
        Whether its texts must hash otherwise than here, even if ``PYTHONHASHSEED`` is set.

    Raises
    ------
    OSError
        If no process can be started.
    """
    environment = _environment(other_hash=other_hash)
    if not _FORKS:
        return _Started(entry, arguments, streams, environment)
    try:
        return _nursery(environment).fork(entry, arguments, streams, libraries, environment)
    except ConnectionError:  # it was killed a moment ago
        with _lock:
            _forget(environment.get("PYTHONHASHSEED"))
        return _nursery(environment).fork(entry, arguments, streams, libraries, environment)


class Nursery:
    """The parent's end. One a hash seed is kept by each process that ever wanted one."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._asks, answers = socket.socketpair()
        with answers:
            self._process = subprocess.Popen(
                _python(_SERVE, str(answers.fileno())),
                pass_fds=[answers.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._imported: set[str] = set()
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        """Whether it can be asked; a fork of its owner cannot."""
        return self._owner == os.getpid() and self._process.poll() is None

    def fork(
        self,
        entry: str,
        arguments: Sequence[str],
        streams: Streams,
        libraries: Sequence[str],
        environment: dict[str, str],
    ) -> _Forked:
        """See `begin`."""
        with self._lock:
            number = next(self._numbers)
            ours = {name for name in list(sys.modules) if name.startswith(_INSIDE)}
            request = {
                "number": number,
                "entry": entry,
                "arguments": arguments,
                "modules": sorted(ours - self._imported - {f"{_HOUSE}.__main__"}),
                "libraries": list(libraries),
                "path": _path(),
                "folder": os.getcwd(),  # noqa: PTH109 - a text
                "environment": environment,
            }
            self._say(request, streams)
            self._imported |= ours
        return _Forked(self, number)

    def kill(self, number: int) -> None:
        """Kill one of its children."""
        with self._lock, suppress(OSError):  # where it is gone, so are its children
            self._say({"number": number})

    def _say(self, request: dict[str, Any], streams: Sequence[int] = ()) -> None:
        line = json.dumps(request).encode() + b"\n"
        sent = socket.send_fds(self._asks, [line], streams)
        self._asks.sendall(line[sent:])

    def close(self) -> None:
        """Kill it, and whatever it forked: they hold nothing that has to be put in order."""
        atexit.unregister(self.close)
        self._asks.close()
        if self.alive:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class _Forked:
    """A process of the nursery."""

    def __init__(self, parent: Nursery, number: int) -> None:
        self._parent, self._number = parent, number

    def kill(self) -> None:
        self._parent.kill(self._number)

    def lost(self) -> bool:
        return not self._parent.alive


class _Started:
    """An interpreter of its own, where nothing can be forked."""

    def __init__(
        self, entry: str, arguments: Sequence[str], streams: Streams, environment: dict[str, str]
    ) -> None:
        stdin, stdout, stderr = streams
        self._process = subprocess.Popen(
            _python(entry, *arguments),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            start_new_session=True,
        )
        threading.Thread(target=self._process.wait, daemon=True).start()

    def kill(self) -> None:
        self._process.kill()

    def lost(self) -> bool:
        return self._process.poll() is not None


def _path() -> list[str]:
    return [str(place) for place in sys.path]


def _python(entry: str, *arguments: str) -> list[str]:
    """The command that calls a function in a new interpreter."""
    module, _, function = entry.partition(":")
    code = f"import sys; sys.path[:] = {_path()!r}; from {module} import {function} as entry; "
    return [sys.executable, "-c", code + "entry(*sys.argv[1:])", *arguments]


def _environment(*, other_hash: bool) -> dict[str, str]:
    environment = {**os.environ, **_ONE_THREAD}
    here = environment.get("PYTHONHASHSEED")
    if other_hash and here:  # without one, each interpreter draws its own
        environment["PYTHONHASHSEED"] = next(seed for seed in _HASH_SEEDS if seed != here)
    return environment


_kept: dict[str | None, Nursery] = {}
_lock = threading.Lock()


def _nursery(environment: dict[str, str]) -> Nursery:
    seed = environment.get("PYTHONHASHSEED")
    with _lock:
        if seed in _kept and not _kept[seed].alive:
            _forget(seed)
        if seed not in _kept:
            _kept[seed] = Nursery(environment)
        return _kept[seed]


def _forget(seed: str | None) -> None:
    if seed in _kept:
        _kept.pop(seed).close()
