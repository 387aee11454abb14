"""The gates along one window, and the memory that they make over a test slice."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import torch

from lstmtrader.explain.cells import activations
from lstmtrader.explain.reading import Reading
from lstmtrader.explain.result import GateTrace, Memory
from lstmtrader.models.training.windows import passes

_NEARLY_ONE = 1 - 1e-12  # a gate that is open to the last bit still has a logarithm


def trace_gates(reading: Reading, symbol: int, bar: int, close: np.ndarray) -> GateTrace | None:
    """Gates and state of the last recurrent layer on the last `lookback` bars of a forecast.

    Parameters
    ----------
    reading : Reading
    symbol, bar : int
        Positions in ``reading.context``.
    close : array of shape (n_bars,)
        Closes of the symbol on the bars of ``reading.context``.
    """
    rows = reading.stream(symbol, bar)
    found = activations(reading.network, reading.inputs[rows.start : rows.stop][None])
    if found is None:
        return None
    shown = slice(bar - reading.lookback + 1, bar + 1)
    return GateTrace(
        index=reading.context.index[shown],
        close=np.asarray(close, dtype=np.float64)[shown],
        gates={
            name: gate[0, -reading.lookback :].double().numpy()
            for name, gate in found.gates.items()
        },
        state=found.state[0, -reading.lookback :].double().numpy(),
    )


def remember(reading: Reading) -> Memory | None:
    """Half-lives from the forget gates on all test bars; None without such a gate."""
    n_symbols, n_bars = reading.context.valid.shape
    logs: np.ndarray | None = None
    parts = passes(reading.context.valid, reading.lookback, dense=reading.dense)
    for bars, answered in parts:
        found = activations(reading.network, reading.inputs[torch.from_numpy(bars)])
        if found is None or found.keep is None:
            return None
        steps = answered.shape[1]
        kept = found.gates[found.keep][:, -steps:].double().numpy()[answered]
        if logs is None:
            logs = np.full((n_symbols * n_bars, kept.shape[1]), np.nan)
        logs[bars[:, -steps:][answered]] = np.log(np.minimum(kept, _NEARLY_ONE))
    if logs is None:
        return None
    symbols, ends = reading.ends()
    on_test = logs[symbols * n_bars + ends]
    by_unit = pd.Series(_half_life(on_test.mean(axis=0)), name="half_life")
    by_unit.index.name = "unit"
    present, row = np.unique(ends, return_inverse=True)
    total = np.zeros((len(present), on_test.shape[1]))
    np.add.at(total, row, on_test)
    lives = _half_life(total / np.bincount(row)[:, None])
    low, median, high = np.quantile(lives, [0.25, 0.5, 0.75], axis=1)
    over_time = pd.DataFrame(
        {"median": median, "low": low, "high": high}, index=reading.context.index[present]
    )
    return Memory(by_unit, over_time)


def _half_life(log_kept: np.ndarray) -> np.ndarray:
    lives: np.ndarray = math.log(0.5) / log_kept
    return lives
