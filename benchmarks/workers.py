"""One worker process against two: the ten refits of ``walkforward_vs_peers.py``, in turn; medians.

The two workers are started before, as they are for every evaluation after the first; how long that
takes the first time, when a nursery must import the libraries, and how long afterwards.
"""

from __future__ import annotations

import statistics
import time

from machine import facts
from peers.fold_data import ask
from peers.ours import Ours

from lstmtrader.walkforward.engine import walk_forward
from lstmtrader.walkforward.local import LocalExecutor

ROUNDS, EPOCHS = 5, 4


def main() -> None:
    """Race one against two."""
    print(facts(("torch", "pytorch-lightning")))
    question, model = ask(), Ours().forecaster(3e-3, EPOCHS)
    taken: dict[int, list[float]] = {1: [], 2: []}
    first, again = _started(), statistics.median(_started() for _ in range(ROUNDS))
    print(f"starting two workers {first:8.2f} s   {first / again:.0f} x again")
    print(f"starting them again  {again:8.2f} s")
    with LocalExecutor(1) as one, LocalExecutor(2) as two:
        two.start(wait=True)
        for number in range(ROUNDS + 1):
            said = []
            for workers, executor in ((1, one), (2, two)):
                start = time.perf_counter()
                answers = list(
                    walk_forward(
                        question.labelled, question.folds, model, question.kind, executor=executor
                    )
                )
                if number:  # the first round warms up
                    taken[workers].append(time.perf_counter() - start)
                said.append([answer.forecast.members.tobytes() for answer in answers])
            if said[0] != said[1]:
                raise SystemExit("the bytes of one and two workers differ")
    median = {workers: statistics.median(seconds) for workers, seconds in taken.items()}
    for workers, seconds in median.items():
        print(f"workers: {workers}         {seconds:8.2f} s   {median[1] / seconds:.2f} x one")


def _started() -> float:
    start = time.perf_counter()
    with LocalExecutor(2) as two:
        two.start(wait=True)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
