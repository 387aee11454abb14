"""How long refits take until they forecast as well as NeuralForecast and Darts ever do.

The question of ``configs/volatility.yaml``: the volatility of the next five days of 20 stocks,
from six features; lookback 60, one LSTM layer of 64, mean squared error, 1,000 training days and
250 test days a fold, labels purged between them. Everybody gets the same standardised numbers
and the same grid of learning rates and budgets, and in addition is tried at its own defaults for
everything that the question leaves open.

1. Tuning: each system trains at every learning rate, with several seeds, and is asked for its mean
   out-of-sample error at every budget: with one seed, the luckiest would set a goal that nobody
   reaches again. The goal is 1.01 times the lowest error that any peer has anywhere on its grid.
2. Race: each system at its fastest learning rate and budget within the goal (at its lowest error
   if it has none), in turn, with new seeds, through its public calls; medians of the rounds.

Errors are mean squared errors in units of the variance of the training labels. A peer gets one or
two threads, whichever is faster; lstmtrader gets one for one fold, and for ten two worker
processes of one thread each. Its second row starts the head of the network at random weights, as
the peers do, instead of at least squares.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from machine import facts
from peers.bare_loop import BareLoop
from peers.darts_lstm import DartsLSTM
from peers.fold_data import FoldData, ask, cut
from peers.neuralforecast_lstm import NeuralForecastLSTM
from peers.ours import Ours
from peers.race import TOLERANCE, Point, best_threads, race, soonest, tune
from peers.system import System, hush

from lstmtrader.walkforward.local import LocalExecutor

ONE_FOLD = 5  # of the ten: test from April 2017, a year without a crisis
PACKAGES = ("torch", "pytorch-lightning", "neuralforecast", "darts", "pandas", "numpy")


def equal_times(points: dict[str, list[Point]], n_folds: int) -> None:
    """Print the lowest error of each system within the same time."""
    limits = [seconds * n_folds for seconds in (0.15, 0.25, 0.5, 1, 2, 4, 8)]
    print("\nlowest error within     " + "".join(f"{seconds:8g} s" for seconds in limits))
    for name, its in points.items():
        cells = []
        for limit in limits:
            errors = [point.error for point in its if point.seconds <= limit]
            cells.append(f"{min(errors):10.4f}" if errors else "         -")
        print(f"{name:<24}" + "".join(cells))


def compare(
    folds: Sequence[FoldData],
    systems: Sequence[System],
    seeds: Sequence[int],
    rounds: int,
    goal: float | None,
    known: Mapping[str, Point] | None = None,
) -> float:
    """Tune, race and print one comparison; return the goal.

    Systems whose point is known from an earlier tuning are not tuned again.
    """
    known = known or {}
    points = {
        system.name: [replace(known[system.name], system=system)]
        if system.name in known
        else tune(system, folds, seeds)
        for system in systems
    }
    peers = [
        point for its in points.values() for point in its if not isinstance(point.system, Ours)
    ]
    if goal is None:
        goal = TOLERANCE * min(point.error for point in peers)
    chosen = [soonest(its, goal) for its in points.values()]
    results = race(chosen, folds, rounds)
    best = min(
        error
        for point, (_, error) in zip(chosen, results, strict=True)
        if not isinstance(point.system, Ours)
    )
    print(f"goal in tuning: error <= {goal:.4f}; lowest error of a peer in the race: {best:.4f}\n")
    print(f"{'':<18}{'threads':>8}{'at':>22}{'seconds':>9}{'ratio':>8}{'error':>8}{'/ best':>8}")
    ours = results[0][0]
    for point, (seconds, error) in zip(chosen, results, strict=True):
        missed = "  goal not reached in tuning" if point.error > goal else ""
        print(
            f"{point.system.name:<18}{point.system.threads:>8}{point!s:>22}{seconds:9.3f}"
            f"{seconds / ours:8.1f}{error:8.4f}{error / best:8.3f}{missed}"
        )
    equal_times(points, len(folds))
    return goal


def known(texts: Sequence[str]) -> dict[str, Point]:
    """Read points such as ``Darts=35@0.01``."""
    points = {}
    for text in texts:
        name, _, at = text.partition("=")
        budget, _, rate = at.partition("@")
        points[name] = Point(BareLoop(), float(rate), int(budget), math.nan, math.nan)
    return points


def main() -> None:
    """Compare on one fold and on ten, tuned and at the defaults."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--folds", type=int, nargs="*", default=[1, 10], help="1, 10 or both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3, help="of the tuning")
    parser.add_argument("--no-defaults", action="store_true")
    parser.add_argument("--goal", type=float, help="of an earlier tuning, with --at")
    parser.add_argument(
        "--at", nargs="*", default=[], metavar="PEER=BUDGET@RATE", help="of an earlier tuning"
    )
    options = parser.parse_args()
    hush()
    print(facts(PACKAGES))
    question = ask()
    all_folds = [cut(question, fold) for fold in question.folds]
    one = all_folds[ONE_FOLD]
    executor = LocalExecutor(2)
    executor.start(wait=True)  # like the imports of the others, outside the account
    plain = Ours(random_head=True, name="  with a random head", executor=executor)
    tuned: list[System] = [Ours(executor=executor), plain]
    default: list[System] = [Ours(defaults=True)]
    for peer in (NeuralForecastLSTM(), DartsLSTM(), BareLoop()):
        threads = best_threads(peer, one)
        tuned.append(replace(peer, threads=threads))
        if not isinstance(peer, BareLoop):
            default.append(replace(peer, threads=threads, defaults=True))
    for number in options.folds:
        folds = [one] if number == 1 else all_folds[-number:]
        seeds = range(1, 1 + options.seeds)
        print(f"\n== {number} fold{'s' if number > 1 else ''}, each at its best")
        goal = compare(folds, tuned, seeds, options.rounds, options.goal, known(options.at))
        if not options.no_defaults and number == 1:
            print("\n== 1 fold, each at its defaults, to the same goal")
            compare(folds, default, seeds, options.rounds, goal)
    executor.close()


if __name__ == "__main__":
    main()
