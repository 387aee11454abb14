"""Tune every system on the same grid, then let each run at the point it does best, in turn."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from peers.fold_data import Array, FoldData
from peers.ours import Ours
from peers.system import System

TOLERANCE = 1.01


@dataclass(frozen=True)
class Point:
    """One learning rate and budget of a system: the mean error, the seconds of all folds."""

    system: System
    rate: float
    budget: int
    seconds: float
    error: float

    def __str__(self) -> str:
        return f"{self.budget} {self.system.unit} at {self.rate:g}"


def tune(system: System, folds: Sequence[FoldData], seeds: Sequence[int]) -> list[Point]:
    """Return a point for every learning rate and budget; means over the seeds.

    lstmtrader gets three times the seeds: near the goal the noise of a few would decide, and it
    still takes the least time of all.
    """
    if isinstance(system, Ours):
        seeds = range(seeds[0], seeds[0] + 3 * len(seeds))
    points, name = [], system.name
    ready = [system.ready(fold) for fold in folds]
    torch.set_num_threads(system.threads)
    for rate in system.rates:
        seconds: dict[int, float] = {}
        errors: dict[int, list[float]] = {}
        for seed in seeds:
            for fold, its in zip(folds, ready, strict=True):
                for stop in system.curve(its, rate, seed):
                    taken = seconds.get(stop.budget, 0.0)
                    seconds[stop.budget] = taken + stop.seconds / len(seeds)
                    errors.setdefault(stop.budget, []).append(fold.error(stop.forecast))
        points += [
            Point(system, rate, budget, seconds[budget], float(np.mean(errors[budget])))
            for budget in sorted(seconds)
        ]
        best = min(points[-len(seconds) :], key=lambda point: point.error)
        print(f"  tuning {name}: {best}: {best.error:.4f}", file=sys.stderr, flush=True)
    return points


def best_threads(system: System, fold: FoldData) -> int:
    """Return how many threads answer a short run soonest, so that none is slowed by ours."""
    if isinstance(system, Ours):
        return 1
    ready, taken = system.ready(fold), {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            system.run(ready, 3e-3, 10, 0)
            times.append(time.perf_counter() - start)
        taken[threads] = min(times)
    return min(taken, key=lambda threads: taken[threads])


def soonest(points: Sequence[Point], goal: float) -> Point:
    """Return the fastest point whose error is within the goal, or else the one nearest to it."""
    reached = [point for point in points if point.error <= goal]
    if reached:
        return min(reached, key=lambda point: point.seconds)
    return min(points, key=lambda point: point.error)


def answer_all(
    point: Point, folds: Sequence[FoldData], ready: Sequence[object], seed: int
) -> list[Array]:
    """Fit and forecast every fold, one after the other, as the system does it by itself."""
    if isinstance(point.system, Ours) and len(folds) > 1:
        return point.system.run_all(folds, point.rate, point.budget, seed)
    return [point.system.run(one, point.rate, point.budget, seed) for one in ready]


def race(
    points: Sequence[Point], folds: Sequence[FoldData], rounds: int
) -> list[tuple[float, float]]:
    """Run the points in turn, `rounds` times with new seeds; median seconds and mean error."""
    ready = [[point.system.ready(fold) for fold in folds] for point in points]
    seconds: list[list[float]] = [[] for _ in points]
    errors: list[list[float]] = [[] for _ in points]
    for number in range(rounds):
        for place, point in enumerate(points):
            torch.set_num_threads(point.system.threads)
            start = time.perf_counter()
            answers = answer_all(point, folds, ready[place], 1000 + number)
            seconds[place].append(time.perf_counter() - start)
            errors[place] += [
                fold.error(answer) for fold, answer in zip(folds, answers, strict=True)
            ]
    return [
        (statistics.median(taken), float(np.mean(error)))
        for taken, error in zip(seconds, errors, strict=True)
    ]
