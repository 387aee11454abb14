"""A thousand variants of the quickstart's strategy and costs over one set of forecasts.

Trains the quickstart once into a cache (not timed), then sweeps with everything in the cache, and
trades ten of the variants alone to see that they come out the same to the last bit. Prints the
seconds of the sweep and the memory of all its processes together (proportional set size).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from machine import facts

from lstmtrader.backtest.engine import trade
from lstmtrader.cli.progress import training_progress
from lstmtrader.evaluation.performance import performance
from lstmtrader.experiment import Experiment
from lstmtrader.pipeline import Fits, forecast_study
from lstmtrader.strategy import decide
from lstmtrader.sweep.grid import vary
from lstmtrader.walkforward.local import LocalExecutor

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
AXES = {
    "strategy.params.target_volatility": [round(0.05 + 0.025 * step, 3) for step in range(10)],
    "strategy.params.window": [20, 40, 60, 120, 250],
    "costs.fees": [0.0, 0.0002, 0.0005, 0.001, 0.002],
    "sizing.band": [0.0, 0.001, 0.002, 0.005],
}


class Memory(threading.Thread):
    """Watches the memory of this process and all below it, ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.over = 0.0, False

    def run(self) -> None:
        """Watch until it is over."""
        while not self.over:
            self.peak = max(self.peak, sum(_megabytes(process) for process in _family()))
            time.sleep(0.1)


def _family() -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            parents[int(entry.name)] = int(fields[1])
        except (OSError, ValueError, IndexError):
            continue
    family = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _megabytes(process: int) -> float:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def main() -> None:
    """Sweep and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--cache", type=Path, help="keep the fits there")
    options = parser.parse_args()
    print(facts(("vectorbt", "vectorbt-rust", "numpy", "pandas")))
    experiment = Experiment.from_yaml(CONFIG)
    with tempfile.TemporaryDirectory() as folder:
        cache = options.cache or Path(folder)
        with LocalExecutor(options.workers) as executor:
            forecasts = forecast_study(experiment, Fits(executor, cache))
        memory = Memory()
        memory.start()
        start = time.perf_counter()
        with training_progress(visible=True) as progress:
            found = experiment.sweep(AXES, cache=cache, workers=options.workers, progress=progress)
        seconds = time.perf_counter() - start
        memory.over = True
    prices, forecast = forecasts.prices, forecasts.forecast
    bars = prices.n_bars - prices.index.get_loc(forecast.index[0])
    cells = len(found.table) * bars * len(prices.symbols)
    print(
        f"{len(found.table)} variants x {bars} bars x {len(prices.symbols)} symbols = "
        f"{cells / 1e6:.0f} million cells: {seconds:.1f} s, {memory.peak:.0f} MB at the peak"
    )
    variants = vary(experiment, AXES)
    picked = np.random.default_rng().choice(len(variants), 10, replace=False)
    for number in picked:
        study = variants[number].study
        alone = performance(trade(prices, decide(study.strategy, forecast, prices), study.terms))
        swept = found.table.loc[number, list(alone)].to_dict()
        if alone != swept:
            raise SystemExit(f"variant {number} alone: {alone}; in the sweep: {swept}")
    print(f"ten of them alone ({', '.join(map(str, sorted(picked)))}): the same to the last bit")
    print(f"Sharpe ratio: {found.spread().round(2).to_dict()}; break-even {found.break_even:.4f}")


if __name__ == "__main__":
    main()
