"""YahooSource: daily and intraday histories from Yahoo, through yfinance.

The only file that knows yfinance. Everything that yfinance keeps for the whole process (session,
cookies, caches, logger, warning filters, settings) is put aside during a call and back after it.
Calls take turns, because that state is one for all threads.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import re
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.retry import Backoff, Traffic, TransientError
from lstmtrader.data.yahoo.empty import require_no_sessions
from lstmtrader.data.yahoo.tables import bar_length, history_of
from lstmtrader.data.yahoo.timezones import TimezoneCache, cache_folder
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError

if TYPE_CHECKING:
    from lstmtrader.data.yahoo.wire import Wire

INTERVALS = ("1m", "2m", "5m", "15m", "60m", "90m", "1h", "1d")

_FIRST_DAY = datetime.date(1927, 1, 1)  # no series of Yahoo's is older
_DAYS_KEPT = {"1m": 7, "60m": 729, "1h": 729}  # other intraday bars: 59 days
_SYMBOL = re.compile(r"^[A-Za-z0-9^][A-Za-z0-9.^=&_-]*$")
_ISIN = re.compile(r"^[A-Za-z]{2}[A-Za-z0-9]{9}[0-9]$")
_TURN = threading.Lock()


@dataclass(frozen=True)
class YahooSource:
    """Histories of Yahoo's chart service.

    One request a symbol, and one more for the time zone of a symbol never asked for before.

    Parameters
    ----------
    interval : str
        One of `INTERVALS`.
    timeout : float
        Seconds one request may take.
    tries : int
        Requests for one history at most.
    first_pause, longest_pause : float
        Seconds before the second try, and at most; see `Backoff`.
    seed : int
        Of the jitter.
    session : Session, optional
        A `curl_cffi` session, such as one with a proxy.
    sleep : callable, optional
        Waits so many seconds.

    Raises
    ------
    ConfigError
        If a setting cannot be.
    """

    interval: str = "1d"
    timeout: float = 20.0
    tries: int = 6
    first_pause: float = 1.0
    longest_pause: float = 120.0
    seed: int = 0
    session: Any = field(default=None, compare=False, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False, repr=False)
    traffic: Traffic = field(default_factory=Traffic, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.interval not in INTERVALS:
            raise ConfigError(
                f"interval: expected one of {', '.join(INTERVALS)}; got {self.interval!r} (other "
                f"lengths are made from shorter bars)"
            )
        if not self.timeout > 0:
            raise ConfigError(f"timeout: expected seconds above 0; got {self.timeout:g}")
        _ = self._backoff

    @property
    def _backoff(self) -> Backoff:
        return Backoff(self.tries, self.first_pause, self.longest_pause)

    def history(
        self,
        symbol: str,
        start: datetime.date | None = None,
        end: datetime.date | None = None,
    ) -> SymbolHistory:
        """Fetch the bars and actions of one symbol.

        Parameters
        ----------
        symbol : str
            As Yahoo writes it.
        start, end : date, optional
            First and last day on the exchange's clock, both included; None for all there is.

        Returns
        -------
        SymbolHistory
            Prices adjusted for splits, not for dividends. Without bars where the range has no
            session. The session that is going on is left out.

        Raises
        ------
        UnknownSymbolError
            If Yahoo does not know the symbol.
        DataError
            If it could not be fetched, with the last reason, or if Yahoo has no bars for a range
            with sessions.
        """
        if _ISIN.match(symbol) or not _SYMBOL.match(symbol):
            raise UnknownSymbolError(
                f"symbol {symbol!r} is no symbol of Yahoo's; expected one such as AAPL, OCDO.L, "
                f"BTC-USD or EURUSD=X"
            )
        if start is not None and end is not None and start > end:
            raise ConfigError(f"{symbol}: start {start} is after end {end}")
        closed = self.traffic.closed_until - time.monotonic()
        if closed > 0:
            raise DataError(f"{symbol}: not asked for; Yahoo wants {closed:.0f} s without requests")
        first = self._first_day() if start is None else start
        frame, result = self._backoff.until_answered(
            lambda: self._ask(symbol, first, end),
            symbol,
            np.random.default_rng([self.seed, zlib.crc32(symbol.encode())]),
            self.sleep,
            self.traffic,
            time.monotonic,
        )
        now = pd.Timestamp.now("UTC")
        found = history_of(symbol, self.interval, frame, result, (start, end), now)
        if found.bars.empty:
            require_no_sessions(symbol, first, end, result.get("meta", {}), now)
        return found

    def _first_day(self) -> datetime.date:
        if bar_length(self.interval) is None:
            return _FIRST_DAY
        today = datetime.datetime.now(datetime.UTC).date()
        return today - datetime.timedelta(days=_DAYS_KEPT.get(self.interval, 59))

    @cached_property
    def _wire(self) -> Wire:
        from lstmtrader.data.yahoo.wire import Wire

        return Wire(self.session, self.timeout, self.traffic)

    @cached_property
    def _clients(self) -> dict[Any, Any]:
        return {}  # yfinance's client with our cookies, once it has been made

    def _ask(
        self, symbol: str, start: datetime.date, end: datetime.date | None
    ) -> tuple[pd.DataFrame | None, dict[str, Any]]:
        """Ask once, through yfinance; its frame and the reply it was made from."""
        from lstmtrader.data.yahoo.wire import NoBars, is_empty

        wire = self._wire
        with _borrowed_yfinance(self._clients) as yfinance:
            wire.symbol, wire.result = symbol, {}
            try:
                frame = yfinance.Ticker(symbol, session=wire).history(
                    start=start,
                    end=None if end is None else end + datetime.timedelta(days=1),
                    interval=self.interval,
                    auto_adjust=False,
                    back_adjust=False,
                    actions=True,
                    keepna=True,
                    repair=False,
                    prepost=False,
                    timeout=self.timeout,
                )
            except NoBars:
                return None, {}
            except (TransientError, DataError):
                raise
            except yfinance.exceptions.YFRateLimitError as error:
                raise TransientError("HTTP 429") from error
            except Exception as error:
                if wire.result and is_empty(wire.result):
                    return None, wire.result
                raise DataError(
                    f"{symbol}: yfinance failed with {type(error).__name__}: {error}"
                ) from error
        return frame, wire.result


@contextlib.contextmanager
def _borrowed_yfinance(clients: dict[Any, Any]) -> Iterator[Any]:
    """Hand out yfinance, quiet, raising, and with caches and cookies of our own."""
    with _TURN, warnings.catch_warnings(), contextlib.ExitStack() as stack:
        import yfinance.cache
        import yfinance.data
        import yfinance.exceptions

        # The import adds filters of its own; this one comes later and wins.
        warnings.filterwarnings("ignore", module=r"yfinance(\.|$)")
        cache, client = yfinance.cache, yfinance.data
        for owner, name, value in (
            (yfinance.config.debug, "hide_exceptions", False),
            (logging.getLogger("yfinance"), "disabled", True),
            (client.SingletonMeta, "_instances", clients),
            (cache._TzCacheManager, "_tz_cache", TimezoneCache(cache_folder() / "yfinance")),
            (cache._CookieCacheManager, "_Cookie_cache", cache._CookieCacheDummy()),
        ):
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)
        # A cached reply would be an answer that Yahoo never gave.
        client.YfData.cache_get.cache_clear()
        stack.callback(client.YfData.cache_get.cache_clear)
        yield yfinance
