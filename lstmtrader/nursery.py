"""Fresh processes, at once: a nursery has imported the libraries, and forks whenever one is wanted.

To start Python and import torch takes seconds, to fork a process that has done so takes none. The
nursery has another hash seed than its parent and one thread, and imports of this package what its
parent has imported; never anything of the user's: what it forks has seen no prices yet.
"""

from __future__ import annotations

import atexit
import importlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol

_FORKS = sys.platform == "linux"  # elsewhere the libraries of the system may not survive a fork
_HOUSE = __name__.partition(".")[0]
_HASH_SEEDS = ("4242", "2424")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

Streams = tuple[int, int, int]
"""File descriptors that a process has as standard input, output and error."""


class Fresh(Protocol):
    """A process that `begin` started."""

    def kill(self) -> None:
        """End it, where it has not ended by itself."""

    def lost(self) -> bool:
        """Whether it is certain that it does not run (any more)."""


def begin(entry: str, *arguments: str, streams: Streams, libraries: Sequence[str] = ()) -> Fresh:
    """Have a fresh process call a function, and return at once.

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

    Raises
    ------
    OSError
        If no process can be started.
    """
    if not _FORKS:
        return _Started(entry, arguments, streams)
    try:
        return _nursery().fork(entry, arguments, streams, libraries)
    except OSError:  # it was killed a moment ago
        return _nursery().fork(entry, arguments, streams, libraries)


class _Nursery:
    """The parent's end. One is kept by each process that ever wanted one, and ends with it."""

    def __init__(self) -> None:
        self._asks, answers = socket.socketpair()
        with answers:
            self._process = subprocess.Popen(
                _python(f"{__name__}:_serve", str(answers.fileno())),
                pass_fds=[answers.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._imported: set[str] = set()
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        # A fork of this process has no nursery yet.
        return self._owner == os.getpid() and self._process.poll() is None

    def fork(
        self, entry: str, arguments: Sequence[str], streams: Streams, libraries: Sequence[str]
    ) -> _Forked:
        with self._lock:
            number = next(self._numbers)
            ours = {name for name in list(sys.modules) if name.startswith(f"{_HOUSE}.")}
            request = {
                "number": number,
                "entry": entry,
                "arguments": arguments,
                "modules": sorted(ours - self._imported - {f"{_HOUSE}.__main__"}),
                "libraries": list(libraries),
                "path": sys.path,
                "folder": os.getcwd(),  # noqa: PTH109 - a text
                "environment": _environment(),
            }
            self._say(request, streams)
            self._imported |= ours
        return _Forked(self, number)

    def kill(self, number: int) -> None:
        with self._lock, suppress(OSError):  # where it is gone, so are its children
            self._say({"number": number})

    def _say(self, request: dict[str, Any], streams: Sequence[int] = ()) -> None:
        line = json.dumps(request).encode() + b"\n"
        sent = socket.send_fds(self._asks, [line], streams)
        self._asks.sendall(line[sent:])

    def close(self) -> None:
        """Kill it, and whatever it forked: they hold nothing that has to be put in order."""
        if self._owner != os.getpid():
            return
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._asks.close()
        self._process.wait()


class _Forked:
    """A process of the nursery."""

    def __init__(self, parent: _Nursery, number: int) -> None:
        self._parent, self._number = parent, number

    def kill(self) -> None:
        self._parent.kill(self._number)

    def lost(self) -> bool:
        return not self._parent.alive


class _Started:
    """An interpreter of its own, where nothing can be forked."""

    def __init__(self, entry: str, arguments: Sequence[str], streams: Streams) -> None:
        stdin, stdout, stderr = streams
        self._process = subprocess.Popen(
            _python(entry, *arguments),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=_environment(),
            start_new_session=True,
        )
        threading.Thread(target=self._process.wait, daemon=True).start()

    def kill(self) -> None:
        self._process.kill()

    def lost(self) -> bool:
        return self._process.poll() is not None


def _python(entry: str, *arguments: str) -> list[str]:
    """The command that calls a function in a new interpreter."""
    module, _, function = entry.partition(":")
    code = f"import sys; sys.path[:] = {sys.path!r}; from {module} import {function} as entry; "
    return [sys.executable, "-c", code + "entry(*sys.argv[1:])", *arguments]


def _environment() -> dict[str, str]:
    seed = next(one for one in _HASH_SEEDS if one != os.environ.get("PYTHONHASHSEED"))
    return {**os.environ, **_ONE_THREAD, "PYTHONHASHSEED": seed}


_kept: list[_Nursery] = []
_lock = threading.Lock()


def _nursery() -> _Nursery:
    with _lock:
        if not _kept or not _kept[0].alive:
            _kept[:] = [_Nursery()]
        return _kept[0]


def _serve(descriptor: str) -> None:
    """Fork a child for each request, until nobody is there to ask."""
    asks = socket.socket(fileno=int(descriptor))
    children: dict[int, int] = {}
    for request, streams in _requests(asks):
        children = {number: pid for number, pid in children.items() if not _is_over(pid)}
        number = request["number"]
        if "entry" in request:
            for name in request["modules"]:
                with suppress(Exception):  # whoever needs it will say so
                    importlib.import_module(name)
            for library in request["libraries"]:
                _found(library)()
            children[number] = _fork(request, streams, asks)
            for stream in streams:
                os.close(stream)
        elif number in children:
            # Nobody else waits for it: the number is still its own.
            os.kill(children[number], signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def _requests(asks: socket.socket) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """What is asked for, a line each, and the three streams that came with its first byte."""
    heard, streams = b"", list[int]()
    while True:
        data, descriptors, _, _ = socket.recv_fds(asks, 1 << 16, 3)
        if not data:
            return
        heard += data
        streams += descriptors
        *lines, heard = heard.split(b"\n")
        for line in lines:
            request = json.loads(line)
            taken = 3 if "entry" in request else 0
            yield request, streams[:taken]
            del streams[:taken]


def _is_over(child: int) -> bool:
    with suppress(ChildProcessError):
        return os.waitpid(child, os.WNOHANG)[0] == child
    return True


def _fork(request: dict[str, Any], streams: Sequence[int], asks: socket.socket) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        asks.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.path[:] = request["path"]
        _found(request["entry"])(*request["arguments"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _found(entry: str) -> Any:
    module, _, function = entry.partition(":")
    return getattr(importlib.import_module(module), function)
