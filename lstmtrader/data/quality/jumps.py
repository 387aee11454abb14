"""Jumps: the bars whose price moved a lot, each beside what was usual before it.

Usual values are medians over the bars before, looked up for the jumps only: two million bars have
a few thousand jumps, and rolling medians over all of them would take longer than all checks.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from lstmtrader.data.rows.bars import Bars, Floats, Ints

_SMALLEST = 0.15  # log return
_LONG = 60
_SHORT = 20
_RECENT = 10
_FEWEST = 5
_WEEKEND = 4  # days from one bar to the next that are nothing unusual
_UNKNOWN_MOVE = 0.02  # a usual daily move of a stock, where there is no history to ask


@dataclass(frozen=True, eq=False)
class Jumps:
    """Bars whose log return is large, arrays of length n_jumps.

    Parameters
    ----------
    at : array of int
        Position in the bars; never a symbol's first.
    move : array
        Log return from close to close. Actions are taken out of it: the source's own adjustment
        (adjusted close over close) where there is one, else the splits that were announced.
    gap : array
        The same from the close before to the open; NaN where there is no open.
    following : array
        Log return of the next bar; NaN at the symbol's end.
    usual : array
        Median absolute log return of the 60 bars before, or of the 10 before if that is more; times
        the square root of the length of a hole.
    span : array
        Log of high over low, over its median of the 20 bars before; NaN if unknown.
    money : array
        Price times volume over what is usual before (price before times the median volume of 20
        bars): about 1 for a split, many times that for a crash, NaN if unknown.
    traded : array
        Volume over the median volume before; NaN if unknown.
    action : array
        Log of the factor that actions account for on this bar; 0 where none is known.
    is_last : array of bool
    """

    at: Ints
    move: Floats
    gap: Floats
    following: Floats
    usual: Floats
    span: Floats
    money: Floats
    traded: Floats
    action: Floats
    is_last: np.ndarray


_FOUND: WeakKeyDictionary[Bars, Jumps] = WeakKeyDictionary()


def find_jumps(bars: Bars) -> Jumps:
    """Find them in bars whose closes are all positive and finite; once for all checks."""
    if bars not in _FOUND:
        _FOUND[bars] = _find_jumps(bars)
    return _FOUND[bars]


def _find_jumps(bars: Bars) -> Jumps:
    close = np.log(bars["close"])
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.log(bars["adj_close"]) - close
        action = factor - bars.before(factor)
        action = np.where(np.isfinite(action), action, np.log(bars["split"]))
        action = np.where(np.abs(action) > 1e-4, action, 0.0)
        move = close - bars.before(close) + action
        at = np.flatnonzero(np.abs(move) > _SMALLEST)
        gap = np.log(bars["open"][at]) - close[at - 1] + action[at]
        span = np.log(bars["high"]) - np.log(bars["low"])
    is_last = bars.stop[at] == at + 1
    following = np.where(is_last, np.nan, move[np.minimum(at + 1, len(bars) - 1)])
    volume = bars["volume"]
    with np.errstate(divide="ignore", invalid="ignore"):
        usual_span = np.maximum(_usual(bars.history(span, at, _SHORT)), 0.005)
        usual_volume = _usual(bars.history(np.where(volume > 0, volume, np.nan), at, _SHORT))
        traded = np.where(volume[at] > 0, volume[at], np.nan) / usual_volume
    size = np.abs(move)
    # In a panic that began two weeks ago, large moves are usual already.
    usual = np.fmax(*(_usual(bars.history(size, at, length)) for length in (_LONG, _RECENT)))
    usual = np.clip(np.where(np.isnan(usual), _UNKNOWN_MOVE, usual), 0.004, None)
    # Behind a hole of weeks a move may be as large as those of weeks.
    usual *= np.sqrt(np.maximum((bars.day[at] - bars.day[at - 1]) / _WEEKEND, 1.0))
    relative_span = np.where(np.isfinite(span[at]), span[at], np.nan) / usual_span
    return Jumps(
        at, move[at], np.where(np.isfinite(gap), gap, np.nan), following, usual, relative_span,
        traded * np.exp(move[at]), traded, action[at], is_last,
    )  # fmt: skip


def _usual(history: Floats) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the median of nothing is NaN, as meant
        median = np.nanmedian(history, axis=1) if len(history) else np.empty(0)
    known = (~np.isnan(history)).sum(axis=1) >= _FEWEST
    return np.where(known, median, np.nan)
