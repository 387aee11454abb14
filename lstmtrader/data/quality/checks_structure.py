"""Checks of rows: can they be read, are they in order, is each bar there once."""

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
from lstmtrader.data.rows.bars import BAR_COLUMNS, PRICE_FIELDS, Bars, Mask, runs

# Two rows of one bar agree where their closes do; sources revise the rest in the last digits.
_SAME_CLOSE = 1e-3
_LONG_RUN = 5


def _unparseable(bars: Bars, _: str | None) -> Hits:
    problem = bars.table["problem"].to_numpy(dtype=object)
    found = np.flatnonzero(problem != "")
    return hits(found, lambda row: str(problem[row]).partition(": ")[2],
                lambda row: str(problem[row]).partition(": ")[0])  # fmt: skip


def _unsorted(bars: Bars, _: str | None) -> Hits:
    readable = bars.table["problem"].to_numpy(dtype=object) == ""
    by_symbol = np.argsort(bars.code, kind="stable")
    by_symbol = by_symbol[readable[by_symbol]]
    code, time = bars.code[by_symbol], bars.time[by_symbol]
    if len(code) == 0:
        return NOTHING
    first = np.append(True, code[1:] != code[:-1])
    back = ~first
    back[1:] &= time[1:] < time[:-1]
    if not back.any():
        return NOTHING
    late = []
    for begin, end in zip(np.flatnonzero(first), [*np.flatnonzero(first)[1:], len(code)],
                          strict=True):  # fmt: skip
        if back[begin:end].any():
            latest = np.maximum.accumulate(time[begin:end])
            late.append(begin + np.flatnonzero(time[begin:end] < latest))
    places = np.sort(by_symbol[np.concatenate(late)])
    when = bars.table["time"].to_numpy()
    return hits(places, lambda row: str(when[row])[:16], "comes after a later bar; sorted in")


def _mixed_times(bars: Bars, _: str | None) -> Hits:
    minutes = bars["minutes"]
    if bars.intraday or not len(bars):
        return NOTHING
    usual = np.empty(len(bars))
    for begin in np.flatnonzero(bars.is_first):
        part = slice(begin, bars.stop[begin])
        if (minutes[part] == minutes[begin]).all():
            usual[part] = minutes[begin]
            continue
        values, counts = np.unique(minutes[part], return_counts=True)
        usual[part] = values[counts.argmax()]

    def clock(value: float) -> str:
        zone = "" if value < _AWARE else " with a zone"
        return f"{int(value % _AWARE) // 60:02d}:{int(value % _AWARE) % 60:02d}{zone}"

    def why(row: int) -> str:
        apart = abs(minutes[row] - usual[row])
        hint = "; daylight saving? give times in the exchange's own zone" if apart == 60 else ""
        return f"most bars of the symbol are at {clock(usual[row])}{hint}; dated by its day"

    return hits(np.flatnonzero(minutes != usual), lambda row: clock(minutes[row]), why)


# Added to the minutes of times that came with a zone, so that they differ from those without.
_AWARE = 10_000.0


def _is_empty(bars: Bars) -> Mask:
    empty = np.ones(len(bars), dtype=bool)
    for name in (*PRICE_FIELDS, "adj_close"):
        empty &= np.isnan(bars[name])
    return empty


def _empty_row(bars: Bars, _: str | None) -> Hits:
    def value(row: int) -> str:
        return "" if np.isnan(bars["volume"][row]) else f"volume {bars['volume'][row]:g}"

    return hits(np.flatnonzero(_is_empty(bars)), value, "a bar without any price")


def _nan_run(bars: Bars, _: str | None) -> Hits:
    starts, lengths = runs(np.isnan(bars["close"]), bars.is_first)
    long = lengths >= _LONG_RUN
    length = dict(zip(starts[long].tolist(), lengths[long].tolist(), strict=True))
    return hits(starts[long], lambda row: str(length[row]),
                lambda row: f"{length[row]} bars in a row without a close")  # fmt: skip


def _groups(bars: Bars) -> tuple[Mask, Mask, Mask]:
    """Rows that repeat a bar, rows of bars that are there more than once, and their disagreement.

    A group of equal bars disagrees as soon as two closes of it do.
    """
    again = np.zeros(len(bars), dtype=bool)
    again[1:] = (bars.time[1:] == bars.time[:-1]) & ~bars.is_first[1:]
    if not again.any():
        return again, again, again
    several = again.copy()
    several[:-1] |= again[1:]
    starts = np.flatnonzero(~again)
    close = bars["close"]
    low = np.fmin.reduceat(close, starts)
    high = np.fmax.reduceat(close, starts)
    with np.errstate(invalid="ignore"):
        apart = np.abs(high - low) > _SAME_CLOSE * np.abs(high)
    disagree = np.repeat(apart, np.diff(np.append(starts, len(bars))))
    return again, several, several & disagree


def _duplicate_bar(bars: Bars, _: str | None) -> Hits:
    again, _several, disagree = _groups(bars)
    table = bars.table

    def why(row: int) -> str:
        one, other = (table.iloc[place] for place in (row - 1, row))
        differ = [
            f"{name} {one[name]:g} and {other[name]:g}"
            for name in BAR_COLUMNS
            if one[name] != other[name] and not (np.isnan(one[name]) and np.isnan(other[name]))
        ]
        return f"repeats the row before; {', '.join(differ) or 'the same in every field'}"

    found = np.flatnonzero(again & ~disagree)
    return hits(found, lambda row: f"close {bars['close'][row]:g}", why)


def _conflicting_bar(bars: Bars, _: str | None) -> Hits:
    found = np.flatnonzero(_groups(bars)[2])
    return hits(found, lambda row: f"close {bars['close'][row]:g}",
                "the rows of this bar disagree; which of them is right cannot be told")  # fmt: skip


STRUCTURE_CHECKS = (
    Check("unparseable", Severity.ERROR, Policy.DROP, Stage.AS_CAME, _unparseable,
          (Policy.RAISE, Policy.DROP)),
    Check("unsorted", Severity.WARNING, Policy.KEEP, Stage.AS_CAME, _unsorted),
    Check("mixed_times", Severity.ERROR, Policy.RAISE, Stage.SORTED, _mixed_times),
    Check("nan_run", Severity.WARNING, Policy.KEEP, Stage.SORTED, _nan_run, RAISE_OR_KEEP),
    Check("empty_row", Severity.ERROR, Policy.DROP, Stage.SORTED, _empty_row),
    Check("duplicate_bar", Severity.ERROR, Policy.DROP, Stage.UNIQUE, _duplicate_bar),
    Check("conflicting_bar", Severity.ERROR, Policy.RAISE, Stage.UNIQUE, _conflicting_bar),
)  # fmt: skip
"""Empty rows go before duplicates, so that a bar is never left out in favour of an empty one."""
