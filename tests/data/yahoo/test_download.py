"""Law: of many symbols none is lost, and what could not be fetched is named."""

from __future__ import annotations

import pytest
from pandas.testing import assert_frame_equal

from lstmtrader.data.download import download
from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.yahoo.exchanges import _BY_SUFFIX, _INDICES, calendar_of
from lstmtrader.errors import ConfigError
from lstmtrader.progress import Step
from tests.data.yahoo.conftest import Connect, day
from tests.data.yahoo.replay import Fault, Replay, synthetic_bars

FIRST, LAST = day("2021-03-01"), day("2021-06-30")


def test_two_hundred_symbols_and_five_percent_failures(server: Replay, connect: Connect) -> None:
    symbols = [f"SYN{number}" for number in range(200)]
    server.fault_rate = 0.05
    arrived: list[SymbolHistory] = []
    report = download(connect(timeout=0.5), symbols, FIRST, LAST, arrived.append)

    assert set(server.played) == {"status 429", "status 500", "hang 500"}
    assert report.is_complete
    assert report.retries >= sum(server.played.values()) >= 10
    assert report.requests == len(server.requests)
    assert list(report.stored) == [history.symbol for history in arrived] == symbols
    for history in arrived:
        truth = synthetic_bars(history.symbol).loc[str(FIRST) : str(LAST)]
        assert_frame_equal(history.bars, truth, check_freq=False, rtol=0, atol=0)


def test_failures_are_named_and_the_others_kept(server: Replay, connect: Connect) -> None:
    server.script("SYN2", *[Fault(status=429)] * 9)
    server.script("SYN4", *[Fault("truncated")] * 9)
    steps: list[Step] = []
    arrived: list[str] = []
    report = download(
        connect(tries=3),
        ["SYN1", "NOPE", "SYN2", "SYN3", "SYN4", "SYN5", "SYN1"],
        FIRST,
        LAST,
        lambda history: arrived.append(history.symbol),
        steps.append,
    )
    assert arrived == list(report.stored) == ["SYN1", "SYN3", "SYN5"]
    assert list(report.unknown) == ["NOPE"]
    assert list(report.failed) == ["SYN2", "SYN4"]
    assert "HTTP 429" in report.failed["SYN2"]
    assert "gave up after 3 tries" in report.failed["SYN4"]
    assert report.retries == 4
    assert not report.is_complete
    assert steps == [
        Step("symbol", done, 6, name)
        for done, name in enumerate(["SYN1", "NOPE", "SYN2", "SYN3", "SYN4", "SYN5"], 1)
    ]


def test_what_arrived_is_stored_before_the_next_is_asked_for(
    server: Replay, connect: Connect
) -> None:
    stored: list[str] = []

    def store_one(history: SymbolHistory) -> None:
        asked = {path.rpartition("/")[2] for path, _ in server.requests if "/chart/" in path}
        assert asked == {*stored, history.symbol}
        if history.symbol == "SYN3":
            raise OSError("disk full")
        stored.append(history.symbol)

    with pytest.raises(OSError, match="disk full"):
        download(connect(), ["SYN1", "SYN2", "SYN3", "SYN4"], FIRST, LAST, store_one)
    assert stored == ["SYN1", "SYN2"]


def test_each_symbol_from_its_own_day_and_empty_ones_named(
    server: Replay, connect: Connect
) -> None:
    found: dict[str, SymbolHistory] = {}
    report = download(
        connect(),
        ["SYN1", "SYN2"],
        {"SYN1": day("2021-06-24"), "SYN2": day("2021-06-26")},
        day("2021-06-27"),
        lambda history: found.__setitem__(history.symbol, history),
    )
    assert report.stored == ("SYN1", "SYN2")
    assert report.empty == ("SYN2",)
    assert [f"{time:%d}" for time in found["SYN1"].bars.index] == ["24", "25"]


@pytest.mark.parametrize(
    ("symbol", "calendar"),
    [
        ("AAPL", "XNYS"), ("BRK-B", "XNYS"), ("0P0000XTS7", "XNYS"), ("OCDO.L", "XLON"),
        ("WSU.DE", "XETR"), ("MC.PA", "XPAR"), ("7203.T", "XTKS"), ("0700.HK", "XHKG"),
        ("0P000071W8.TO", "XTSE"), ("BHP.AX", "XASX"), ("AZT.OL", "XOSL"), ("WSKT.JK", "XIDX"),
        ("ORSTED.CO", "XCSE"), ("BTC-USD", "24/7"), ("EURUSD=X", "24/5"), ("GC=F", "CMES"),
        ("^GSPC", "XNYS"), ("^FTSE", "XLON"), ("btc-eur", "24/7"), ("NOVO-B.CO", "XCSE"),
    ],
)  # fmt: skip
def test_calendars(symbol: str, calendar: str) -> None:
    assert calendar_of(symbol) == calendar


@pytest.mark.parametrize("symbol", ["BRK.B", "X.ZZ", "^UNHEARD", "", "A B"])
def test_an_ending_that_tells_nothing(symbol: str) -> None:
    with pytest.raises(ConfigError, match="name its trading calendar"):
        calendar_of(symbol)


def test_every_calendar_exists() -> None:
    import exchange_calendars

    known = set(exchange_calendars.get_calendar_names(include_aliases=True))
    named = {*_BY_SUFFIX.values(), *_INDICES.values(), "24/7", "24/5", "CMES"}
    assert named <= known
