"""Who carries out the jobs: the seam between walking forward and the machines it runs on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from lstmtrader.progress import Progress
from lstmtrader.walkforward.job import Job, Outcome, Workload, carry_out


@runtime_checkable
class Executor(Protocol):
    """Carries out jobs, in any order and any number at a time.

    A job is a pure function of itself and the workload: whoever does it, the bytes are the same.
    """

    def carry_out(
        self, workload: Workload, jobs: Sequence[Job], progress: Progress, /
    ) -> Generator[tuple[Job, Outcome], None, None]:
        """Yield each job with its outcome as soon as it is there.

        The first error of a job is raised here, and ends the rest. So does closing the iterator.
        """
        ...


@dataclass(frozen=True)
class InProcess:
    """Does the jobs here, a batch after the other.

    Parameters
    ----------
    together : int
        Jobs handed to one call of `Forecaster.fit_many`, for models that fit several at once.
    """

    together: int = 1

    def carry_out(
        self, workload: Workload, jobs: Sequence[Job], progress: Progress, /
    ) -> Generator[tuple[Job, Outcome], None, None]:
        """See `Executor`."""
        for at in range(0, len(jobs), self.together):
            yield from carry_out(workload, jobs[at : at + self.together], progress)
