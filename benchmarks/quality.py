"""How well the quality gate tells errors from markets: planted errors, and how long it takes.

Give a long table of clean prices (CSV or Parquet) for real ones; without it the prices are drawn.
Each kind of error is planted, once a stretch of 700 bars, into stretches of different symbols. A
plant is found if its check names one of its rows. A finding of severity error is a false alarm if
the stretch has no error that explains it.

    python benchmarks/quality.py [prices.parquet] [--plants 200]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lstmtrader.data.files.tables import read_table
from lstmtrader.data.quality.gate import CHECKS, Gate
from lstmtrader.data.synthetic import SyntheticProvider
from tests.data.quality.planting import KINDS, PRICES, plant_many

# What a planted error may also be called, with good reason.
ALSO = {
    "nan_run": {"empty_row"},
    # The dates behind the hole are moved by whole weeks, so that holidays fall elsewhere.
    "reused_ticker": {"missing_sessions", "off_calendar", "unadjusted_split", "possible_split"},
    "after_delisting": {"missing_sessions", "off_calendar", "stale"},
}


def clean_prices(path: str | None) -> pd.DataFrame:
    """Real prices without their empty rows, or drawn ones; days as texts."""
    if path is not None:
        table = read_table(Path(path)).dropna(subset=["close"])
        table["date"] = pd.to_datetime(table["date"]).dt.strftime("%Y-%m-%d")
        return table.astype(dict.fromkeys([*PRICES, "volume"], "float64"))
    prices = SyntheticProvider(n_symbols=50, n_bars=2000, clustering=0.9, seed=1).fetch()
    fields = {"open": prices.open, "high": prices.high, "low": prices.low,
              "close": prices.close, "volume": prices.volume}  # fmt: skip
    table = pd.concat({name: frame.stack() for name, frame in fields.items()}, axis=1)
    table = table.rename_axis(["date", "symbol"]).reset_index().sort_values(["symbol", "date"])
    table["adj_close"] = table["close"]
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    return table[["symbol", "date", *PRICES, "volume"]]


def main() -> None:
    """Print one line a kind of error, one a check, and the time for the whole table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prices", nargs="?")
    parser.add_argument("--plants", type=int, default=200)
    arguments = parser.parse_args()
    clean = clean_prices(arguments.prices)
    gate = Gate(calendar="XNYS" if arguments.prices else "24/5")

    begun = time.perf_counter()
    report = gate.inspect(clean)
    seconds = time.perf_counter() - begun
    size = f"{len(clean):,} bars of {clean['symbol'].nunique()} symbols in {seconds:.1f} s"
    print(f"unplanted: {size}; {len(report.errors)} errors, {len(report.warnings)} warnings")

    right = dict.fromkeys([check.name for check in CHECKS], 0)
    wrong = dict.fromkeys(right, 0)
    print(f"\n{'planted':<26}{'check':<20}{'plants':>7}{'found':>7}{'recall':>8}{'false':>7}")
    for number, (name, plant) in enumerate(KINDS.items()):
        rng = np.random.default_rng([7, number])
        table, planted, offsets = plant_many(clean, plant, rng, arguments.plants)
        findings = gate.inspect(table).findings
        rows = {check: set(part["row"]) for check, part in findings.groupby("check")}
        expected = planted[0].check
        found = sum(
            any(offset + row in rows.get(expected, ()) for row in made.rows)
            for made, offset in zip(planted, offsets, strict=True)
        )
        theirs = {offset + row for made, offset in zip(planted, offsets, strict=True)
                  for row in made.rows}  # fmt: skip
        false = 0
        for check, severity, row in findings[["check", "severity", "row"]].itertuples(index=False):
            if check == expected and row in theirs:
                right[check] += 1
            elif check not in ALSO.get(expected, ()):
                wrong[check] += 1
                false += severity == "error"
        share = found / len(planted)
        print(f"{name:<26}{expected:<20}{len(planted):>7}{found:>7}{share:>8.3f}{false:>7}")

    print(f"\n{'check':<20}{'severity':<10}{'right':>7}{'wrong':>7}{'precision':>11}")
    for check in CHECKS:
        total = right[check.name] + wrong[check.name]
        share = f"{right[check.name] / total:.3f}" if total else "-"
        print(f"{check.name:<20}{check.severity.value:<10}{right[check.name]:>7}"
              f"{wrong[check.name]:>7}{share:>11}")  # fmt: skip


if __name__ == "__main__":
    main()
