"""What truthful accounts cost, beside a plain call of vectorbt and beside backtesting.py.

1. Daily rebalancing of many symbols with fees and slippage: the plain call simulates and values
   one portfolio; ours keeps the account by its rules, has vectorbt execute it, and reports equity.
   Each runs in a process of its own, in turn; medians of the rounds, peak memory of the process
   less that of one that has only imported and made the prices.
2. The same with more symbols: seconds and memory for each cell.
3. One symbol, against backtesting.py, if it is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from machine import facts

PACKAGES = ("vectorbt", "vectorbt-rust", "numpy", "pandas")
FEES, SLIPPAGE = 0.0002, 0.0001


def market(n_symbols: int, n_bars: int) -> tuple[Any, pd.DataFrame]:
    """Random walks with opens, and new long-only weights on every bar."""
    from lstmtrader.data.synthetic import SyntheticProvider

    prices = SyntheticProvider(n_symbols=n_symbols, n_bars=n_bars, seed=1).fetch()
    drawn = np.random.default_rng(2).random(prices.close.shape)
    weights = drawn / drawn.sum(axis=1, keepdims=True)
    return prices, pd.DataFrame(weights, index=prices.index, columns=list(prices.symbols))


def plain(prices: Any, weights: pd.DataFrame) -> float:
    """What a careful reader of vectorbt's manual would write."""
    import vectorbt

    portfolio = vectorbt.Portfolio.from_orders(
        prices.close,
        size=weights.shift(1),
        size_type="targetpercent",
        price=prices.open,
        val_price=prices.open,
        fees=FEES,
        slippage=SLIPPAGE,
        init_cash=1e6,
        cash_sharing=True,
        group_by=True,
        call_seq="auto",
        engine="rust",
        freq="1D",
    )
    return float(portfolio.value().iloc[-1])


def ours(prices: Any, weights: pd.DataFrame) -> float:
    """The account of this package."""
    from lstmtrader.backtest.costs import Costs
    from lstmtrader.backtest.engine import run_backtest
    from lstmtrader.weights import TargetWeights

    result = run_backtest(prices, TargetWeights(weights), Costs(FEES, SLIPPAGE))
    return float(result.equity.iloc[-1])


def nothing(prices: Any, weights: pd.DataFrame) -> float:
    """The memory that the others are measured against."""
    import vectorbt

    del prices, weights
    return float(len(vectorbt.__version__))


SYSTEMS = {"plain vectorbt": plain, "lstmtrader": ours, "nothing": nothing}


def measure(name: str, n_symbols: int, n_bars: int) -> dict[str, float]:
    """Run one system in a process of its own."""
    words = [sys.executable, __file__, "--one", name, str(n_symbols), str(n_bars)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def one(name: str, n_symbols: int, n_bars: int) -> None:
    """Print seconds, peak memory and final equity of one system; the first call only warms up."""
    system = SYSTEMS[name]
    system(*market(5, 50))
    prices, weights = market(n_symbols, n_bars)
    start = time.perf_counter()
    final = system(prices, weights)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "final": final}))


def compare(n_symbols: int, n_bars: int, rounds: int) -> None:
    """Print one comparison."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in SYSTEMS}
    for _ in range(rounds):
        for name, its in runs.items():
            its.append(measure(name, n_symbols, n_bars))

    def median(name: str, key: str) -> float:
        return statistics.median(run[key] for run in runs[name])

    base = median("nothing", "peak")
    reference = "plain vectorbt"
    cells = n_symbols * n_bars
    print(f"\n{n_symbols} symbols x {n_bars} bars, {cells / 1e6:g} million orders")
    for name in (reference, "lstmtrader"):
        seconds, memory = median(name, "seconds"), median(name, "peak") - base
        print(
            f"{name:<16}{seconds:8.2f} s {seconds / median(reference, 'seconds'):6.2f} x"
            f"{memory:8.0f} MB {memory / (median(reference, 'peak') - base):6.2f} x"
            f"{seconds / cells * 1e9:8.0f} ns a cell   final equity {median(name, 'final'):,.2f}"
        )


def one_symbol(n_bars: int, rounds: int) -> None:
    """Print the comparison with backtesting.py on one symbol."""
    try:
        from backtesting import Backtest, Strategy
    except ImportError:
        print("\none symbol: backtesting.py is not installed")
        return
    prices, _ = market(1, n_bars)
    name = prices.symbols[0]
    table = pd.DataFrame(
        {
            field.capitalize(): getattr(prices, field)[name]
            for field in ("open", "high", "low", "close")
        }
    )
    # In and out, week by week: the same decisions for both.
    wanted = pd.Series((np.arange(n_bars) // 5) % 2 * 0.5, index=prices.index)

    class InAndOut(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            pass

        def next(self) -> None:
            if wanted.iloc[len(self.data) - 1] and not self.position:
                self.buy(size=0.5)
            elif not wanted.iloc[len(self.data) - 1] and self.position:
                self.position.close()

    taken: dict[str, list[float]] = {"backtesting.py": [], "lstmtrader": []}
    for _ in range(rounds):
        start = time.perf_counter()
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
            Backtest(table, InAndOut, cash=1e6, commission=FEES, finalize_trades=True).run()
        taken["backtesting.py"].append(time.perf_counter() - start)
        start = time.perf_counter()
        ours(prices, wanted.where(wanted != wanted.shift(1)).to_frame(name))
        taken["lstmtrader"].append(time.perf_counter() - start)
    print(f"\none symbol x {n_bars} bars, in and out every five bars")
    for system, its in taken.items():
        ratio = statistics.median(its) / statistics.median(taken["lstmtrader"])
        print(f"{system:<16}{statistics.median(its):8.3f} s {ratio:6.2f} x")


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one-symbol", action="store_true", help="only the third comparison")
    options = parser.parse_args()
    if options.one:
        one(options.one[0], int(options.one[1]), int(options.one[2]))
        return
    print(facts(PACKAGES))
    for n_symbols in () if options.one_symbol else (125, 250, 500):
        compare(n_symbols, 5000, options.rounds)
    one_symbol(5000, options.rounds)


if __name__ == "__main__":
    main()
