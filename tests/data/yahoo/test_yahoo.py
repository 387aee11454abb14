"""Law: through yfinance, a bar is the server's bar, and a failure is a failure that says why."""

from __future__ import annotations

import copy
import datetime
import json
import logging
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.yahoo.source import YahooSource
from lstmtrader.data.yahoo.timezones import cache_folder
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from tests.data.yahoo.conftest import Connect, day
from tests.data.yahoo.replay import (
    ROOT,
    Fault,
    LoopbackSession,
    Replay,
    chart_of,
    http_date,
    openings,
    synthetic_bars,
    synthetic_chart,
)

FIRST, LAST = day("2021-03-01"), day("2021-06-30")
TRUTH = slice(str(FIRST), str(LAST))


def assert_true(history: SymbolHistory) -> None:
    assert_frame_equal(
        history.bars, synthetic_bars(history.symbol).loc[TRUTH], check_freq=False, rtol=0, atol=0
    )


class TestFaultsThatPass:
    """Each is played at the first request, for the time zone, and at the second, for the bars."""

    @pytest.mark.parametrize("at", [0, 1])
    @pytest.mark.parametrize(
        "fault",
        [
            Fault(status=429),
            Fault(status=500),
            Fault(status=503, body=json.dumps({"chart": {"result": None, "error": {"code": "x"}}})),
            Fault("truncated"),
            Fault("garbled"),
            Fault("hang"),
            Fault("raw", body="<html>Will be right back"),
            Fault("raw", body='{"chart": {"result": null, "error": null}}'),
            Fault(status=404, body="<html>not here"),
        ],
        ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.body[:10]}",
    )
    def test_one_failure_costs_one_pause(
        self, fault: Fault, at: int, server: Replay, connect: Connect, pauses: list[float]
    ) -> None:
        server.script("SYN", *[None] * at, fault)
        source = connect(timeout=1.5 if fault.kind == "hang" else 5.0)
        assert_true(source.history("SYN", FIRST, LAST))
        assert len(pauses) == source.traffic.retries == 1
        assert server.chart_requests("SYN") == 3
        assert 0.5 <= pauses[0] <= 1.0

    def test_tries_are_bounded_and_pauses_grow(
        self, server: Replay, connect: Connect, pauses: list[float]
    ) -> None:
        server.script("SYN", *[Fault(status=429)] * 20)
        source = connect(tries=6, first_pause=2.0, longest_pause=10.0)
        with pytest.raises(DataError, match=r"SYN: gave up after 6 tries.*HTTP 429") as failed:
            source.history("SYN", FIRST, LAST)
        assert not isinstance(failed.value, UnknownSymbolError)
        assert server.chart_requests("SYN") == 6
        for pause, full in zip(pauses, [2, 4, 8, 10, 10], strict=True):
            assert full / 2 <= pause <= full

    def test_the_jitter_is_seeded(
        self, server: Replay, connect: Connect, pauses: list[float]
    ) -> None:
        for seed in (0, 0, 1):
            server.script("SYN", *[Fault()] * 2)
            with pytest.raises(DataError, match="gave up"):
                connect(tries=2, seed=seed).history("SYN", FIRST, LAST)
        assert pauses[0] == pauses[1] != pauses[2]


class TestRetryAfter:
    def test_seconds(self, server: Replay, connect: Connect, pauses: list[float]) -> None:
        server.script("SYN", Fault(status=429, retry_after="37"))
        assert_true(connect().history("SYN", FIRST, LAST))
        assert pauses == [37.0]

    def test_date(self, server: Replay, connect: Connect, pauses: list[float]) -> None:
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=50)
        server.script("SYN", Fault(status=503, retry_after=http_date(later)))
        assert_true(connect().history("SYN", FIRST, LAST))
        assert len(pauses) == 1
        assert 40 < pauses[0] <= 50

    @pytest.mark.parametrize("header", ["0", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "-5"])
    def test_what_asks_for_nothing_leaves_the_own_pause(
        self, header: str, server: Replay, connect: Connect, pauses: list[float]
    ) -> None:
        server.script("SYN", Fault(status=429, retry_after=header))
        assert_true(connect().history("SYN", FIRST, LAST))
        assert len(pauses) == 1
        assert 0.5 <= pauses[0] <= 1.0

    def test_too_long_a_wait_is_named_and_nobody_else_knocks(
        self, server: Replay, connect: Connect, pauses: list[float]
    ) -> None:
        server.script("SYN", Fault(status=429, retry_after="3600"))
        source = connect(longest_pause=60.0)
        with pytest.raises(DataError, match="SYN: HTTP 429, and wants 3600 s without requests"):
            source.history("SYN", FIRST, LAST)
        with pytest.raises(DataError, match=r"SYN2: not asked for; Yahoo wants 3[56]"):
            source.history("SYN2", FIRST, LAST)
        assert pauses == []
        assert server.chart_requests() == 1


class TestWhatWillNotPass:
    def test_an_unknown_ticker_is_named_at_the_cost_of_one_request(
        self, server: Replay, connect: Connect, pauses: list[float]
    ) -> None:
        with pytest.raises(UnknownSymbolError, match="symbol 'NOPE' is not known to Yahoo"):
            connect().history("NOPE", FIRST, LAST)
        assert server.chart_requests() == 1
        assert pauses == []

    def test_a_ticker_that_was_known_yesterday(self, server: Replay, connect: Connect) -> None:
        source = connect()
        server.charts["GONE"] = synthetic_chart("GONE")
        source.history("GONE", FIRST, LAST)
        del server.charts["GONE"]
        with pytest.raises(UnknownSymbolError, match="'GONE'"):
            source.history("GONE", FIRST, LAST)

    @pytest.mark.parametrize("symbol", ["", "A B", "a/../b", "A?x=1", "US0378331005", ".L"])
    def test_what_is_no_symbol_is_not_sent(
        self, symbol: str, server: Replay, connect: Connect
    ) -> None:
        with pytest.raises(UnknownSymbolError, match="is no symbol of Yahoo's"):
            connect().history(symbol, FIRST, LAST)
        assert server.requests == []

    def test_a_refused_range(self, server: Replay, connect: Connect, pauses: list[float]) -> None:
        said = "1m data not available for startTime=1. Only 8 days are granted per request."
        body = json.dumps(
            {"chart": {"result": None, "error": {"code": "Bad", "description": said}}}
        )
        server.script("SYN", None, Fault(status=422, body=body))
        with pytest.raises(DataError, match=r"SYN: Yahoo refuses.*Only 8 days"):
            connect().history("SYN", FIRST, LAST)
        assert pauses == []

    @pytest.mark.parametrize("first", ["2021-03-06", "2021-03-03"])
    def test_data_does_not_exist(self, first: str, server: Replay, connect: Connect) -> None:
        said = "Data doesn't exist for startDate = 1, endDate = 2"
        body = json.dumps(
            {"chart": {"result": None, "error": {"code": "Bad Request", "description": said}}}
        )
        server.script("SYN", None, Fault(status=400, body=body))
        if first == "2021-03-06":  # a weekend
            assert connect().history("SYN", day(first), day("2021-03-07")).bars.empty
        else:
            with pytest.raises(DataError, match=r"SYN: Yahoo has no bars.*XNYS had 3 sessions"):
                connect().history("SYN", day(first), day("2021-03-07"))

    def test_unauthorised_twice(self, server: Replay, connect: Connect) -> None:
        body = json.dumps({"finance": {"result": None, "error": {"code": "Unauthorized"}}})
        server.script("SYN", *[Fault(status=401, body=body)] * 2)
        with pytest.raises(DataError, match="SYN: yfinance failed"):
            connect().history("SYN", FIRST, LAST)
        assert_true(connect().history("SYN", FIRST, LAST))

    def test_unauthorised_once_asks_for_new_cookies(
        self, server: Replay, connect: Connect, pauses: list[float]
    ) -> None:
        source = connect()
        source.history("SYN", FIRST, LAST)
        server.script("SYN", Fault(status=401, body="{}"))
        assert_true(source.history("SYN", FIRST, LAST))
        assert [path for path, _ in server.requests].count("/v1/test/getcrumb") == 2
        assert pauses == []

    def test_the_prices_of_another_symbol(self, server: Replay, connect: Connect) -> None:
        server.charts["THIS"] = synthetic_chart("SYN")
        with pytest.raises(DataError, match="THIS: Yahoo answered with the prices of SYN"):
            connect().history("THIS", FIRST, LAST)

    def test_bars_of_another_interval(self, server: Replay, connect: Connect) -> None:
        server.charts["X"] = synthetic_chart("X")
        server.charts["X"]["meta"]["dataGranularity"] = "1mo"
        with pytest.raises(DataError, match="X: asked Yahoo for 1d bars and got 1mo ones"):
            connect().history("X", FIRST, LAST)

    def test_dividends_in_another_currency(self, server: Replay, connect: Connect) -> None:
        chart = server.charts["X"] = synthetic_chart("X")
        at = chart["timestamp"][1640]
        chart["events"] = {"dividends": {"1": {"amount": 1.5, "date": at, "currency": "CHF"}}}
        with pytest.raises(DataError, match="X: prices are in USD and dividends in other"):
            connect().history("X", FIRST, LAST)
        chart["meta"]["currency"] = "GBp"
        chart["events"]["dividends"]["1"]["currency"] = "GBP"
        assert list(connect().history("X", FIRST, LAST).actions["value"]) == [150.0]

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"interval": "1wk"}, "interval: expected one of 1m"),
            ({"timeout": 0}, "timeout"),
            ({"tries": 0}, "tries"),
            ({"first_pause": 5, "longest_pause": 1}, "first_pause"),
        ],
    )
    def test_settings_that_cannot_be(self, settings: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            YahooSource(**settings)


class TestBars:
    def test_a_server_that_ignores_the_range(self, server: Replay, connect: Connect) -> None:
        chart = server.charts["X"] = synthetic_chart("X")
        server.verbatim.add("X")
        kept = chart["timestamp"][1640]
        dates = (chart["timestamp"][100], kept, chart["timestamp"][2500])
        chart["events"] = {
            "splits": {str(d): {"date": d, "numerator": 3, "denominator": 2} for d in dates}
        }
        found = connect().history("X", FIRST, LAST)
        truth = synthetic_bars("X").loc[TRUTH]
        assert_frame_equal(found.bars, truth, check_freq=False, rtol=0, atol=0)
        assert list(found.actions["value"]) == [1.5]

    def test_before_the_first_trade_there_is_nothing(
        self, server: Replay, connect: Connect
    ) -> None:
        assert connect().history("SYN", day("2014-12-01"), day("2014-12-20")).bars.empty
        assert connect().history("SYN", day("1999-12-01"), day("2014-12-20")).bars.empty

    def test_nulls_in_the_middle_stay_as_holes(self, server: Replay, connect: Connect) -> None:
        bars = synthetic_bars("X").loc[TRUTH].copy()
        bars.iloc[7] = np.nan
        bars.iloc[9, bars.columns.get_loc("volume")] = np.nan
        bars.iloc[11, bars.columns.get_loc("high")] = np.nan
        server.charts["X"] = chart_of("X", openings(bars.index), bars)
        found = connect().history("X", FIRST, LAST).bars
        assert_frame_equal(found, bars, check_freq=False, rtol=0, atol=0)

    def test_nulls_at_the_end_are_a_bar_to_come(self, server: Replay, connect: Connect) -> None:
        bars = synthetic_bars("X").loc[TRUTH].copy()
        bars.iloc[-1] = np.nan
        chart = server.charts["X"] = chart_of("X", openings(bars.index), bars)
        event = {"amount": 1.0, "date": chart["timestamp"][-1]}
        chart["events"] = {"dividends": {"1": event}}
        found = connect().history("X", FIRST, LAST)
        assert_frame_equal(found.bars, bars.iloc[:-1], check_freq=False, rtol=0, atol=0)
        assert found.actions.empty

    def test_todays_bar_twice(self, server: Replay, connect: Connect) -> None:
        """Yahoo repeats the last day with the latest prices; those count, in any order."""
        truth = synthetic_bars("X").loc[TRUTH]
        stale = truth.iloc[[-1]] * 0.99
        seconds = openings(truth.index)
        latest = truth.iloc[[-1]]
        bars = pd.concat([truth.iloc[:-1], stale, latest])
        seconds = [*seconds, seconds[-1] + 23_000]
        server.charts["X"] = chart_of("X", seconds, bars)
        found = connect().history("X", FIRST, LAST).bars
        assert_frame_equal(found, truth, check_freq=False, rtol=0, atol=0)

    def test_a_day_twice_in_the_middle_keeps_the_first(
        self, server: Replay, connect: Connect
    ) -> None:
        truth = synthetic_bars("X").loc[TRUTH]
        seconds = openings(truth.index)
        bars = pd.concat([truth.iloc[:5], truth.iloc[[4]] * 1.01, truth.iloc[5:]])
        seconds = [*seconds[:5], seconds[4] + 60, *seconds[5:]]
        server.charts["X"] = chart_of("X", seconds, bars)
        found = connect().history("X", FIRST, LAST).bars
        assert_frame_equal(found, truth, check_freq=False, rtol=0, atol=0)

    @pytest.mark.parametrize("over", [False, True])
    def test_a_session_that_goes_on_is_left_for_later(
        self, over: bool, server: Replay, connect: Connect
    ) -> None:
        # The session began two minutes ago: not before midnight.
        new_york = pd.Timestamp.now("America/New_York")
        time.sleep(max(0.0, 130 - (new_york - new_york.normalize()).total_seconds()))
        today = pd.Timestamp.now("America/New_York").normalize().tz_localize(None)
        days = pd.bdate_range(end=today - pd.Timedelta(days=1), periods=3).append(
            pd.DatetimeIndex([today])
        )
        bars = synthetic_bars("X").iloc[:4].set_axis(days.as_unit("ns").rename("time"))
        seconds = [*openings(days[:3]), int(time.time()) - 60]
        now = int(time.time())
        regular: dict[str, Any] = {"start": now - 120, "end": now - 30 if over else now + 3600}
        regular |= {"timezone": "EST", "gmtoffset": -18000}
        server.charts["X"] = chart_of("X", seconds, bars, currentTradingPeriod={"regular": regular})
        found = connect().history("X", days[0].date()).bars
        assert len(found) == (4 if over else 3)

    def test_capital_gains_of_a_fund(self, server: Replay, connect: Connect) -> None:
        bars = synthetic_bars("FUND").loc[TRUTH]
        seconds = openings(bars.index)
        chart = chart_of("FUND", seconds, bars, instrumentType="ETF")
        chart["events"] = {
            "capitalGains": {"1": {"amount": 2.5, "date": seconds[30]}},
            "dividends": {"1": {"amount": 0.5, "date": seconds[30]}},
            "splits": {"1": {"date": seconds[50], "numerator": 1, "denominator": 8}},
        }
        server.charts["FUND"] = chart
        actions = connect().history("FUND", FIRST, LAST).actions
        assert list(actions.itertuples(name=None)) == [
            (bars.index[30], "dividend", 0.5),
            (bars.index[30], "capital_gain", 2.5),
            (bars.index[50], "split", 0.125),
        ]

    def test_hourly_bars_are_named_by_their_opening_in_utc(
        self, server: Replay, connect: Connect
    ) -> None:
        """Across the change of the clocks on 14 March 2021."""
        zone = "America/New_York"
        days = [pd.Timestamp("2021-03-12", tz=zone), pd.Timestamp("2021-03-15", tz=zone)]
        opened = [d + pd.Timedelta(hours=9 + i, minutes=30) for d in days for i in range(7)]
        bars = synthetic_bars("X").iloc[: len(opened)]
        periods = [
            [{"timezone": "EST", "gmtoffset": -18000,
              "start": int((d + pd.Timedelta(hours=9, minutes=30)).timestamp()),
              "end": int((d + pd.Timedelta(hours=16)).timestamp())}]
            for d in days
        ]  # fmt: skip
        server.charts["X"] = chart_of(
            "X", [int(t.timestamp()) for t in opened], bars, "1h", tradingPeriods=periods
        )
        del server.charts["X"]["indicators"]["adjclose"]  # Yahoo has none for such bars
        found = connect(interval="1h").history("X", day("2021-03-12"), day("2021-03-15"))
        expected = [t.tz_convert("UTC").tz_localize(None) for t in opened]
        assert list(found.bars.index) == expected
        assert expected[0].hour == 14
        assert expected[7].hour == 13
        np.testing.assert_array_equal(found.bars["close"], bars["close"])
        assert found.bars["adj_close"].isna().all()

    def test_everything_there_is(self, server: Replay, connect: Connect) -> None:
        found = connect().history("SYN", None, LAST)
        truth = synthetic_bars("SYN").loc[: str(LAST)]
        assert_frame_equal(found.bars, truth, check_freq=False, rtol=0, atol=0)

    def test_a_symbol_in_small_letters_keeps_its_name(
        self, server: Replay, connect: Connect
    ) -> None:
        assert connect().history("syn", FIRST, LAST).symbol == "syn"


class TestTheProcessStaysAsItWas:
    def picture(self) -> dict[str, Any]:
        import yfinance
        import yfinance.base
        import yfinance.cache
        import yfinance.data

        logger = logging.getLogger("yfinance")
        return {
            "settings": copy.deepcopy(yfinance.config.options),
            "clients": dict(yfinance.data.SingletonMeta._instances),
            "timezones": yfinance.cache._TzCacheManager._tz_cache,
            "database": yfinance.cache._TzDBManager._db,
            "cookies": yfinance.cache._CookieCacheManager._Cookie_cache,
            "counter": yfinance.base._tz_info_fetch_ctr,
            "logger": (logger.disabled, logger.level, logger.propagate, list(logger.handlers)),
            "root": list(logging.getLogger().handlers),
            "filters": list(warnings.filters),
            "cached replies": yfinance.data.YfData.cache_get.cache_info().currsize,
        }

    def test_after_success_and_failure(self, server: Replay, connect: Connect) -> None:
        import yfinance

        source = connect(tries=2)
        source.history("SYN", FIRST, LAST)
        yfinance.config.debug.hide_exceptions = True
        before = self.picture()
        source.history("SYN", FIRST, LAST)
        server.script("SYN", *[Fault()] * 2)
        with pytest.raises(DataError):
            source.history("SYN", FIRST, LAST)
        with pytest.raises(UnknownSymbolError):
            source.history("NOPE", FIRST, LAST)
        assert self.picture() == before

    def test_first_use_in_a_fresh_process(self, server: Replay, home: Path) -> None:
        code = f"""
import datetime, logging, sys, warnings
from lstmtrader.data.yahoo.source import YahooSource
assert not {{"yfinance", "curl_cffi", "platformdirs"}} & set(sys.modules), "imported early"
from tests.data.yahoo.replay import LoopbackSession
filters = list(warnings.filters)
source = YahooSource(session=LoopbackSession({server.port}))
for symbol in ("SYN", "NOPE"):
    try:
        days = datetime.date(2021, 3, 1), datetime.date(2021, 3, 5)
        print(len(source.history(symbol, *days).bars))
    except Exception as error:
        print(type(error).__name__)
assert warnings.filters == filters
import yfinance.cache, yfinance.data
assert yfinance.config.debug.hide_exceptions is True
assert yfinance.data.SingletonMeta._instances == {{}}
assert yfinance.cache._TzDBManager._db is None
"""
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (run.stdout.split(), run.stderr) == (["5", "UnknownSymbolError"], "")

    def test_caches_lie_in_our_folder(self, server: Replay, connect: Connect, home: Path) -> None:
        connect().history("SYN", FIRST, LAST)
        assert cache_folder() == home / "cache"
        files = [path for path in home.rglob("*") if path.is_file()]
        assert files == [home / "cache" / "yfinance" / "timezones.json"]

    def test_nothing_but_the_loopback_is_reached(self) -> None:
        session = LoopbackSession(1)
        for url in ("https://example.org/", "http://yahoo.com/", "https://notyahoo.com/"):
            with pytest.raises(AssertionError, match="a test asked for"):
                session.get(url)


class Logged(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """What is told to whoever listens, while the test runs."""
    root, ear = logging.getLogger(), Logged()
    root.addHandler(ear)
    yield ear.records
    root.removeHandler(ear)


class TestRequests:
    @pytest.mark.parametrize(
        "fault",
        [Fault(status=429), Fault(status=500), Fault("hang"), Fault("truncated")],
        ids=lambda fault: f"{fault.kind}-{fault.status}",
    )
    def test_charts_come_without_cookies_and_crumbs(
        self,
        fault: Fault,
        server: Replay,
        connect: Connect,
        pauses: list[float],
        logged: list[logging.LogRecord],
    ) -> None:
        server.aside = fault
        source = connect(timeout=1.5 if fault.kind == "hang" else 5.0)
        for symbol in ("SYN", "SYN2", "SYN3"):
            assert_true(source.history(symbol, FIRST, LAST))
        assert len(server.requests) - server.chart_requests() <= 4
        assert not any("crumb" in query for _, query in server.requests)
        assert pauses == []
        assert logged == []

    def test_a_known_symbol_costs_one(self, server: Replay, connect: Connect) -> None:
        connect().history("SYN", FIRST, LAST)
        assert server.chart_requests("SYN") == 2
        again = connect()
        again.history("SYN", FIRST, LAST)
        again.history("SYN", FIRST, LAST)
        assert server.chart_requests("SYN") == 4
        assert again.traffic.requests == 4  # a cookie and a crumb, once

    def test_a_broken_cache_costs_a_request_and_no_more(
        self, server: Replay, connect: Connect, home: Path
    ) -> None:
        (home / "cache" / "yfinance").mkdir(parents=True)
        (home / "cache" / "yfinance" / "timezones.json").write_text('{"SYN": "Nowh')
        assert_true(connect().history("SYN", FIRST, LAST))
        (home / "cache" / "yfinance" / "timezones.json").write_text('{"SYN": "Atlantis/Center"}')
        assert_true(connect().history("SYN", FIRST, LAST))
        assert server.chart_requests("SYN") == 4

    def test_a_folder_that_cannot_be_written(
        self, server: Replay, connect: Connect, home: Path
    ) -> None:
        home.mkdir()
        (home / "cache").write_text("a file where a folder should be")
        assert_true(connect().history("SYN", FIRST, LAST))
