"""Worker processes as their parent sees them: the pipes to them, and what to do when one dies."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import cloudpickle

from lstmtrader.nursery.beginning import begin
from lstmtrader.walkforward.worker import Done, Failed, Hello, Ready

Answer = Ready | Done | Failed


class Worker:
    """One worker after the other: where a process died, another takes its place.

    Attributes
    ----------
    lock : Lock
        Held by the thread that asks: one question at a time.
    warm : bool
        Whether its process has answered yet.
    process : int or None
        The number of that process, once it has answered.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.start()

    def start(self) -> None:
        """Start a process, and do not wait for it."""
        self.warm = False
        self.process: int | None = None
        self._link = _Link()

    def greet(self) -> None:
        """Wait until the process has imported everything."""
        with self.lock:
            self.warm = self.ask(Hello(), lambda _: None) is not None

    def ask(self, message: Any, hear: Callable[[Any], None]) -> Answer | None:
        """Send a message and wait for the answer; None if the process died."""
        answer = self._link.ask(message, hear)
        if isinstance(answer, Ready):
            self.process = answer.process
        return answer

    def restart(self) -> None:
        """Take the place of a process that died."""
        self.end()
        self.start()

    def end(self) -> None:
        """Kill the process: it holds nothing that has to be put in order."""
        self._link.end()


class _Link:
    """A process that runs `lstmtrader.walkforward.worker`, and the pipes to it and back."""

    def __init__(self) -> None:
        hears, asks = os.pipe()
        answers, says = os.pipe()
        self._asks, self._answers = os.fdopen(asks, "wb"), os.fdopen(answers, "rb")
        self._busy, self._over = threading.Lock(), False
        try:
            self._fresh = begin(
                "lstmtrader.walkforward.worker:main",
                streams=(hears, says, 2),
                libraries=("lstmtrader.walkforward.worker:load",),
            )
        finally:
            os.close(hears)
            os.close(says)

    def ask(self, message: Any, hear: Callable[[Any], None]) -> Answer | None:
        try:
            with self._busy, suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
                cloudpickle.dump(message, self._asks)
                self._asks.flush()
                while True:
                    answer = pickle.load(self._answers)
                    if isinstance(answer, Ready | Done | Failed):
                        return answer
                    hear(answer)
            return None
        finally:
            if self._over:
                self._close()

    def end(self) -> None:
        self._over = True
        self._fresh.kill()
        self._close()

    def _close(self) -> None:
        """Close the pipes; where a thread still reads from them, it will."""
        if self._busy.acquire(blocking=False):
            for pipe in (self._asks, self._answers):
                with suppress(OSError):
                    pipe.close()
            self._busy.release()
