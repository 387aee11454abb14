"""Bars, calendars and the moment of execution: the one clock of the whole package.

A *bar* is one observation. Row ``t`` of every feature, forecast and weight is known after the
close of bar ``t``. An order decided then is filled on a later bar, at a price named by
`Execution`; the training target starts at that fill, so that no label contains a move the
strategy could not have traded.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from lstmtrader.bounds import at_least
from lstmtrader.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_DURATION = re.compile(r"^\s*(\d+)\s*(y|mo|w)\s*$")
_PER_YEAR = {"y": 1, "mo": 12, "w": 52}
_REFERENCE_YEARS = ("2010-01-01", "2019-12-31")


class Execution(StrEnum):
    """When an order decided after the close of bar ``t`` is filled.

    ``next_open``
        Open of bar ``t + 1``; the default where opens exist.
    ``next_close``
        Close of bar ``t + 1``; for close-only data.
    ``same_close``
        Close of bar ``t`` itself, the price the decision was made on. Nobody can trade it; it
        exists for comparison with papers and is marked in every report.

    Examples
    --------
    >>> Execution("next_open").lag, Execution.NEXT_OPEN.label_span(5)
    (1, 6)
    >>> Execution.SAME_CLOSE.is_tradable
    False
    """

    NEXT_OPEN = "next_open"
    NEXT_CLOSE = "next_close"
    SAME_CLOSE = "same_close"

    @property
    def lag(self) -> int:
        """Bars between the decision and its fill."""
        return 0 if self is Execution.SAME_CLOSE else 1

    @property
    def price(self) -> str:
        """The price field of the fill bar: ``"open"`` or ``"close"``."""
        return "open" if self is Execution.NEXT_OPEN else "close"

    @property
    def is_tradable(self) -> bool:
        """False for the convention that fills at a price already seen."""
        return self is not Execution.SAME_CLOSE

    def label_span(self, horizon: int) -> int:
        """Bars from a decision to the last price inside its target: lag + horizon."""
        return self.lag + horizon


@dataclass(frozen=True)
class Calendar:
    """A trading calendar and a bar length, from which the annualisation follows.

    Parameters
    ----------
    name : str
        A calendar of `exchange_calendars`: ``XNYS``, ``XLON``, ``24/5``, ``24/7``, …
    bar_minutes : int, optional
        Length of one bar in minutes; None means one bar a session.

    Examples
    --------
    >>> Calendar("XNYS").periods_per_year, Calendar("24/7").periods_per_year
    (252, 365)
    >>> Calendar("XNYS", bar_minutes=60).periods_per_year
    1764
    """

    name: str = "XNYS"
    bar_minutes: int | None = None

    def __post_init__(self) -> None:
        if self.bar_minutes is not None:
            at_least(1, bar_minutes=self.bar_minutes)

    @property
    def periods_per_year(self) -> int:
        """Bars in an average year: 252 for XNYS daily bars, 365 for 24/7."""
        return _periods_per_year(self.name, self.bar_minutes)

    def ends_of(self, index: pd.DatetimeIndex, period: Literal["week", "month"]) -> np.ndarray:
        """Say which bars are on the last session of their week (Monday to Sunday) or month.

        By the calendar, which is known in advance, and not by the bars that happen to follow.

        Raises
        ------
        ConfigError
            If the bars are shorter than a session.
        """
        import numpy as np
        import pandas as pd

        if self.bar_minutes is not None:
            raise ConfigError(f"every {period}: needs daily bars; give a number of bars instead")
        days = index.tz_localize(None).normalize()
        end = days[-1] + pd.Timedelta(days=40)
        sessions = _calendar(self.name, f"{days[0]:%Y-%m-%d}", f"{end:%Y-%m-%d}").sessions
        following = sessions[np.searchsorted(sessions, days, side="right")]
        code = "W-SUN" if period == "week" else "M"
        ends: np.ndarray = np.asarray(days.to_period(code) != following.to_period(code))
        return ends


def load() -> None:
    """Import the calendars now rather than when one is first asked: they take a second."""
    _periods_per_year(Calendar.name, None)


@lru_cache(maxsize=32)
def _periods_per_year(name: str, bar_minutes: int | None) -> int:
    calendar = _calendar(name, *_REFERENCE_YEARS)
    # Ten whole years average out leap years and moving holidays.
    sessions = round(len(calendar.sessions) / 10)
    if bar_minutes is None:
        return sessions
    session_minutes: float = (calendar.closes - calendar.opens).median().total_seconds() / 60
    # The last bar of a session may be a short one.
    return sessions * math.ceil(session_minutes / bar_minutes)


@lru_cache(maxsize=32)
def _calendar(name: str, start: str, end: str) -> Any:
    with warnings.catch_warnings():
        # It uses pandas in ways that pandas means to drop; that is not the user's business.
        warnings.simplefilter("ignore")
        import exchange_calendars

        try:
            return exchange_calendars.get_calendar(name, start=start, end=end)
        except exchange_calendars.errors.InvalidCalendarName as error:
            raise ConfigError(
                f"calendar: {name!r} is not known; expected a name such as XNYS, XLON, 24/5 or 24/7"
            ) from error
        except Exception as error:
            raise ConfigError(f"calendar: {name!r} cannot be used: {error}") from error


def bars_in(length: int | str, periods_per_year: int | None = None) -> int:
    """Turn a length such as ``"5y"``, ``"3mo"``, ``"2w"`` or a number of bars into bars.

    Raises
    ------
    ConfigError
        If the text is no length, the length is negative, or `periods_per_year` is needed and
        missing.

    Examples
    --------
    >>> bars_in("5y", 252), bars_in("3mo", 252), bars_in(250, 252)
    (1260, 63, 250)
    """
    if isinstance(length, bool) or not isinstance(length, int | str):
        raise ConfigError(f"expected a length in bars or as 5y, 3mo, 2w; got {length!r}")
    if isinstance(length, int):
        if length < 0:
            raise ConfigError(f"expected a length of at least 0 bars; got {length}")
        return length
    match = _DURATION.match(length)
    if match is None:
        raise ConfigError(f"expected a length in bars or as 5y, 3mo, 2w; got {length!r}")
    if periods_per_year is None:
        raise ConfigError(f"length {length!r}: give periods_per_year, or the length in bars")
    return round(int(match[1]) * periods_per_year / _PER_YEAR[match[2]])
