"""Checks against the exchange calendar: missing sessions, strange days, long holes, dead tails."""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
import pandas as pd

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
from lstmtrader.data.rows.bars import Bars, Ints
from lstmtrader.errors import ConfigError

# A symbol with more than this share of its bars on closed days is on another calendar.
_OTHER_CALENDAR = 0.05
_HOLE_DAYS = 90
_REMNANT_DAYS = 30
_REMNANT_BARS = 10
_DEAD_BARS = 10
_DEAD_BARS_WITHOUT_VOLUME = 20
# A stock that often had no volume all its life is illiquid, not delisted.
_ILLIQUID = 0.10


@lru_cache(maxsize=16)
def _sessions(calendar: str, first: int, last: int) -> Ints:
    """Session days from 1 January of year `first` to the end of `last`, as days since 1970."""
    import exchange_calendars

    with warnings.catch_warnings():
        # It uses pandas in ways that pandas means to drop; that is not the user's business.
        warnings.simplefilter("ignore")
        try:
            # Without a start it would reach back 20 years only.
            made = exchange_calendars.get_calendar(
                calendar, start=f"{first}-01-01", end=f"{last}-12-31"
            )
        except exchange_calendars.errors.InvalidCalendarName as error:
            raise ConfigError(
                f"calendar: {calendar!r} is not known; expected a name such as XNYS, XLON, 24/5 "
                "or 24/7, or none at all"
            ) from error
        days: Ints = made.sessions.to_numpy().astype("datetime64[D]").astype(np.int64)
        return days


def _session_numbers(bars: Bars, calendar: str) -> tuple[Ints, Ints]:
    """Each bar's session number, -1 where the exchange was closed, and the sessions."""
    years = pd.to_datetime([bars.day.min(), bars.day.max()], unit="D").year
    sessions = _sessions(calendar, int(years[0]), int(years[1]))
    place = np.minimum(np.searchsorted(sessions, bars.day), len(sessions) - 1)
    return np.where(sessions[place] == bars.day, place, -1), sessions


def _strangers(bars: Bars, number: Ints) -> Ints:
    """Symbols (by number) with too many bars on closed days to be on this calendar."""
    total = np.bincount(bars.code, minlength=len(bars.names))
    closed = np.bincount(bars.code[number < 0], minlength=len(bars.names))
    return np.flatnonzero(closed > _OTHER_CALENDAR * np.maximum(total, 20))


def _off_calendar(bars: Bars, calendar: str | None) -> Hits:
    if calendar is None or not len(bars):
        return NOTHING
    number, _ = _session_numbers(bars, calendar)
    strange = np.isin(bars.code, _strangers(bars, number))
    weekday = bars.table["time"].dt.day_name().to_numpy() if (number < 0).any() else None
    firsts = np.flatnonzero(bars.is_first & strange)
    single = np.flatnonzero((number < 0) & ~strange)

    def why(row: int) -> str:
        if not strange[row]:
            return f"{calendar} was closed on this {weekday[row] if weekday is not None else 'day'}"
        part = slice(row, bars.stop[row])
        return (
            f"{(number[part] < 0).sum()} of {bars.stop[row] - row} bars are on days when "
            f"{calendar} was closed; name the symbol's own calendar"
        )

    return hits(np.sort(np.append(firsts, single)), lambda _row: "", why)


def _missing_sessions(bars: Bars, calendar: str | None) -> Hits:
    if calendar is None or not len(bars):
        return NOTHING
    number, sessions = _session_numbers(bars, calendar)
    open_ = np.flatnonzero((number >= 0) & ~np.isin(bars.code, _strangers(bars, number)))
    code, number = bars.code[open_], number[open_]
    gap = np.zeros(len(open_), dtype=np.int64)
    gap[1:] = np.where(code[1:] == code[:-1], number[1:] - number[:-1] - 1, 0)
    found = np.flatnonzero(gap > 0)
    size = dict(zip(open_[found].tolist(), gap[found].tolist(), strict=True))
    before = dict(zip(open_[found].tolist(), number[found].tolist(), strict=True))

    def why(row: int) -> str:
        days = sessions[before[row] - size[row] : before[row]].astype("datetime64[D]")
        span = str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
        return f"{size[row]} sessions of {calendar} have no bar before this one: {span}"

    return hits(open_[found], lambda row: str(size[row]), why)


def _holes(bars: Bars) -> tuple[Ints, Ints]:
    """Days since the bar before (0 for first bars), and bars from here to the symbol's end."""
    days = np.zeros(len(bars), dtype=np.int64)
    days[1:] = np.where(bars.is_first[1:], 0, np.diff(bars.day))
    return days, bars.stop - np.arange(len(bars))


def _reused_ticker(bars: Bars, _: str | None) -> Hits:
    days, left = _holes(bars)
    found = np.flatnonzero((days > _HOLE_DAYS) & (left > _REMNANT_BARS))
    close = bars["close"]
    return hits(
        found,
        lambda row: f"{days[row]} days",
        lambda row: (
            f"no bar for {days[row]} days, close {close[row - 1]:g} before and "
            f"{close[row]:g} after: perhaps another company; keep one side with start or end"
        ),
    )


def _after_delisting(bars: Bars, _: str | None) -> Hits:
    days, left = _holes(bars)
    why: dict[int, str] = {}
    for row in np.flatnonzero((days > _REMNANT_DAYS) & (left <= _REMNANT_BARS)).tolist():
        for place in range(row, int(bars.stop[row])):
            why[place] = f"one of {left[row]} bars after a hole of {days[row]} days"
    close, volume = bars["close"], bars["volume"]
    same = close == bars.before(close)
    for flag, least in (
        (same & (volume == 0), _DEAD_BARS),
        (same & np.isnan(volume), _DEAD_BARS_WITHOUT_VOLUME),
    ):
        for begin in np.flatnonzero(bars.is_first).tolist():
            end = int(bars.stop[begin])
            alive = np.flatnonzero(~flag[begin:end])
            tail = begin + int(alive[-1]) + 1 if len(alive) else end
            # The life before the tail; a symbol that is all tail has no life to compare with.
            idle = flag[begin:tail].mean() if tail > begin else 1.0
            if end - tail >= least and idle <= _ILLIQUID:
                text = f"one of {end - tail} last bars that repeat the close without volume"
                why |= dict.fromkeys(range(tail, end), text)
    return hits(sorted(why), lambda row: f"close {close[row]:g}", lambda row: why[row])


CALENDAR_CHECKS = (
    Check("after_delisting", Severity.ERROR, Policy.DROP, Stage.PRICED, _after_delisting),
    Check("reused_ticker", Severity.ERROR, Policy.RAISE, Stage.PRICED, _reused_ticker,
          RAISE_OR_KEEP),
    Check("off_calendar", Severity.WARNING, Policy.KEEP, Stage.SORTED, _off_calendar),
    Check("missing_sessions", Severity.WARNING, Policy.KEEP, Stage.SORTED, _missing_sessions,
          RAISE_OR_KEEP),
)  # fmt: skip
