"""How much memory training takes when the lookback grows.

410 stocks, 22 years of daily bars, the six features of ``configs/volatility.yaml``. For each
lookback a fresh process trains one epoch on all of it and forecasts all of it; printed is its peak
resident memory after training, and after both: a forecast may hold more than training and hide
how that grows. Windows that were copied out would need ``lookback`` times the panel.

The bars are ``us_stocks_1999_2022.parquet`` in the folder ``LSTMTRADER_SHARED_DATA``, by default
``shared/data`` beside the repository; where there is none, random features of the same shape.
Linux only: it reads the peak from ``/proc``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

BARS_A_SYMBOL, SYMBOLS = 5556, 410
LOOKBACKS = (120, 240, 480)


def prepare(file: Path) -> str:
    """Write features, masks and labels to a file; return what they are."""
    from lstmtrader import Experiment, PriceFrame
    from lstmtrader.features.assemble import build_panel

    root = Path(__file__).resolve().parents[1]
    shared = Path(os.environ.get("LSTMTRADER_SHARED_DATA", root.parent / "shared" / "data"))
    bars = shared / "us_stocks_1999_2022.parquet"
    if bars.exists():
        table = pd.read_parquet(bars).set_index(["date", "symbol"])
        names = ("open", "high", "low", "close", "volume")
        prices = PriceFrame(**{name: table[name].astype("float64").unstack() for name in names})
        settings = Experiment.from_yaml(root / "configs" / "volatility.yaml")
        labelled = build_panel(prices, settings.features, settings.target, settings.execution)
        values, valid, label = labelled.panel.values, labelled.panel.valid, labelled.target
        what = bars.name
    else:
        random = np.random.default_rng(1)
        values = random.standard_normal((SYMBOLS, BARS_A_SYMBOL, 6), dtype=np.float32)
        valid = np.ones(values.shape[:2], dtype=bool)
        label = random.standard_normal(values.shape[:2], dtype=np.float32)
        what = "random features"
    np.savez(file, values=values, valid=valid, label=label)
    megabytes = values.nbytes / 1e6
    return f"{what}: {len(values)} symbols, {values.shape[1]} bars, panel {megabytes:.0f} MB"


def resident(key: str) -> float:
    """Megabytes of this process: ``VmRSS`` now, ``VmHWM`` at its peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit(f"/proc/self/status has no {key}")


def child(file: Path, lookback: int) -> None:
    """Train one epoch, forecast, print memory before, at the peak of training and of all."""
    from lstmtrader.forecast import ForecastKind
    from lstmtrader.models import RecurrentForecaster
    from lstmtrader.models.forecaster import FitTask
    from lstmtrader.models.training.settings import Network, Training
    from lstmtrader.panel import LabelledPanel, Panel

    with np.load(file) as stored:
        values, valid, label = stored["values"], stored["valid"], stored["label"]
    index = pd.date_range("2000-01-01", periods=values.shape[1], freq="D")
    symbols = tuple(f"S{i}" for i in range(len(values)))
    features = tuple(f"x{i}" for i in range(values.shape[2]))
    outcome = np.full_like(label, np.nan)
    panel = Panel(values, valid, np.ones_like(valid), outcome, index, symbols, features)
    task = FitTask(LabelledPanel(panel, label, 1), None, ForecastKind.LOG_VOLATILITY, 1)
    before = resident("VmRSS")
    model = RecurrentForecaster(
        lookback, Network(hidden=32), training=Training(steps=60, epochs=1, patience=1)
    )
    (fitted,) = model.fit_many([task])
    trained = resident("VmHWM")
    fitted.predict(panel)
    print(before, trained, resident("VmHWM"))


def main() -> None:
    """Run a process for each lookback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(Path(options.child[0]), int(options.child[1]))
        return
    from machine import facts

    print(facts(("torch", "pytorch-lightning")))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "panel.npz")
        print(prepare(file))
        print(f"\n{'lookback':>8}{'before':>12}{'training':>12}{'':>9}{'and forecast':>14}")
        last: list[float] = []
        for lookback in LOOKBACKS:
            command = [sys.executable, __file__, "--child", str(file), str(lookback)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            before, *peaks = (float(word) for word in answer.split()[-3:])
            grown = [f"{now / then - 1:+9.1%}" for now, then in zip(peaks, last, strict=False)]
            grown = grown or [" " * 9] * 2
            print(
                f"{lookback:>8}{before:9.0f} MB{peaks[0]:9.0f} MB{grown[0]}"
                f"{peaks[1]:11.0f} MB{grown[1]}",
                flush=True,
            )
            last = peaks
        print("In per cent: against half the lookback. The goal is less than 10 % in both columns.")


if __name__ == "__main__":
    main()
