"""Single bars changed, many at once: a leak that shows on a few days only is found this way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.movement import movement, rounding, spread
from lstmtrader.audit.perturbation import How, changed, changed_on
from lstmtrader.audit.refusals import Refusals
from lstmtrader.audit.subject import Subject

_ROUNDS = {"quick": 5, "full": 24}
_TRIED = {"quick": 3, "full": 8}
_AHEAD = 6
"""Bars before a changed one that are looked at: the usual leak is of one."""


def probe_single_bars(subject: Subject) -> ProbeResult:
    """Change single bars that lie further apart than a feature looks back.

    A row may move if a changed bar lies in its lookback. Rows that move without are suspects: a
    feature may have a longer memory than it says, or know what comes. Whether it does is tried by
    changing nothing but what comes after the suspect.
    """
    found: list[Finding] = []
    refused = Refusals()
    for feature in subject.study.features:
        name = f"feature {feature.name}"
        with refused.of(name, "single bars changed"):
            found += _tried(feature, subject)
    return ProbeResult(
        "future: single bars",
        f"single bars changed in {_ROUNDS[subject.level]} rounds; rows that moved without reason "
        "tried again one by one",
        tuple(found),
        notes=refused.notes,
        unjudged=refused.unjudged,
    )


def _tried(feature: Any, subject: Subject) -> list[Finding]:
    prices, level = subject.prices, subject.level
    before = feature(prices)
    apart = feature.lookback + _AHEAD
    rng = np.random.default_rng(feature.lookback)
    suspects: dict[int, tuple[int, float]] = {}
    for first in rng.choice(apart, min(_ROUNDS[level], apart), replace=False):
        bars = np.arange(first, prices.n_bars, apart)
        if len(bars):
            after = feature(changed_on(prices, bars))
            suspects |= _suspects(before, after, bars, feature.lookback)
    # A long memory moves many rows a little, what comes moves the row before it a lot.
    for row in sorted(suspects, key=suspects.__getitem__)[: _TRIED[level]]:
        until = prices.index[row]
        for how in (How.WILD, How.CRASH) if level == "full" else (How.WILD,):
            after = feature(changed(prices, row, how))
            moved = movement(before, after, until, rounding(before, after))
            if moved is not None:
                what = f"prices after {until:%Y-%m-%d}: {how}; it moved"
                return [moved.finding(Stage.FEATURE, feature.name, what)]
    return []


def _suspects(
    before: pd.DataFrame, after: pd.DataFrame, bars: np.ndarray, lookback: int
) -> dict[int, tuple[int, float]]:
    """Rows that moved with no changed bar in their lookback; the worse the smaller their value.

    That is how many bars before a changed one they are, then by how much they moved.
    """
    one, other = before.to_numpy(dtype=np.float64), after.to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        size = np.abs(one - other)
    size = np.where((one == other) | (np.isnan(one) & np.isnan(other)), 0.0, size)
    largest = np.where(np.isfinite(size), size, np.inf).max(axis=1)
    rows = np.flatnonzero(largest > rounding(before, after) * np.nanmax(spread(before)))
    last = np.searchsorted(bars, rows, side="right") - 1
    since = np.where(last >= 0, rows - bars[np.maximum(last, 0)], lookback)
    rows = rows[since >= lookback]
    following = np.minimum(np.searchsorted(bars, rows), len(bars) - 1)
    ahead = np.where(bars[following] > rows, bars[following] - rows, len(before))
    return {
        int(row): (int(bars_ahead), -float(largest[row]))
        for row, bars_ahead in zip(rows, ahead, strict=True)
    }
