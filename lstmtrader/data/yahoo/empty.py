"""Whether a reply without bars can be true: were there sessions?"""

from __future__ import annotations

import datetime
import warnings
from typing import Any

import pandas as pd

from lstmtrader.data.yahoo.exchanges import calendar_of
from lstmtrader.errors import ConfigError, DataError

_SURELY_SOME = datetime.timedelta(days=30)


def require_no_sessions(
    symbol: str,
    first: datetime.date,
    last: datetime.date | None,
    meta: dict[str, Any],
    now: pd.Timestamp,
) -> None:
    """Raise unless an empty reply is what the calendar says.

    A session counts a day after its end, and from the first trade of the symbol on.

    Raises
    ------
    DataError
        If there were sessions: the prices exist, and Yahoo did not give them.
    """
    begun = meta.get("firstTradeDate")
    if begun is not None:
        traded = datetime.datetime.fromtimestamp(begun, datetime.UTC).date()
        first = max(first, traded)
    over = (now - pd.Timedelta(days=1)).date()
    last = over if last is None else min(last, over)
    if first > last:
        return
    name, count = count_sessions(symbol, first, last)
    if count:
        raise DataError(
            f"{symbol}: Yahoo has no bars from {first} to {last}, but {name} had {count} sessions; "
            f"the symbol may be delisted or renamed"
        )


def count_sessions(symbol: str, first: datetime.date, last: datetime.date) -> tuple[str, int]:
    """Count sessions by the symbol's calendar, or weekdays where that says nothing."""
    weekdays = len(pd.bdate_range(first, last))
    if last - first > _SURELY_SOME:
        return "the calendar", weekdays
    import exchange_calendars

    margin = pd.Timedelta(days=10)
    try:
        name = calendar_of(symbol)
        with warnings.catch_warnings():
            # It uses pandas in ways that pandas means to drop; that is not the user's business.
            warnings.simplefilter("ignore")
            calendar = exchange_calendars.get_calendar(
                name, start=pd.Timestamp(first) - margin, end=pd.Timestamp(last) + margin
            )
            return name, len(calendar.sessions_in_range(str(first), str(last)))
    except (ConfigError, ValueError):
        return "the week", weekdays
