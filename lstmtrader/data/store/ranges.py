"""Days that were asked for: which are covered, which are missing, and when they begin."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lstmtrader.errors import DataError

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection

DayRange = tuple[datetime.date, datetime.date]
_DAY = datetime.timedelta(days=1)
_MIDNIGHT = datetime.time()
_SHORT = re.compile(r"\d+(m|h)")


def merged(ranges: Iterable[DayRange]) -> list[DayRange]:
    """Merge ranges of days, both ends included, that overlap or touch."""
    found: list[DayRange] = []
    for first, last in sorted(ranges):
        if found and (first <= found[-1][1] or first - found[-1][1] == _DAY):
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def gaps(covered: Iterable[DayRange], start: datetime.date, end: datetime.date) -> list[DayRange]:
    """Return the days from start to end, both included, that no range covers."""
    found: list[DayRange] = []
    for first, last in merged(covered):
        if last < start:
            continue
        if first > end:
            break
        if first > start:
            found.append((start, first - _DAY))
        if last >= end:
            return found
        start = last + _DAY
    return [*found, (start, end)]


def covered_days(connection: Connection, provider: str, interval: str) -> dict[str, list[DayRange]]:
    """Return the days that were asked for of each symbol, until the day of the fetch, merged."""
    rows = connection.execute(
        "SELECT s.symbol, f.first_day, f.last_day, f.fetched_at, f.timezone "
        "FROM fetches f JOIN series s ON s.id = f.series "
        'WHERE s.provider = ? AND s."interval" = ?',
        [provider, interval],
    ).fetchall()
    ranges: dict[str, list[DayRange]] = {}
    for symbol, first, last, moment, timezone in rows:
        today = moment.replace(tzinfo=datetime.UTC).astimezone(zone(timezone)).date()
        if first <= today:
            ranges.setdefault(symbol, []).append((first, min(last, today)))
    return {symbol: merged(found) for symbol, found in ranges.items()}


def zone(name: str | None) -> datetime.tzinfo:
    """Return the time zone of that name; UTC for None."""
    if name is None:
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise DataError(f"expected a time zone such as America/New_York; got {name!r}") from error


def is_intraday(interval: str) -> bool:
    """Whether bars of this interval are instants; others are labelled by their session's date."""
    return _SHORT.fullmatch(interval) is not None


def instants(
    first: datetime.date, last: datetime.date, interval: str, timezone: str | None
) -> tuple[datetime.datetime, datetime.datetime]:
    """Return when the first day begins and when the last one has ended, as bars are labelled.

    Days of intraday bars are those of the exchange: Sydney's opens on the day before in UTC.
    """
    after = last + _DAY if last < datetime.date.max else last
    begin = datetime.datetime.combine(first, _MIDNIGHT)
    stop = datetime.datetime.combine(after, _MIDNIGHT)
    if timezone is None or not is_intraday(interval):
        return begin, stop
    return _in_utc(begin, zone(timezone)), _in_utc(stop, zone(timezone))


def _in_utc(moment: datetime.datetime, place: datetime.tzinfo) -> datetime.datetime:
    if not 1 < moment.year < 9999:  # the ends of time have no time zone
        return moment
    return moment.replace(tzinfo=place).astimezone(datetime.UTC).replace(tzinfo=None)
