"""How long the judgement and the report of the quickstart take, once its accounts are there.

Trains the quickstart into a cache (not timed). Then, in one process and round after round: the
backtests of the strategy, its baselines and buy & hold; the judgement (skill, members, costs,
luck) with the ledger of trials; the run folder with its report. Prints seconds, the least and the
median of the rounds; the first round also pays for imports.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from machine import facts

from lstmtrader import Experiment, pipeline
from lstmtrader.pipeline import Fits, forecast_study, trade_study
from lstmtrader.run_folder import RunFolder, save_run
from lstmtrader.walkforward.local import LocalExecutor

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart.yaml"


def main() -> None:
    """Time the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache", type=Path, help="keep the fits there")
    options = parser.parse_args()
    print(facts(("vectorbt", "vectorbt-rust", "arch", "skfolio", "numpy", "pandas")))
    experiment = Experiment.from_yaml(CONFIG)
    with tempfile.TemporaryDirectory() as folder:
        with LocalExecutor() as executor:
            forecasts = forecast_study(experiment, Fits(executor, options.cache or Path(folder)))
        judge, spent = pipeline.judge, [0.0]

        def timed(*arguments: object) -> object:
            begun = time.perf_counter()
            judged = judge(*arguments)  # type: ignore[arg-type]
            spent[0] = time.perf_counter() - begun
            return judged

        pipeline.judge = timed  # type: ignore[assignment]
        rows = []
        for _ in range(options.rounds):
            begun = time.perf_counter()
            run = trade_study(experiment, forecasts)
            traded = time.perf_counter()
            place = RunFolder(Path(folder) / "runs", run.name, run.config_hash)
            save_run(place.path, run)
            written = time.perf_counter() - traded
            rows.append((traded - begun - spent[0], spent[0], written, spent[0] + written))
    for name, column in zip(
        ("backtests", "judgement", "folder and report", "judgement, folder and report"),
        zip(*rows, strict=True),
        strict=True,
    ):
        print(f"{name:<30} {min(column):6.2f} s   {statistics.median(column):6.2f} s")


if __name__ == "__main__":
    main()
