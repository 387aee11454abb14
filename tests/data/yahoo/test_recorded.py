"""Law: what Yahoo really answered becomes the right bars, dates, actions and currency."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from lstmtrader.errors import DataError
from tests.data.yahoo.conftest import Connect, day
from tests.data.yahoo.replay import Replay, recording

pytestmark = pytest.mark.usefixtures("recorded")

SHORT = "2020-01-01-to-2020-01-03"

# recording, symbol, first and last day, dates it must have, currency, exchange
CASES = [
    (f"chart-AAPL-{SHORT}", "AAPL", ["2020-01-02"], "USD", "NMS"),
    (f"chart-0P000071W8.TO-{SHORT}", "0P000071W8.TO", ["2020-01-02"], "CAD", "TOR"),
    (f"chart-AZT.OL-{SHORT}", "AZT.OL", ["2020-01-02"], "NOK", "OSL"),
    (f"chart-OCDO.L-{SHORT}", "OCDO.L", ["2020-01-02"], "GBp", "LSE"),
    (f"chart-ORSTED.CO-{SHORT}", "ORSTED.CO", ["2020-01-02"], "DKK", "CPH"),
    (f"chart-WSKT.JK-{SHORT}", "WSKT.JK", ["2020-01-02"], "IDR", "JKT"),
    (f"chart-QQQ-{SHORT}", "QQQ", ["2020-01-02"], "USD", "NGM"),
    (f"chart-GC=F-{SHORT}", "GC=F", ["2020-01-02"], "USD", "CMX"),
    (f"chart-AFRAF-{SHORT}", "AFRAF", ["2020-01-02"], "USD", "PNK"),
    (
        f"chart-BTC-USD-{SHORT}",
        "BTC-USD",
        ["2020-01-01", "2020-01-02", "2020-01-03"],
        "USD",
        "CCC",
    ),
    (
        f"chart-EURUSD=X-{SHORT}",
        "EURUSD=X",
        ["2020-01-01", "2020-01-02", "2020-01-03"],
        "USD",
        "CCY",
    ),
    (
        "chart-WSU.DE-2023-08-04-to-2023-08-09",
        "WSU.DE",
        ["2023-08-04", "2023-08-07", "2023-08-08"],
        "EUR",
        "GER",
    ),
    (
        "historical-via-chart-0P0000XTS7-2024-09-12-to-2024-09-16",
        "0P0000XTS7",
        ["2024-09-12", "2024-09-13"],
        "USD",
        "PNK",
    ),
]


@pytest.mark.parametrize(("name", "symbol", "dates", "currency", "exchange"), CASES)
def test_bars(
    name: str,
    symbol: str,
    dates: list[str],
    currency: str,
    exchange: str,
    server: Replay,
    connect: Connect,
) -> None:
    chart = server.charts[symbol] = recording(name)
    history = connect().history(symbol, day(dates[0]), day(dates[-1]))
    assert [f"{date:%Y-%m-%d}" for date in history.bars.index] == dates
    quote = chart["indicators"]["quote"][0]
    for field in ("open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(history.bars[field], np.array(quote[field], dtype=float))
    np.testing.assert_array_equal(
        history.bars["adj_close"], chart["indicators"]["adjclose"][0]["adjclose"]
    )
    assert history.currency == currency
    assert history.exchange == exchange
    assert history.timezone == chart["meta"]["exchangeTimezoneName"]
    assert history.actions.empty


@pytest.mark.parametrize(
    ("name", "symbol", "actions"),
    [
        (
            "historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv",
            "MSFT",
            [
                ("2021-02-17", "dividend", 0.56),
                ("2021-05-19", "dividend", 0.56),
                ("2021-08-18", "dividend", 0.56),
                ("2021-11-17", "dividend", 0.62),
            ],
        ),
        (
            "historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv",
            "NVDA",
            [("2021-07-20", "split", 4.0)],
        ),
        (
            "chart-AAPL-2020-08-31-to-2020-11-07",
            "AAPL",
            [("2020-08-31", "split", 4.0), ("2020-11-06", "dividend", 0.205)],
        ),
        ("historical-via-chart-dividends-TSLA-no-dividends", "TSLA", []),
    ],
)
def test_whole_recordings_with_actions(
    name: str,
    symbol: str,
    actions: list[tuple[str, str, float]],
    server: Replay,
    connect: Connect,
) -> None:
    chart = server.charts[symbol] = recording(name)
    history = connect().history(symbol)
    zone = ZoneInfo(chart["meta"]["exchangeTimezoneName"])
    dates = [datetime.datetime.fromtimestamp(at, zone).date() for at in chart["timestamp"]]
    assert [stamp.date() for stamp in history.bars.index] == dates
    np.testing.assert_array_equal(history.bars["close"], chart["indicators"]["quote"][0]["close"])
    found = [
        (f"{time:%Y-%m-%d}", kind, value)
        for time, kind, value in history.actions.itertuples(name=None)
    ]
    assert found == actions


def test_a_range_is_cut_on_the_server_and_both_days_count(server: Replay, connect: Connect) -> None:
    server.charts["MSFT"] = recording(
        "historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv"
    )
    history = connect().history("MSFT", day("2021-05-19"), day("2021-05-21"))
    assert list(history.bars.index) == list(pd.bdate_range("2021-05-19", "2021-05-21"))
    assert list(history.actions.index) == [pd.Timestamp("2021-05-19")]
    _, query = server.requests[-1]
    assert int(query["period2"]) - int(query["period1"]) == 3 * 86_400


def test_a_bar_that_starts_when_the_range_is_over_is_left_out(
    server: Replay, connect: Connect
) -> None:
    """Yahoo sends it, as its recording shows: three bars for two days."""
    server.charts["BTC-USD"] = recording(f"chart-BTC-USD-{SHORT}")
    history = connect().history("BTC-USD", day("2020-01-01"), day("2020-01-02"))
    assert [f"{date:%d}" for date in history.bars.index] == ["01", "02"]


@pytest.mark.parametrize(
    "name", ["chart-notimestamp-quotes-length.fake", "chart-notimestamp-weird-quote.fake"]
)
def test_prices_without_timestamps_are_no_bars_and_no_success(
    name: str, server: Replay, connect: Connect, pauses: list[float]
) -> None:
    server.charts["AAPL"] = recording(name)
    server.verbatim.add("AAPL")
    with pytest.raises(DataError, match=r"AAPL: gave up after 3 tries.*do not line up"):
        connect(tries=3).history("AAPL", day("2020-01-01"), day("2020-01-02"))
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("name", "symbol", "interval", "first"),
    [
        ("chart-AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m", "AAPL", "1m",
         "2025-02-01"),
        ("chart-TSLA-2025-01-01-to-2025-01-02-interval-1h.fake", "TSLA", "1h", "2025-01-01"),
    ],
)  # fmt: skip
def test_a_day_without_a_session_is_honestly_empty(
    name: str, symbol: str, interval: str, first: str, server: Replay, connect: Connect
) -> None:
    server.charts[symbol] = recording(name)
    server.verbatim.add(symbol)
    history = connect(interval=interval).history(symbol, day(first), day(first))
    assert history.bars.empty
    assert history.currency == "USD"


def test_a_session_without_a_bar_is_an_error(server: Replay, connect: Connect) -> None:
    server.charts["TSLA"] = recording("chart-TSLA-2025-01-01-to-2025-01-02-interval-1h.fake")
    server.verbatim.add("TSLA")
    with pytest.raises(DataError, match=r"TSLA: Yahoo has no bars.*XNYS had 1 sessions"):
        connect(interval="1h").history("TSLA", day("2025-01-01"), day("2025-01-02"))
