"""LocalExecutor: one fit at a time in each of several worker processes of this machine."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from lstmtrader.bounds import at_least
from lstmtrader.errors import ConfigError, TrainingError
from lstmtrader.progress import Progress, Step
from lstmtrader.walkforward.executor import InProcess
from lstmtrader.walkforward.job import Job, Outcome, Workload
from lstmtrader.walkforward.pool import Worker
from lstmtrader.walkforward.worker import Done, Failed, Shared

_TRIES = 3


class LocalExecutor:
    """Spreads jobs over worker processes of one thread each; see `Executor`.

    One thread a process is the fastest way to train small recurrent networks: a second thread
    gains nothing inside one fit, a second fit gains a whole core. The workers are started once
    and stay until `close`. Until the first of them is ready the jobs are done here, so that a
    short evaluation does not wait for them. A job whose worker is killed goes to another one.
    Models that train on a GPU want ``workers=1``.

    Parameters
    ----------
    workers : int, optional
        How many; None for the environment variable ``LSTMTRADER_WORKERS``, and without that for
        the number of cores this process may use. With 1, everything is done in this process.

    Examples
    --------
    >>> from lstmtrader import Experiment
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=2, n_bars=2100, seed=1).fetch()
    >>> model = "model={target: lstmtrader.models:AlwaysLong}"
    >>> short = [model, "members=1", "baselines=[]", "walk_forward.test=500"]
    >>> experiment = Experiment.from_yaml("configs/quickstart.yaml", short).on(prices)
    >>> with LocalExecutor(workers=1) as executor:
    ...     run = experiment.run(executor=executor)
    >>> run.n_fits
    1
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = default_workers() if workers is None else workers
        at_least(1, workers=self.workers)
        self._pool: list[Worker] = []

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self, *, wait: bool = False) -> None:
        """Start the workers now rather than with the first jobs, and wait for them if asked."""
        self._start(self.workers)
        if wait:
            for worker in self._pool:
                worker.greet()

    def _start(self, wanted: int) -> None:
        while self.workers > 1 and len(self._pool) < wanted:
            self._pool.append(Worker())

    def close(self) -> None:
        """End all workers."""
        for worker in self._pool:
            worker.end()
        self._pool.clear()

    def carry_out(
        self, workload: Workload, jobs: Sequence[Job], progress: Progress, /
    ) -> Generator[tuple[Job, Outcome], None, None]:
        """See `Executor`."""
        if self.workers == 1 or len(jobs) < 2:
            yield from InProcess().carry_out(workload, jobs, progress)
            return
        self._start(min(self.workers, len(jobs)))
        with _shared_folder() as folder:
            shared = Shared.write(workload, folder)
            round_ = _Round(jobs, shared)
            lend_a_hand = not any(worker.warm for worker in self._pool)
            round_.hand_out(self._pool)
            try:
                yield from round_.collect(workload, progress, lend_a_hand=lend_a_hand)
            except BaseException:
                # Whatever ended this ends the fits that go on, too.
                round_.stopped.set()
                self.close()
                raise
            finally:
                round_.stopped.set()


class _Round:
    """One call's jobs on their way to the workers and back."""

    def __init__(self, jobs: Sequence[Job], shared: Shared) -> None:
        self.shared = shared
        self.n_jobs = len(jobs)
        self.waiting = deque(jobs)
        self.tries: dict[int, int] = {}
        self.events: queue.Queue[Any] = queue.Queue()
        self.ready = threading.Event()
        self.stopped = threading.Event()

    def hand_out(self, pool: Sequence[Worker]) -> None:
        """Let a thread for each worker take jobs and bring outcomes back."""
        for worker in pool:
            threading.Thread(target=self._serve, args=(worker,), daemon=True).start()

    def collect(
        self, workload: Workload, progress: Progress, *, lend_a_hand: bool
    ) -> Iterator[tuple[Job, Outcome]]:
        """Yield outcomes until all are there; do jobs here until a worker is ready, if asked."""
        done = 0
        while done < self.n_jobs:
            helping = lend_a_hand and not self.ready.is_set()
            job = self._next_job() if helping else None
            if job is not None:
                for result in InProcess().carry_out(workload, [job], progress):
                    done += 1
                    yield result
            while done < self.n_jobs and (not helping or not self.events.empty()):
                event = self.events.get()
                if isinstance(event, Step):
                    progress(event)
                elif isinstance(event, BaseException):
                    raise event
                else:
                    done += 1
                    yield event

    def _next_job(self) -> Job | None:
        try:
            return self.waiting.popleft()
        except IndexError:
            return None

    def _serve(self, worker: Worker) -> None:
        # The thread of an earlier round may still be waiting for this worker's first answer.
        try:
            with worker.lock:
                self._load(worker)
                while not self.stopped.is_set() and (job := self._next_job()) is not None:
                    outcome = self._ask(worker, job)
                    if outcome is not None:
                        self.events.put((job, outcome))
        except Exception as error:
            self.ready.set()
            self.events.put(error)

    def _load(self, worker: Worker) -> None:
        """Give a worker the workload, or another one where it died meanwhile."""
        for _ in range(_TRIES):
            answer = worker.ask(self.shared, self.events.put)
            if isinstance(answer, Failed):
                raise answer.error
            worker.warm = answer is not None
            if answer is not None or self.stopped.is_set():
                self.ready.set()
                return
            worker.restart()
        raise TrainingError(
            f"{_TRIES} worker processes ended before their first fit; with workers=1 everything is "
            "done in one process"
        )

    def _ask(self, worker: Worker, job: Job) -> Outcome | None:
        """Have a job done; where the worker dies, put it back and start another worker."""
        answer = worker.ask(job, self.events.put)
        if isinstance(answer, Done):
            return answer.outcome
        if isinstance(answer, Failed):
            answer.error.add_note(f"in a worker process:\n{answer.where}")
            raise answer.error
        if self.stopped.is_set():
            return None
        self.tries[id(job)] = self.tries.get(id(job), 0) + 1
        if self.tries[id(job)] == _TRIES:
            raise TrainingError(
                f"{job.label}: its worker process was killed {_TRIES} times (is there enough "
                "memory? fewer workers need less)"
            )
        self.waiting.append(job)
        worker.restart()
        self._load(worker)
        return None


def default_workers() -> int:
    """Return ``LSTMTRADER_WORKERS``, or else the number of cores this process may use."""
    wanted = os.environ.get("LSTMTRADER_WORKERS")
    if wanted:
        if not wanted.isdigit():
            raise ConfigError(f"LSTMTRADER_WORKERS: expected a whole number; got {wanted!r}")
        return int(wanted)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


@contextlib.contextmanager
def _shared_folder() -> Iterator[Path]:
    """A temporary folder; those that killed processes left behind are removed first."""
    stem = "lstmtrader-"
    if os.name == "posix":
        for old in Path(tempfile.gettempdir()).glob(f"{stem}*-panel-*"):
            owner = old.name.removeprefix(stem).partition("-")[0]
            if owner.isdigit() and not _alive(int(owner)):
                shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=f"{stem}{os.getpid()}-panel-", ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
