"""Explanations of networks that were never trained: plausible numbers, to be drawn and kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lstmtrader.explain.result import Attribution, Explanation, GateTrace, Memory

FEATURES = ("scaled_return_1", "scaled_return_21", "volatility_20", "macd_8_24")
GATES = {"lstm": ("forget", "input", "output"), "gru": ("reset", "update"), "rnn": ()}
CELLS = ("rnn", "lstm", "gru")


def _squashed(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def explanation(
    *,
    cell: str = "lstm",
    hidden: int = 8,
    lookback: int = 20,
    features: Sequence[str] = FEATURES,
    symbol: str = "AAA",
    n_bars: int = 600,
    older: int = 0,
    zone: str | None = None,
    completeness_error: float = 0.0004,
    notes: tuple[str, ...] = ("Weights of fold 3, member 0 came from the cache.",),
) -> Explanation:
    """Return what might have been found out about one network.

    Parameters
    ----------
    older : int
        Bars before the window that the network read, too.
    zone : str, optional
        Of bars that are hours.
    """
    rng = np.random.default_rng(11)
    tested = (
        pd.bdate_range("2016-01-04", periods=n_bars)
        if zone is None
        else pd.date_range("2016-01-04", periods=n_bars, freq="h", tz=zone)
    )
    index = tested[-lookback:]
    names = GATES.get(cell)
    gates = memory = None
    if names is not None:
        lean = {"forget": 2.2, "update": 1.5}
        made = {
            name: _squashed(
                lean.get(name, -0.4)
                + rng.normal(0, 1.1, hidden)
                + rng.normal(0, 0.6, (lookback, hidden)).cumsum(axis=0) / 3
            ).astype(np.float32)
            for name in names
        }
        close = 100 * np.exp(rng.normal(0, 0.012, lookback).cumsum())
        state = (rng.normal(0, 0.4, (lookback, hidden)).cumsum(axis=0) / 2).astype(np.float32)
        gates = GateTrace(index, close, made, state)
    if cell in ("lstm", "gru"):
        lives = np.exp(rng.normal(1.6, 0.9, hidden))
        middle = np.exp(1.6 + rng.normal(0, 0.05, n_bars).cumsum() / 3)
        memory = Memory(
            by_unit=pd.Series(lives, index=pd.RangeIndex(hidden, name="unit")),
            over_time=pd.DataFrame(
                {"median": middle, "low": middle * 0.6, "high": middle * 1.9}, index=tested
            ),
        )
    lags = pd.RangeIndex(lookback + older, name="lag")
    fades = np.exp(-np.arange(len(lags)) / 5)[:, None]
    values = pd.DataFrame(
        rng.normal(0, 0.02, (len(lags), len(features))) * fades,
        index=lags,
        columns=list(features),
    )
    gap, base = float(values.to_numpy().sum()), 0.0123
    means = np.sort(rng.normal(0.004, 0.006, len(features)))[::-1]
    importance = pd.DataFrame(
        {"mean": means, "deviation": 0.003, "measure": "loss of IC"},
        index=pd.Index(list(features), name="feature"),
    )
    window = np.arange(lookback)
    gradients = pd.DataFrame(
        {name: np.exp(-window / fade) for name, fade in zip(CELLS, (1.2, 9.0, 4.0), strict=True)},
        index=pd.RangeIndex(lookback, name="lag"),
    )
    return Explanation(
        symbol=symbol,
        date=index[-1],
        fold=3,
        member=0,
        cell=cell,
        gates=gates,
        memory=memory,
        attribution=Attribution(
            values, base + gap * (1 + completeness_error), base, completeness_error, 64
        ),
        importance=importance,
        gradients=gradients,
        notes=notes,
    )
