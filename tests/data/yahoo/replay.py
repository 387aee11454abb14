"""A loopback server that speaks like Yahoo's chart service, and a session that can reach only it.

It replays recorded replies, serves seeded synthetic symbols for any range, honours period1 and
period2, and plays scripts of faults. Nothing here can reach a network.
"""

from __future__ import annotations

import datetime
import json
import random
import threading
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd
from curl_cffi.requests import Response, Session

from tests.shared_data import shared

ROOT = Path(__file__).resolve().parents[3]
CHART = "/v8/finance/chart/"
COLUMNS = ("open", "high", "low", "close", "volume")
LONGEST_HANG = 3.0

Chart = dict[str, Any]


def recording(name: str) -> Chart:
    """The one result of a recorded reply."""
    text = (shared("yahoo_chart") / f"{name}.json").read_text(encoding="utf-8")
    result: Chart = json.loads(text)["response"]["bodyJson"]["chart"]["result"][0]
    return result


def synthetic_bars(
    symbol: str, first: str = "2015-01-01", last: str = "2030-12-31"
) -> pd.DataFrame:
    """Seeded random walk on the weekdays of New York; the truth of a synthetic symbol."""
    days = pd.bdate_range(first, last)
    rng = np.random.default_rng(zlib.crc32(symbol.encode()))
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days))))
    open_ = close * np.exp(rng.normal(0, 0.004, len(days)))
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * 1.005,
            "low": np.minimum(open_, close) * 0.995,
            "close": close,
            "volume": rng.integers(1_000, 1_000_000, len(days)).astype(float),
            "adj_close": close * 0.98,
        },
        index=days.as_unit("ns").rename("time"),
    )


def chart_of(
    symbol: str,
    seconds: Iterable[int],
    bars: pd.DataFrame,
    interval: str = "1d",
    timezone: str = "America/New_York",
    **meta: Any,
) -> Chart:
    """A chart result of bars; NaN becomes null."""

    def column(name: str) -> list[float | None]:
        values = bars[name]
        found: list[float | None] = values.astype(object).where(values.notna(), None).tolist()
        return found

    return {
        "meta": {
            "currency": "USD",
            "symbol": symbol,
            "exchangeName": "NYQ",
            "instrumentType": "EQUITY",
            "firstTradeDate": 1420122600,
            "gmtoffset": -18000,
            "timezone": "EST",
            "exchangeTimezoneName": timezone,
            "priceHint": 2,
            "dataGranularity": interval,
            "range": "",
            "validRanges": ["1d", "5d", "1mo", "max"],
            **meta,
        },
        "timestamp": list(seconds),
        "indicators": {
            "quote": [{name: column(name) for name in COLUMNS}],
            "adjclose": [{"adjclose": column("adj_close")}],
        },
    }


def openings(days: pd.DatetimeIndex, timezone: str = "America/New_York") -> list[int]:
    """Seconds of 9:30 on the exchange's clock."""
    opened = (days + pd.Timedelta(hours=9, minutes=30)).tz_localize(timezone)
    seconds: list[int] = opened.as_unit("s").asi8.tolist()
    return seconds


def synthetic_chart(symbol: str) -> Chart:
    bars = synthetic_bars(symbol)
    return chart_of(symbol, openings(bars.index), bars)


def cut(chart: Chart, first: int, last: int) -> Chart:
    """The bars and events of a range. Yahoo includes a bar that starts at period2 itself."""
    times = chart.get("timestamp") or []
    kept = [i for i, second in enumerate(times) if first <= second <= last]
    result: Chart = {"meta": chart["meta"]}
    if not kept:
        return {**result, "indicators": {"quote": [{}]}}
    indicators = chart["indicators"]
    result["timestamp"] = [times[i] for i in kept]
    result["indicators"] = {
        "quote": [{k: [v[i] for i in kept] for k, v in indicators["quote"][0].items()}],
    }
    if "adjclose" in indicators:
        adjusted = indicators["adjclose"][0]["adjclose"]
        result["indicators"]["adjclose"] = [{"adjclose": [adjusted[i] for i in kept]}]
    events = {
        kind: {key: event for key, event in found.items() if first <= event["date"] <= last}
        for kind, found in chart.get("events", {}).items()
    }
    if events:
        result["events"] = events
    return result


@dataclass
class Fault:
    """What goes wrong with one request.

    kind: ``status``, ``truncated`` (the connection ends early), ``garbled`` (half the text, as if
    it were all), ``hang``, ``raw`` (this body).
    """

    kind: str = "status"
    status: int = 500
    retry_after: str | None = None
    body: str = "<html>Oops</html>"


UNKNOWN = json.dumps(
    {
        "chart": {
            "result": None,
            "error": {
                "code": "Not Found",
                "description": "No data found, symbol may be delisted",
            },
        }
    }
)


@dataclass
class Replay:
    """What the server knows and does.

    charts: replies by symbol. Symbols that start with ``SYN`` exist without being listed.
    faults: by symbol, one for each chart request from the first on, then none.
    aside: what happens to requests for cookies and crumbs.
    fault_rate: share of chart requests that fail at random, seeded.
    verbatim: symbols whose chart is given whatever the range.
    """

    charts: dict[str, Chart] = field(default_factory=dict)
    faults: dict[str, deque[Fault | None]] = field(default_factory=dict)
    verbatim: set[str] = field(default_factory=set)
    aside: Fault | None = None
    fault_rate: float = 0.0
    seed: int = 0
    port: int = 0
    requests: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def script(self, symbol: str, *faults: Fault | None) -> None:
        self.faults[symbol] = deque(faults)

    def chart_requests(self, symbol: str | None = None) -> int:
        asked = [path.removeprefix(CHART) for path, _ in self.requests if path.startswith(CHART)]
        return len(asked) if symbol is None else asked.count(symbol)

    def fault_for(self, symbol: str) -> Fault | None:
        with self.lock:
            queue = self.faults.get(symbol)
            if queue:
                return queue.popleft()
            if self.fault_rate and self._random.random() < self.fault_rate:
                wait = self._random.choice([None, "1"])
                fault = self._random.choice(
                    [Fault(status=429, retry_after=wait), Fault(status=500), Fault("hang")]
                )
                self.played[f"{fault.kind} {fault.status}"] += 1
                return fault
        return None

    def answer(self, symbol: str, query: Mapping[str, str]) -> tuple[int, str]:
        if symbol not in self.charts and symbol.startswith("SYN"):
            self.charts[symbol] = synthetic_chart(symbol)
        chart = self.charts.get(symbol)
        if chart is None:
            return 404, UNKNOWN
        if symbol in self.verbatim:
            result = chart
        elif "period1" in query:
            result = cut(chart, int(query["period1"]), int(query["period2"]))
        else:
            last = (chart.get("timestamp") or [0])[-1]
            result = cut(chart, last, last)
        return 200, json.dumps({"chart": {"result": [result], "error": None}})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    replay: Replay

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path)
        with self.replay.lock:
            self.replay.requests.append((path, query))
        if not path.startswith(CHART):
            self.play(self.replay.aside, 200 if path.endswith("/getcrumb") else 404, "crumb")
        else:
            symbol = path.removeprefix(CHART)
            self.play(self.replay.fault_for(symbol), *self.replay.answer(symbol, query))

    def play(self, fault: Fault | None, status: int, body: str) -> None:
        if fault is None:
            self.reply(status, body)
        elif fault.kind == "status":
            self.reply(fault.status, fault.body, fault.retry_after)
        elif fault.kind == "raw":
            self.reply(200, fault.body)
        elif fault.kind == "garbled":
            self.reply(200, body[: len(body) // 2])
        elif fault.kind == "truncated":
            self.reply(200, body[: len(body) // 2], length=len(body))
            self.close_connection = True
        else:
            self.replay.closing.wait(LONGEST_HANG)
            self.close_connection = True

    def reply(
        self, status: int, body: str, retry_after: str | None = None, length: int | None = None
    ) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(content) if length is None else length))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play."""


class serving:  # noqa: N801
    """Context: a replay that listens on a loopback port."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay

    def __enter__(self) -> Replay:
        handler = type("Handler", (_Handler,), {"replay": self.replay})
        self.server = _Server(("127.0.0.1", 0), handler)
        self.replay.port = self.server.server_address[1]
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.thread.start()
        return self.replay

    def __exit__(self, *_: object) -> None:
        self.replay.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


class LoopbackSession(Session[Response]):
    """Sends what is meant for Yahoo to a loopback port, and refuses everything else."""

    def __init__(self, port: int) -> None:
        super().__init__(trust_env=False)
        self.port = port

    def request(self, method: Any, url: str, **kwargs: Any) -> Response:  # type: ignore[override]
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" or not (host == "yahoo.com" or host.endswith(".yahoo.com")):
            raise AssertionError(f"a test asked for {url}")
        inside = parts._replace(scheme="http", netloc=f"127.0.0.1:{self.port}")
        kwargs["allow_redirects"] = False
        return super().request(method, inside.geturl(), **kwargs)


def http_date(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
