"""Processes that tell a file what they are; light, as each of them imports this."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from lstmtrader.nursery.beginning import Fresh, begin


def tell(path: str, *arguments: str) -> None:
    """Write down what a process is; called in fresh ones."""
    told = {
        "process": os.getpid(),
        "arguments": arguments,
        "hash": hash("a text"),
        "folder": os.getcwd(),  # noqa: PTH109
        "hint": os.environ.get("A_HINT"),
        "threads": os.environ["OMP_NUM_THREADS"],
        "path": sys.path,
        "seen": "tests.determinism.a_users_module" in sys.modules,
        "house": "lstmtrader.nursery" in sys.modules,
        "open": _open(),
        "drawn": _drawn(),
    }
    print("said")  # noqa: T201
    Path(path).with_suffix(".part").write_text(json.dumps(told), encoding="utf-8")
    Path(path).with_suffix(".part").rename(path)


def _open() -> list[str]:
    """What the open descriptors beyond the standard streams lead to."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += [str(one.readlink())] * (int(one.name) > 2)
    return found


def _drawn() -> float | None:
    """A number of numpy's global generator, where numpy is there already."""
    numpy = sys.modules.get("numpy")
    return None if numpy is None else float(numpy.random.random())


def tell_and_sleep(path: str) -> None:
    tell(path)
    time.sleep(300)


def begun(
    call: Callable[..., None], path: Path, *arguments: str, other_hash: bool = False
) -> tuple[Fresh, dict[str, Any]]:
    """Begin a process and wait for what it tells."""
    entry = f"processes_that_tell:{call.__name__}"
    with Path(os.devnull).open("rb") as nothing, path.with_suffix(".said").open("wb") as said:
        streams = (nothing.fileno(), said.fileno(), 2)
        fresh = begin(entry, str(path), *arguments, streams=streams, other_hash=other_hash)
    until = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return fresh, told


def gone(pid: int, patience_s: float = 20.0) -> bool:
    """Wait for a process to end."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            if ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8"):
                return True  # ended, and its parent has not asked yet
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
