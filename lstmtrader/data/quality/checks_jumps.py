"""Checks of jumps: splits that were not applied, bad ticks that revert, pence among pounds.

A market can move as far as a split. What gives a split away is the rest: the price *opens* at the
ratio, the day's range is as usual, and the volume changes by the inverse ratio, so that as much
money changes hands as before. On the day of a crash it is ten times as much.
"""

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
from lstmtrader.data.quality.jumps import Jumps, find_jumps
from lstmtrader.data.rows.bars import Bars, Floats, Mask

_RATIOS = (
    *((new, 1) for new in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)),
    (5, 2), (3, 2), (4, 3), (5, 4),
)  # fmt: skip
_LOG_RATIOS = np.log([new / old for new, old in _RATIOS])
_TWO, _THREE_TO_TWO = np.log(2) - 1e-9, np.log(1.5) - 1e-9
_FOUR = np.log(4) - 1e-9

# What a split may look like beside what is usual. The larger the ratio, the fewer crashes are as
# large, and the more a split may be off: below 2:1, from 2:1, from 4:1 on.
_CALM = (4.0, 5.0, 8.0)  # the day's range over the usual one
_MOST_MONEY = (2.5, 7.0, 12.0)
_LEAST_MONEY = (1 / 3, 1 / 8, 1 / 20)
_SURE_SPIKE, _LIKELY_SPIKE = 0.4, 0.15
_REVERTED = 0.15
_HUNDRED = np.log(100)
_HUNDRED_TOLERANCE = 0.15


def _nearest(move: Floats) -> tuple[np.ndarray, Floats]:
    """Which ratio is nearest to a log return (up or down), and how far off it is."""
    distance = np.abs(np.abs(move)[:, None] - _LOG_RATIOS)
    best = distance.argmin(axis=1)
    return best, distance[np.arange(len(move)), best]


def _reverts(jumps: Jumps, least: float) -> Mask:
    """Jumps of at least a size that the next bar takes back."""
    size = np.minimum(np.abs(jumps.move), np.abs(jumps.following))
    net = np.abs(jumps.move + jumps.following)
    return (size > np.maximum(least, 8 * jumps.usual)) & (net < _REVERTED * size)


def _is_return(jumps: Jumps, spike: Mask) -> Mask:
    """Jumps that are the way back from the bar before."""
    return np.isin(jumps.at - 1, jumps.at[spike])


def _is_hundred(jumps: Jumps) -> Mask:
    """Moves by a factor of 100 while as many shares as before are traded."""
    near: Mask = np.abs(np.abs(jumps.move) - _HUNDRED) < _HUNDRED_TOLERANCE
    as_many: Mask = np.isnan(jumps.traded) | (np.abs(np.log(jumps.traded)) < np.log(8))
    near &= as_many
    return near


def _split_kinds(jumps: Jumps) -> tuple[Mask, Mask, np.ndarray]:
    """Certain splits, possible ones, and the ratio of each jump."""
    has_open = ~np.isnan(jumps.gap)
    best, off = _nearest(np.where(has_open, jumps.gap, jumps.move))
    size = _LOG_RATIOS[best]
    small = size < _TWO
    group = (~small).astype(np.int64) + (size >= _FOUR)
    tolerance = np.select(
        [small, size < _FOUR],
        [np.clip(2 * jumps.usual, 0.0125, 0.04), np.clip(3 * jumps.usual, 0.03, 0.08)],
        np.clip(3 * jumps.usual, 0.05, 0.10),
    )
    calm = np.isnan(jumps.span) | (jumps.span < np.take(_CALM, group))
    # A day that opens at the ratio and then moves as far again is no split.
    calm &= ~has_open | (np.abs(jumps.move - jumps.gap) < np.maximum(8 * jumps.usual, 0.08))
    other = _reverts(jumps, _LIKELY_SPIKE)
    other |= _is_return(jumps, other) | _is_hundred(jumps)
    shaped = (off < tolerance) & (np.abs(jumps.move) > 8 * jumps.usual) & calm & ~other
    unknown = np.isnan(jumps.money)
    money = jumps.money > np.take(_LEAST_MONEY, group)
    money &= jumps.money < np.take(_MOST_MONEY, group)
    # Without volume the ratio must be larger than crashes are: those of 3:1 have happened, and
    # some of 2:1 even opened at the ratio.
    least = np.where(has_open, np.log(3) - 1e-9, _FOUR)
    convincing = np.where(unknown, size > least, money)
    # A dividend may fall on the day; an action that makes up much of the jump is the cause of it.
    alone = np.abs(jumps.action) < 0.1 * size
    sure = shaped & convincing & alone & (size > _THREE_TO_TWO)
    possible = shaped & ~sure & np.where(unknown, size > _THREE_TO_TWO, money)
    return sure, possible, best


def _describe_splits(bars: Bars, sure: bool) -> Hits:
    jumps = find_jumps(bars)
    if not len(jumps.at):
        return NOTHING
    certain, possible, best = _split_kinds(jumps)
    chosen = np.flatnonzero(certain if sure else possible)
    index = dict(zip(jumps.at[chosen].tolist(), chosen.tolist(), strict=True))
    close = bars["close"]

    def value(row: int) -> str:
        new, old = _RATIOS[int(best[index[row]])]
        return f"{new}:{old}" if jumps.move[index[row]] < 0 else f"{old}:{new}"

    def why(row: int) -> str:
        jump = index[row]
        money = "no volume to compare" if np.isnan(jumps.money[jump]) else (
            f"{jumps.money[jump]:.1f} times the usual money traded"
        )  # fmt: skip
        known = "no action" if abs(jumps.action[jump]) < 1e-3 else "an action that does not fit"
        prices = f"close {close[row - 1]:g} to {close[row]:g}"
        return f"{prices} like a split (or spin-off) {value(row)}, {money}, {known}"

    return hits(jumps.at[chosen], value, why)


def _unadjusted_split(bars: Bars, _: str | None) -> Hits:
    return _describe_splits(bars, sure=True)


def _possible_split(bars: Bars, _: str | None) -> Hits:
    return _describe_splits(bars, sure=False)


def _move(bars: Bars, row: int) -> str:
    close = bars["close"]
    after = "the last bar" if row + 1 == bars.stop[row] else f"then {close[row + 1]:g}"
    return f"close {close[row - 1]:g}, {close[row]:g}, {after}"


def _spike(bars: Bars, _: str | None) -> Hits:
    jumps = find_jumps(bars)
    sure = _reverts(jumps, _SURE_SPIKE) & ~_is_hundred(jumps)
    sure &= ~_is_return(jumps, sure)
    return hits(jumps.at[sure], lambda row: f"{bars['close'][row]:g}",
                lambda row: f"{_move(bars, row)}: a single bar off, then back")  # fmt: skip


def _possible_spike(bars: Bars, _: str | None) -> Hits:
    jumps = find_jumps(bars)
    sure = _reverts(jumps, _SURE_SPIKE)
    likely = _reverts(jumps, _LIKELY_SPIKE) & ~sure & ~_is_return(jumps, sure)
    likely &= ~_is_return(jumps, likely)
    certain, possible, _best = _split_kinds(jumps)
    open_end = jumps.is_last & (np.abs(jumps.move) > np.maximum(_SURE_SPIKE, 8 * jumps.usual))
    open_end &= ~(certain | possible | _is_hundred(jumps)) & ~_is_return(jumps, sure | likely)
    return hits(
        jumps.at[likely | open_end],
        lambda row: f"{bars['close'][row]:g}",
        lambda row: f"{_move(bars, row)}: markets have done this, bad ticks too",
    )


def _factor_100(bars: Bars, _: str | None) -> Hits:
    jumps = find_jumps(bars)
    which = np.flatnonzero(_is_hundred(jumps))
    if not len(which):
        return NOTHING
    close, code = bars["close"], bars.code
    why: dict[int, str] = {}
    opened: dict[int, tuple[int, float]] = {}  # by symbol: where it left its scale, which way
    for jump in which.tolist():
        row, move = int(jumps.at[jump]), float(jumps.move[jump])
        symbol = int(code[row])
        begin, way = opened.pop(symbol, (row, 0.0))
        # The shorter side of the change is the wrong one.
        if way * move < 0 and row - begin <= (bars.stop[row] - bars.start[row]) / 2:
            scale = "100" if way > 0 else "1/100"
            text = f"one of {row - begin} bars at {scale} times the prices around: another unit?"
            why |= dict.fromkeys(range(begin, row), text)
            continue
        opened[symbol] = (row, move)
    for begin, _way in opened.values():
        why[begin] = (
            f"close {close[begin - 1]:g} to {close[begin]:g}, and never back: another unit?"
        )
    return hits(sorted(why), lambda row: f"{close[row]:g}", lambda row: why[row])


JUMP_CHECKS = (
    Check("factor_100", Severity.ERROR, Policy.RAISE, Stage.ALIVE, _factor_100),
    Check("spike", Severity.ERROR, Policy.DROP, Stage.ALIVE, _spike),
    Check("possible_spike", Severity.WARNING, Policy.KEEP, Stage.ALIVE, _possible_spike),
    Check("unadjusted_split", Severity.ERROR, Policy.RAISE, Stage.ALIVE, _unadjusted_split,
          RAISE_OR_KEEP),
    Check("possible_split", Severity.WARNING, Policy.KEEP, Stage.ALIVE, _possible_split,
          RAISE_OR_KEEP),
)  # fmt: skip
