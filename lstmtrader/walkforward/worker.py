"""A worker process: reads messages from its standard input, answers on its standard output.

Messages are pickles between a process and the children it started itself; nothing that was
stored or came from elsewhere is unpickled.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from lstmtrader.errors import LstmtraderError
from lstmtrader.panel import LabelledPanel
from lstmtrader.walkforward.job import Job, Outcome, Workload, carry_out


def load() -> None:
    """Import what training takes, once for all that is forked, where a model is one to train."""
    if training := sys.modules.get("lstmtrader.models.training.forecaster"):
        training.load()


@dataclass(frozen=True, eq=False)
class Done:
    """A job is done."""

    outcome: Outcome


@dataclass(frozen=True, eq=False)
class Failed:
    """A job, or the start of the worker, ended with an error."""

    error: Exception
    where: str


@dataclass(frozen=True)
class Hello:
    """Say `Ready` once everything heavy is imported."""


@dataclass(frozen=True)
class Ready:
    """The worker, a process of that number, has loaded what it needs."""

    process: int


@dataclass(frozen=True, eq=False)
class Shared:
    """A workload whose arrays lie in files, to be mapped and not copied.

    Parameters
    ----------
    folder : Path
    blob : bytes
        The workload with empty arrays, pickled by value where that is needed.
    """

    folder: Path
    blob: bytes

    @staticmethod
    def write(workload: Workload, folder: Path) -> Shared:
        """Put the arrays of a workload into files."""
        labelled = workload.labelled
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(labelled.panel, name))
        np.save(folder / "target.npy", labelled.target)
        rows = labelled.panel.bars(0, 0)
        empty = LabelledPanel(rows, labelled.target[:, :0], labelled.span)
        blob = cloudpickle.dumps((replace(workload, labelled=empty), labelled.panel.index))
        return Shared(folder, blob)

    def load(self) -> Workload:
        """Map the arrays; all processes that do so share one copy."""
        workload: Workload
        workload, index = cloudpickle.loads(self.blob)
        mapped = {
            name: np.load(self.folder / f"{name}.npy", mmap_mode="r")
            for name in (*_ARRAYS, "target")
        }
        target = mapped.pop("target")
        empty = workload.labelled
        panel = replace(empty.panel, index=index, **mapped)
        return replace(workload, labelled=LabelledPanel(panel, target, empty.span))


_ARRAYS = ("values", "valid", "member", "outcome")


def main() -> None:
    """Serve until standard input ends."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    # What a model prints or reads must not get between questions and answers.
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)

    def say(message: Any) -> None:
        cloudpickle.dump(message, answers)
        answers.flush()

    workload: Workload | None = None
    try:
        while True:
            try:
                message = pickle.load(questions)
            except EOFError:
                return
            try:
                if isinstance(message, Hello):
                    from lstmtrader.models.training import forecaster

                    forecaster.load()
                    say(Ready(os.getpid()))
                elif isinstance(message, Shared):
                    workload = message.load()
                    say(Ready(os.getpid()))
                elif isinstance(message, Job) and workload is not None:
                    ((_, outcome),) = carry_out(workload, [message], say)
                    say(Done(outcome))
            except BrokenPipeError:
                raise
            except Exception as error:
                say(_failed(error))
    except (BrokenPipeError, KeyboardInterrupt):
        # Whoever asked is gone: nobody waits for an answer.
        os._exit(1)


def _end_with_parent(parent: int) -> None:
    """End this process soon after the one that started it, however long the fit may be."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _failed(error: Exception) -> Failed:
    """Pack an error so that it can be unpacked by the parent."""
    where = traceback.format_exc()
    try:
        if isinstance(error, LstmtraderError):
            pickle.loads(cloudpickle.dumps(error))
            return Failed(error, where)
    except Exception:
        return Failed(LstmtraderError(str(error)), where)
    return Failed(RuntimeError(f"{type(error).__name__}: {error}"), where)
