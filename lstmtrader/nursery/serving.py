"""The nursery: imports, and forks a child for each request."""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

_PARENT_DIED = 1  # PR_SET_PDEATHSIG


def serve(descriptor: str) -> None:
    """Fork a child for each request on a socket, until nobody is there to ask."""
    asks = socket.socket(fileno=int(descriptor))
    children: dict[int, int] = {}
    try:
        for request, streams, others in _requests(asks):
            children = {number: pid for number, pid in children.items() if not _is_over(pid)}
            number = request["number"]
            if "entry" in request:
                _import(request)
                children[number] = _fork(request, streams, [*others, asks.fileno()])
                for stream in streams:
                    os.close(stream)
            elif number in children:
                # Nobody else waits for it: the number is still its own.
                os.kill(children[number], signal.SIGKILL)
    finally:
        os.killpg(0, signal.SIGKILL)


def _requests(asks: socket.socket) -> Iterator[tuple[dict[str, Any], list[int], list[int]]]:
    """What is asked for, a line each; the three streams that came with it, and those of others."""
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
            mine, streams = streams[:taken], streams[taken:]
            yield request, mine, list(streams)


def _import(request: dict[str, Any]) -> None:
    """Import what is asked for; no child looks it through for garbage, nor copies it for that."""
    gc.disable()
    for name in request["modules"]:
        with suppress(Exception):  # whoever needs it will say so
            importlib.import_module(name)
    for library in request["libraries"]:
        with suppress(Exception):
            _found(library)()
    gc.freeze()
    gc.enable()


def _is_over(child: int) -> bool:
    with suppress(ChildProcessError):
        return os.waitpid(child, os.WNOHANG)[0] == child
    return True


def _fork(request: dict[str, Any], streams: Sequence[int], others: Sequence[int]) -> int:
    nursery = os.getpid()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        _end_with(nursery)
        for stream in others:
            os.close(stream)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _become(request)
        _found(request["entry"])(*request["arguments"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _end_with(nursery: int) -> None:
    """Have this process killed when the nursery dies."""
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(1)


def _become(request: dict[str, Any]) -> None:
    """Be what a new interpreter would be, started where the request came from."""
    with suppress(OSError):  # the folder may be gone, as it may be for who asked
        os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.path[:] = request["path"]
    if "numpy" in sys.modules:  # Python's own generator draws anew by itself
        sys.modules["numpy"].random.seed()


def _found(entry: str) -> Any:
    module, _, function = entry.partition(":")
    return getattr(importlib.import_module(module), function)
