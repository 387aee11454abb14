"""A published LSTM strategy beside the same strategy here, before and after costs, by period.

Fischer, T. and Krauss, C. (2018), Deep learning with long short-term memory networks for financial
market predictions, European Journal of Operational Research, 270(2), 654-669, run by
``configs/fischer_krauss_2018.yaml``: trained twice, for orders filled at the close that the
forecast was made from, as in the paper, and at the next one. How to hand over a history of index
membership (``--set prices.universe...``) is said there.

    python benchmarks/fischer_krauss.py [stocks.parquet] [--set key=value]

The prices are ``us_stocks_1999_2022.parquet`` in the folder ``LSTMTRADER_SHARED_DATA``, by default
``shared/data`` beside the repository. Returns are those of the paper: of a dollar bought and a
dollar sold short, so twice those of an account that holds half of its money on each side.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader import Experiment
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Execution
from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Step
from lstmtrader.run import Run
from lstmtrader.weights import TargetWeights

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "configs" / "fischer_krauss_2018.yaml"
SIDES = 2.0  # dollars at work for each dollar of the paper's return
CLOCKS = {
    Execution.SAME_CLOSE: "the paper's: filled at the close just seen, which nobody can trade",
    Execution.NEXT_CLOSE: "filled at the next close, and trained for that",
}


@dataclass(frozen=True)
class Period:
    """A stretch of years and what the paper says of it; its last one ended in October 2015."""

    name: str
    first: str
    last: str
    paper: str


# Figures from the paper's abstract, except the return after costs: 0.46 less four half-turns.
PERIODS = (
    Period("2001-2009", "2001-01-01", "2009-12-31", "no figure; ahead of the market"),
    Period("2010-10/2015", "2010-01-01", "2015-10-31", "no figure; about 0 after costs"),
    Period("11/2015-2022", "2015-11-01", "2022-12-31", "not covered"),
    Period("all", "1900-01-01", "2100-01-01", "none for these years"),
)
PAPER = """\
The paper, S&P 500 members, Dec 1992 - Oct 2015, 10 long and 10 short:
  0.46 % a day before costs, Sharpe ratio 5.8; 0.26 % after 5 bp per half-turn (four a day)
  ahead of the market until 2009; about zero after costs from 2010 on (no figures taken over)"""
NOTES = """\
A day's return is that of a dollar long and a dollar short; Sharpe ratios are against a rate of
zero, annualised by {per_year} days; t is of the mean return after costs. Here costs are charged
on what is traded, not on four half-turns a day. Borrowing fees and market impact are not in it.
Universe: {here} of the {all} stocks are still traded on the last day, {last:%Y-%m-%d}: survivors,
chosen with hindsight, unlike the paper's index members. Those that failed are missing, and
"bought what had fallen" looks the better for it. {young} were listed after {first:%Y-%m}. Trading
begins on {start:%Y-%m-%d}, after the 750 days of the first fold: 2001 and 2002 are not in it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and trade by both clocks and print what came of it."""
    options = _options(arguments)
    print(PAPER)
    for execution, words in CLOCKS.items():
        settings = [
            f"prices.provider.params.path={options.prices}",
            f"execution={execution}",
            *options.set,
        ]
        experiment = Experiment.from_yaml(options.config, settings)
        start = time.perf_counter()
        run = experiment.run(progress=_show)
        took = time.perf_counter() - start
        prices = experiment.prices.fetch()
        free = run_backtest(prices, TargetWeights(run.weights), Costs(0.0, 0.0), execution)
        print(f"\n{execution}: {words}")
        print(_table(run, free))
        print(_effort(run, took))
    print("\n" + _notes(prices, run))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    beside = Path(os.environ.get("LSTMTRADER_SHARED_DATA", ROOT.parent / "shared" / "data"))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("prices", nargs="?", default=beside / "us_stocks_1999_2022.parquet")
    parser.add_argument("--config", default=CONFIG)
    parser.add_argument("--set", action="append", default=[], help="such as members=5")
    return parser.parse_args(arguments)


def _show(step: Step) -> None:
    if step.stage == "fit":
        print(f"\r{step.done} of {step.of} fits", end="\r", file=sys.stderr, flush=True)


def _table(run: Run, free: BacktestResult) -> str:
    """Lay out one line a period."""
    head = (
        f"{'':14}{'before costs':>16}{'after costs':>16}{'':>7}{'traded':>8}{'stocks held':>15}\n"
        f"{'':14}{'% a day  Sharpe':>16}{'% a day  Sharpe':>16}{'t':>7}{'a day':>8}"
        f"{'% a day  Sharpe':>17}  {'days':>5}  the paper"
    )
    return "\n".join([head, *_lines(run, free)])


def _lines(run: Run, free: BacktestResult) -> Iterator[str]:
    before, after = SIDES * free.returns, SIDES * run.result.returns
    traded, market = SIDES * run.result.turnover, run.benchmark.returns
    for period in PERIODS:
        span = slice(period.first, period.last)
        if after[span].empty:
            continue
        yield (
            f"{period.name:14}{_pair(before[span], run)}{_pair(after[span], run)}"
            f"{_t(after[span]):7.1f}{traded[span].mean():8.2f} {_pair(market[span], run)}"
            f"  {len(after[span]):5}  {period.paper}"
        )


def _pair(returns: pd.Series, run: Run) -> str:
    sharpe = sharpe_ratio(returns, run.result.periods_per_year)
    return f"{100 * returns.mean():8.3f}{sharpe:8.2f}"


def _t(returns: pd.Series) -> float:
    return float(returns.mean() / returns.std(ddof=1) * math.sqrt(len(returns)))


def _effort(run: Run, took: float) -> str:
    said = run.forecast.mean.to_numpy() > 0.5
    came = run.outcome.to_numpy()
    known = np.isfinite(came) & run.forecast.mean.notna().to_numpy()
    right = (said == (came > 0.5))[known].mean()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"{len(run.folds)} folds in {took:.0f} s, best epoch {run.folds['epochs'].mean():.1f} on "
        f"average, at most {memory:.1f} GiB; {100 * right:.2f} % of {known.sum():,} forecasts on "
        "the right side of the median"
    )


def _notes(prices: PriceFrame, run: Run) -> str:
    return NOTES.format(
        per_year=run.result.periods_per_year,
        here=int(prices.close.iloc[-1].notna().sum()),
        all=len(prices.symbols),
        last=prices.index[-1],
        first=prices.index[0],
        young=int(prices.close.iloc[0].isna().sum()),
        start=run.forecast.index[0],
    )


if __name__ == "__main__":
    main()
