"""Start-up: whether a feature needs more history than it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import ProbeResult
from lstmtrader.audit.movement import spread
from lstmtrader.audit.refusals import tried
from lstmtrader.audit.subject import Subject
from lstmtrader.features.feature import Feature
from lstmtrader.prices import PriceFrame

_TOLERANCE = 1e-5
_STARTS = {"quick": (0.21, 0.47), "full": (0.13, 0.31, 0.55)}
_ALL = 0.9  # needing more than this share of what there is means needing all of it


def probe_startup(subject: Subject) -> ProbeResult:
    """Start the prices later, and name features whose rows then differ; notes only.

    Rows count from the declared lookback of unbroken prices on, and may differ by 1e-5 of their
    symbol's spread. What a feature says before that does not matter: nobody is shown it.
    """
    notes: list[str] = []
    starts = [int(share * subject.prices.n_bars) for share in _STARTS[subject.level]]
    late = [subject.prices.bars(start, subject.prices.n_bars) for start in starts]
    for feature in subject.study.features:
        name = f"feature {feature.name}"
        found = tried(name, _worst, feature, subject.prices, late)
        if isinstance(found, str):
            notes.append(found)
        elif found is not None:
            notes.append(f"{name} {found.sentence(feature.lookback)}")
    return ProbeResult(
        "startup",
        f"started the prices at {len(starts)} later bars and asked every feature again",
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Need:
    """What a feature needs: unbroken bars, None for all there ever were; and its largest move."""

    bars: int | None
    size: float

    def sentence(self, declared: int) -> str:
        moves = f"rows move by up to {self.size:.1g} of their spread where prices start later"
        if np.isnan(self.size):
            moves = "rows appear or vanish where prices start later"
        if self.bars is None:
            return f"depends on all history, and not on {declared} bars as it says: {moves}"
        return f"needs {self.bars} bars, and says {declared}: {moves}"


def _worst(feature: Feature, prices: PriceFrame, late: list[PriceFrame]) -> _Need | None:
    whole = feature(prices)
    needs = [need for part in late if (need := _need(feature, whole, part)) is not None]
    if not needs:
        return None
    sizes = [need.size for need in needs if not np.isnan(need.size)]
    size = max(sizes) if sizes else float("nan")
    bars = [need.bars for need in needs if need.bars is not None]
    return _Need(max(bars) if len(bars) == len(needs) else None, size)


def _need(feature: Feature, whole: pd.DataFrame, prices: PriceFrame) -> _Need | None:
    part = feature(prices).to_numpy(dtype=np.float64)
    kept = list(prices.symbols)
    full = whole[kept]
    behind = _unbroken(prices)
    scale = np.maximum(spread(full), np.finfo(np.float64).tiny)
    values = full.loc[prices.index].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        move = np.abs(part - values) / scale
    move = np.where((part == values) | (np.isnan(part) & np.isnan(values)), 0.0, move)
    moved = (behind >= feature.lookback) & ~(move <= _TOLERANCE)
    if not moved.any():
        return None
    there = np.isfinite(move) & moved
    size = float(move[there].max()) if there.any() else float("nan")
    # The longest stretch behind a row that still moved is not enough; the next bar's may be.
    longest = int(behind[moved].max())
    enough = longest < _ALL * int(behind.max())
    return _Need(longest + 1 if enough else None, size)


def _unbroken(prices: PriceFrame) -> np.ndarray:
    """Closes up to and including each bar without a hole, shape (n_bars, n_symbols)."""
    there = prices.close.notna().to_numpy()
    count = np.cumsum(there, axis=0)
    at_holes = np.maximum.accumulate(np.where(there, 0, count), axis=0)
    unbroken: np.ndarray = count - at_holes
    return unbroken
