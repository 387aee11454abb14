"""The wire to Yahoo: judges every chart reply before yfinance can misread it.

yfinance turns a failed request for a time zone into «possibly delisted», asks again at once after
a 429, and keeps failed replies in a cache. All of that ends here: what is not a sound chart reply
leaves this session as an error that says what happened.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import ConnectionError, RequestException

from lstmtrader.data.retry import Traffic, TransientError, retry_after_seconds
from lstmtrader.errors import DataError, UnknownSymbolError

_CHART = "/v8/finance/chart/"
_COLUMNS = ("open", "high", "low", "close", "volume")


class NoBars(Exception):  # noqa: N818 - an answer rather than a failure
    """Yahoo says that it has nothing in this range."""


class Wire(Session[Response]):
    """A session that sends through another one and looks at what comes back.

    Parameters
    ----------
    inner : Session, optional
        A `curl_cffi` session, which keeps the cookies.
    timeout : float
        Seconds a request may take at most, whatever the caller allows.
    traffic : Traffic
        Counts the requests.
    """

    def __init__(self, inner: Any, timeout: float, traffic: Traffic) -> None:
        super().__init__()
        self._inner = Session(impersonate="chrome") if inner is None else inner
        self._longest = timeout
        self._traffic = traffic
        self.symbol = ""
        self.result: dict[str, Any] = {}
        self._aside: dict[tuple[str, str], Response | RequestException] = {}

    @property
    def cookies(self) -> Any:
        """The cookies of the session that sends."""
        return self._inner.cookies

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        self._inner.cookies = cookies

    def request(self, method: Any, url: str, **kwargs: Any) -> Response:  # type: ignore[override]
        """Send a request; raise unless a chart reply is sound."""
        kwargs["timeout"] = self._longest
        if self.proxies:
            kwargs.setdefault("proxies", self.proxies)
        if _CHART not in url:
            return self._once(method, url, kwargs)
        self.result = {}
        self._traffic.requests += 1
        try:
            response: Response = self._inner.request(method, url, **kwargs)
        except RequestException as error:
            raise TransientError(f"{type(error).__name__}: {error}") from error
        if response.status_code in (401, 403):
            self._aside.clear()  # yfinance asks once more, with new cookies
        else:
            self.result = sound_result(response, self.symbol)
        return response

    def _once(self, method: Any, url: str, kwargs: dict[str, Any]) -> Response:
        """Ask for a cookie or a crumb, whose success or failure then stands.

        yfinance would ask again before every chart, and wait in vain each time where the cookie's
        host is blocked. Charts come without them too.
        """
        found = self._aside.get((method, url))
        if found is None:
            self._traffic.requests += 1
            try:
                found = self._inner.request(method, url, **kwargs)
                if url.endswith("/getcrumb") and found.status_code != 200:
                    # yfinance would take the text of the error for the crumb.
                    found = ConnectionError(f"no crumb: HTTP {found.status_code}")
            except RequestException as error:
                found = error
            self._aside[method, url] = found
        if isinstance(found, RequestException):
            raise found
        return found


def sound_result(response: Response, symbol: str) -> dict[str, Any]:
    """Return the one result of a chart reply.

    Raises
    ------
    TransientError
        Rate limits, errors of the server, and replies that are cut, unreadable or inconsistent.
    UnknownSymbolError
        If Yahoo says that it does not know the symbol.
    NoBars
        If Yahoo says that it has nothing in this range.
    DataError
        If Yahoo refuses the request for another reason, or answers for another symbol.
    """
    status = response.status_code
    if status == 429 or status >= 500:
        now = datetime.datetime.now(datetime.UTC)
        wait = retry_after_seconds(response.headers.get("Retry-After"), now)
        raise TransientError(f"HTTP {status}", wait)
    try:
        chart = json.loads(response.content)["chart"]
        error = chart["error"]
        if error:
            code, said = str(error.get("code")), str(error.get("description"))
            if status == 404 and code == "Not Found":
                raise UnknownSymbolError(f"symbol {symbol!r} is not known to Yahoo: {said}")
            if said.startswith("Data doesn't exist"):
                raise NoBars(said)
            raise DataError(f"{symbol}: Yahoo refuses the request (HTTP {status}): {said}")
        result: dict[str, Any] = chart["result"][0]
        named = str(result["meta"]["symbol"])
        consistent = _lines_up(result)
    except (ValueError, LookupError, TypeError, AttributeError) as broken:
        raise TransientError(f"an unreadable reply (HTTP {status})") from broken
    if named.upper() != symbol.upper():
        raise DataError(f"{symbol}: Yahoo answered with the prices of {named}")
    if not consistent:
        raise TransientError("a reply whose prices and timestamps do not line up")
    return result


def is_empty(result: dict[str, Any]) -> bool:
    """Whether a sound result has no bar."""
    return not result.get("timestamp")


def _lines_up(result: dict[str, Any]) -> bool:
    times = result.get("timestamp") or []
    indicators = result["indicators"]
    quote = indicators["quote"][0]
    columns = [quote.get(name) or [] for name in _COLUMNS]
    columns += [each["adjclose"] for each in indicators.get("adjclose", ()) if each]
    return all(len(column) == len(times) for column in columns)
