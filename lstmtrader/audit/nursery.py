"""The nursery: a process that has imported the libraries, and forks whenever a fresh one is wanted.

It runs ``python -m lstmtrader.audit.nursery``, has another hash seed than its parent and one
thread, and never imports anything of the user's: what it forks has seen no prices yet.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path

from lstmtrader import vbt
from lstmtrader.audit.answering import answer

_HASH_SEEDS = ("4242", "2424")
_LIBRARIES = ("torch", "lstmtrader.models", "lstmtrader.models.training.forecaster",
              "lstmtrader.experiment")  # fmt: skip
PROCESS, ENDED, SAID = "process", "ended", "said.txt"
"""Files in the folder of a question: the process that answers it, that it ended, what it said."""


class Nursery:
    """Starts fresh processes; what they do lies in folders.

    One is kept by each process that ever wanted one, and ends with it.
    """

    def __init__(self) -> None:
        here = os.environ.get("PYTHONHASHSEED")
        one_thread = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        loaded = [name for name in _LIBRARIES if name in sys.modules]
        start = "from lstmtrader.audit import nursery; nursery.main(sys.argv[1:])"
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {start}", *loaded],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                **dict.fromkeys(one_thread, "1"),
                "PYTHONHASHSEED": next(seed for seed in _HASH_SEEDS if seed != here),
            },
            start_new_session=True,
        )
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        """Whether it can be asked for a process."""
        return self._process.poll() is None

    def fork(self, place: Path) -> None:
        """Have a fresh process call `lstmtrader.audit.answering.answer` on a folder."""
        request = {"place": str(place), "path": sys.path, "cwd": os.getcwd()}  # noqa: PTH109
        pipe = self._process.stdin
        if pipe is None:
            raise BrokenPipeError
        pipe.write(json.dumps(request).encode() + b"\n")
        pipe.flush()

    def close(self) -> None:
        """Kill it, and whatever it forked: they hold nothing that has to be put in order."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        self._process.wait()


_kept: list[Nursery] = []
_lock = threading.Lock()


def nursery() -> Nursery:
    """Return the nursery of this process, started where there is none alive."""
    with _lock:
        if not _kept or not _kept[0].alive:
            _kept[:] = [Nursery()]
        return _kept[0]


def main(libraries: list[str]) -> None:
    """Import libraries, then fork a child for each line of standard input, until that ends."""
    vbt.load()
    for name in libraries:
        importlib.import_module(name)
    children: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        children -= {child for child in children if _is_over(child)}
        children.add(_child(request))
    for child in children:
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)


def _is_over(child: int) -> bool:
    with suppress(ChildProcessError):
        return os.waitpid(child, os.WNOHANG)[0] == child
    return True


def _child(request: dict[str, str]) -> int:
    child = os.fork()
    if child:
        return child
    place = Path(request["place"])
    code = 1
    try:
        said = os.open(place / SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        (place / PROCESS).write_text(str(os.getpid()))
        os.chdir(request["cwd"])
        sys.path[:] = request["path"]
        answer(str(place))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        # Whoever asked may be gone, and the folder with them.
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
            (place / ENDED).write_text(str(code))
        os._exit(code)
