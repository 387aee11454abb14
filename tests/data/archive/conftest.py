from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lstmtrader.data.store import PriceStore
from tests.data.yahoo.conftest import connect, home, pauses, recorded, server
from tests.data.yahoo.replay import Chart, chart_of, openings, synthetic_bars

__all__ = ["connect", "home", "pauses", "recorded", "server"]

# What a user of the loopback server writes: a source class of their own.
LOOPBACK = """
import os
from lstmtrader.data.yahoo.source import YahooSource
from tests.data.yahoo.replay import LoopbackSession

class LoopbackSource(YahooSource):
    def __init__(self, interval: str = "1d"):
        session = LoopbackSession(int(os.environ["LOOPBACK_PORT"]))
        super().__init__(interval=interval, timeout=5.0, tries=2, first_pause=0.01, session=session)
"""


@pytest.fixture
def store(tmp_path: Path) -> PriceStore:
    return PriceStore(tmp_path / "prices.duckdb")


def daily_chart(symbol: str, bars: pd.DataFrame | None = None) -> Chart:
    bars = synthetic_bars(symbol) if bars is None else bars
    return chart_of(symbol, openings(bars.index), bars)


def with_dividends(chart: Chart, paid: dict[str, float]) -> Chart:
    """The chart with a dividend on these days, told as of half past nine in its zone."""
    zone = chart["meta"]["exchangeTimezoneName"]
    hours = pd.Timedelta(0) if zone == "UTC" else pd.Timedelta(hours=9.5)
    found = {}
    for day, amount in paid.items():
        second = int((pd.Timestamp(day) + hours).tz_localize(zone).timestamp())
        found[str(second)] = {"amount": amount, "date": second}
    return {**chart, "events": {"dividends": found}}


def split_chart(symbol: str, day: pd.Timestamp, ratio: int = 2) -> Chart:
    """The chart of a symbol after a split: all its history on the new scale, and the event."""
    bars = synthetic_bars(symbol)
    bars[["open", "high", "low", "close", "adj_close"]] /= ratio
    chart = daily_chart(symbol, bars)
    [second] = openings(pd.DatetimeIndex([day]))
    event = {"date": second, "numerator": ratio, "denominator": 1, "splitRatio": f"{ratio}:1"}
    return {**chart, "events": {"splits": {str(second): event}}}
