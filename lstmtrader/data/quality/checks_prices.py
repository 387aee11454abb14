"""Checks of single bars and of quiet stretches: signs, ranges, missing fields, stale prices."""

from __future__ import annotations

import numpy as np

from lstmtrader.data.quality.check import (
    NOTHING,
    RAISE_OR_KEEP,
    Check,
    Hits,
    Policy,
    Severity,
    Stage,
    hits,
)
from lstmtrader.data.rows.bars import PRICE_FIELDS, Bars, Floats, runs

# Rounding, and an open or close taken from another venue than high and low, leave real bars a
# little inside out; further off, one of the prices is wrong.
_SLIGHT = 0.01
_NO_MATTER = 1e-6
_STALE_BARS = 5
_STALE_BARS_WITHOUT_VOLUME = 10


def _show(bars: Bars, row: int) -> str:
    return ", ".join(f"{name} {bars[name][row]:g}" for name in PRICE_FIELDS)


def _not_positive(bars: Bars, _: str | None) -> Hits:
    wrong = np.zeros(len(bars), dtype=bool)
    for name in (*PRICE_FIELDS, "adj_close"):
        values = bars[name]
        wrong |= ~np.isnan(values) & ~((values > 0) & np.isfinite(values))
    volume = bars["volume"]
    wrong |= ~np.isnan(volume) & ~((volume >= 0) & np.isfinite(volume))
    return hits(
        np.flatnonzero(wrong),
        lambda row: f"{_show(bars, row)}, volume {volume[row]:g}",
        "a price that is not positive and finite, or a negative volume",
    )


def _outside(bars: Bars) -> Floats:
    """How far open or close lie outside low and high, relative to the price; NaN if unknown."""
    high, low = bars["high"], bars["low"]
    top = np.fmax(bars["open"], bars["close"])
    bottom = np.fmin(bars["open"], bars["close"])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.fmax(np.fmax(top - high, low - bottom), low - high) / np.abs(top)


def _high_low(bars: Bars, _: str | None) -> Hits:
    found = np.flatnonzero(_outside(bars) > _SLIGHT)
    return hits(found, lambda row: _show(bars, row), "open or close outside low to high")


def _high_low_slight(bars: Bars, _: str | None) -> Hits:
    outside = _outside(bars)
    found = np.flatnonzero((outside > _NO_MATTER) & (outside <= _SLIGHT))
    return hits(found, lambda row: _show(bars, row),
                lambda row: f"{outside[row]:.1e} of the price outside low to high")  # fmt: skip


def _missing_price(bars: Bars, _: str | None) -> Hits:
    present = {name: ~np.isnan(bars[name]) for name in (*PRICE_FIELDS, "adj_close")}
    used = [name for name in present if present[name].any()]
    some = np.logical_or.reduce([present[name] for name in used]) if used else np.zeros(0, bool)
    whole = np.logical_and.reduce([present[name] for name in used]) if used else some
    return hits(
        np.flatnonzero(some & ~whole),
        lambda row: _show(bars, row),
        lambda row: "no " + ", ".join(name for name in used if not present[name][row]),
    )


def _stale(bars: Bars, _: str | None) -> Hits:
    close, volume = bars["close"], bars["volume"]
    if not len(bars):
        return NOTHING
    same = close == bars.before(close)
    idle = same & (volume == 0)
    unknown = same & np.isnan(volume)
    starts: list[int] = []
    length: dict[int, int] = {}
    for flag, least in ((idle, _STALE_BARS), (unknown, _STALE_BARS_WITHOUT_VOLUME)):
        for begin, count in zip(*runs(flag, bars.is_first), strict=True):
            if count >= least:
                starts.append(int(begin))
                length[int(begin)] = int(count)
    traded = "" if np.isnan(volume).all() else " and no volume"
    return hits(sorted(starts), lambda row: f"{close[row]:g}",
                lambda row: f"{length[row]} bars in a row with the same close{traded}")  # fmt: skip


PRICE_CHECKS = (
    Check("not_positive", Severity.ERROR, Policy.DROP, Stage.UNIQUE, _not_positive),
    Check("high_low", Severity.ERROR, Policy.DROP, Stage.PRICED, _high_low),
    Check("high_low_slight", Severity.WARNING, Policy.KEEP, Stage.PRICED, _high_low_slight),
    Check("missing_price", Severity.WARNING, Policy.KEEP, Stage.UNIQUE, _missing_price),
    Check("stale", Severity.WARNING, Policy.KEEP, Stage.ALIVE, _stale, RAISE_OR_KEEP),
)  # fmt: skip
