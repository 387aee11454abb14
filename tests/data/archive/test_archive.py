"""Law: nothing is asked for twice, nothing is lost, and what the source changes is told."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lstmtrader.data.archive import Archive, on_two_scales
from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.store import PriceStore
from lstmtrader.data.yahoo.provider import YahooProvider
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from lstmtrader.progress import Step
from tests.data.archive.conftest import daily_chart, split_chart
from tests.data.yahoo.conftest import Connect, day
from tests.data.yahoo.replay import Fault, Replay, chart_of, synthetic_bars

FRIDAY, MONDAY = day("2024-06-28"), day("2024-07-01")
START = day("2024-01-02")


@pytest.fixture
def archive(connect: Connect, store: PriceStore) -> Archive:
    return Archive(connect(), store, last_day=FRIDAY)


def stored(archive: Archive, symbol: str) -> pd.DataFrame:
    return archive.store.history(archive.provider, symbol, archive.interval).bars


def truth(symbol: str, first: datetime.date, last: datetime.date) -> pd.DataFrame:
    return synthetic_bars(symbol).loc[str(first) : str(last)]


def assert_stored(archive: Archive, symbol: str, first: datetime.date, last: datetime.date) -> None:
    pd.testing.assert_frame_equal(
        stored(archive, symbol),
        truth(symbol, first, last),
        check_freq=False,
        check_index_type=False,
    )


def days_of(server: Replay, number: int = -1) -> tuple[datetime.date, datetime.date]:
    """First and last day of one of the chart requests for a range."""
    asked = [query for _, query in server.requests if "period1" in query]
    first, after = (
        datetime.datetime.fromtimestamp(int(asked[number][key]), datetime.UTC).date()
        for key in ("period1", "period2")
    )
    return first, after - datetime.timedelta(days=1)


def test_first_fetch_stores_all_and_the_second_asks_nothing(
    archive: Archive, server: Replay
) -> None:
    done = archive.fetch(["SYNA", "SYNB"], START)
    assert done.download.stored == ("SYNA", "SYNB")
    assert done.complete_before == ()
    for symbol in ("SYNA", "SYNB"):
        assert_stored(archive, symbol, START, FRIDAY)
    before = len(server.requests)
    again = archive.fetch(["SYNA", "SYNB"], START)
    assert again.complete_before == ("SYNA", "SYNB")
    assert again.download.requests == 0
    assert again.writes == ()
    archive.fetch(["SYNA"], day("2024-03-01"), day("2024-04-01"))
    assert len(server.requests) == before


def test_all_there_is_is_asked_for_once(archive: Archive, server: Replay) -> None:
    archive.fetch(["SYNA"])
    assert_stored(archive, "SYNA", day("2015-01-01"), FRIDAY)
    before = len(server.requests)
    archive.fetch(["SYNA"])
    archive.fetch(["SYNA"], day("1990-01-01"))
    assert len(server.requests) == before


@pytest.mark.parametrize(
    ("first", "last", "asked_first", "asked_last"),
    [
        ("2024-01-02", "2024-04-30", "2024-01-02", "2024-03-07"),
        ("2024-03-01", "2024-06-28", "2024-04-24", "2024-06-28"),
        ("2024-01-02", "2024-06-28", "2024-01-02", "2024-06-28"),
    ],
    ids=["earlier", "later", "both"],
)
def test_a_wider_range_asks_for_what_is_missing_and_the_week_beside_it(
    archive: Archive, server: Replay, first: str, last: str, asked_first: str, asked_last: str
) -> None:
    archive.fetch(["SYNA"], day("2024-03-01"), day("2024-04-30"))
    before = server.chart_requests()
    done = archive.fetch(["SYNA"], day(first), day(last))
    assert server.chart_requests() == before + 1
    assert days_of(server) == (day(asked_first), day(asked_last))
    assert done.restated.empty
    assert_stored(archive, "SYNA", day(first), day(last))
    assert archive.fetch(["SYNA"], day(first), day(last)).download.requests == 0


def test_update_costs_one_request_a_symbol_and_tells_what_was_restated(
    archive: Archive, server: Replay
) -> None:
    archive.fetch(["SYNA", "SYNB"], START)
    bars = synthetic_bars("SYNA")
    bars.loc["2024-06-27", "volume"] += 1
    bars.loc["2024-06-26", "close"] *= 1.001
    server.charts["SYNA"] = daily_chart("SYNA", bars.drop(pd.Timestamp("2024-06-25")))
    before = len(server.requests)
    done = replace(archive, last_day=MONDAY).update()
    assert len(server.requests) == before + 2
    assert done.download.requests == 2
    assert sum(write.added for write in done.writes) == 2
    told = done.restated[["symbol", "time", "change", "field"]].astype({"time": str})
    assert told.to_numpy().tolist() == [
        ["SYNA", "2024-06-25", "vanished", "close"],
        ["SYNA", "2024-06-26", "restated", "close"],
        ["SYNA", "2024-06-27", "restated", "volume"],
    ]
    now = stored(archive, "SYNA")
    assert pd.Timestamp("2024-06-25") not in now.index
    assert now.index[-1] == pd.Timestamp(MONDAY)
    old = archive.store.history("yahoo", "SYNA", as_of=2).bars
    pd.testing.assert_frame_equal(
        old, truth("SYNA", START, FRIDAY), check_freq=False, check_index_type=False
    )


def test_a_new_scale_is_fetched_whole_once(archive: Archive, server: Replay) -> None:
    archive.fetch(["SYNA", "SYNB"], START)
    server.charts["SYNA"] = split_chart("SYNA", pd.Timestamp(MONDAY))
    before = server.chart_requests("SYNA"), server.chart_requests("SYNB")
    later = replace(archive, last_day=MONDAY)
    later.update()
    assert server.chart_requests("SYNA") == before[0] + 2
    assert server.chart_requests("SYNB") == before[1] + 1
    close = stored(archive, "SYNA")["close"]
    np.testing.assert_allclose(close, truth("SYNA", START, MONDAY)["close"] / 2, rtol=1e-12)
    later.update()
    assert server.chart_requests("SYNA") == before[0] + 3


def test_earlier_days_on_another_scale_bring_the_stored_ones_with_them(
    archive: Archive, server: Replay
) -> None:
    """The split lies after all days asked for: only the week beside them tells it."""
    archive.fetch(["SYNA"], day("2024-03-01"), day("2024-04-30"))
    server.charts["SYNA"] = split_chart("SYNA", pd.Timestamp("2024-06-03"))
    before = server.chart_requests()
    archive.fetch(["SYNA"], START, day("2024-04-30"))
    assert server.chart_requests() == before + 2
    wanted = truth("SYNA", START, day("2024-04-30"))["close"] / 2
    np.testing.assert_allclose(stored(archive, "SYNA")["close"], wanted, rtol=1e-12)


def test_an_update_that_ended_between_a_split_and_its_refetch_is_finished_later(
    connect: Connect, store: PriceStore, server: Replay
) -> None:
    source = connect(tries=1)
    yesterday = Archive(source, store).last_day
    split = pd.bdate_range(end=yesterday, periods=3)[-1]
    history = source.history("SYNA", START, split.date() - datetime.timedelta(days=1))
    store.write(
        history, provider="yahoo", start=START, end=split.date() - datetime.timedelta(days=1),
        fetched_at=split - pd.Timedelta(hours=6),
    )  # fmt: skip
    server.charts["SYNA"] = split_chart("SYNA", split)
    server.script("SYNA", None, Fault(status=500))
    archive = Archive(source, store)
    done = archive.update(["SYNA"])
    assert set(done.download.failed) == {"SYNA"}
    assert done.download.stored == ()
    assert on_two_scales(store, "yahoo", "1d") == {"SYNA"}
    provider = YahooProvider(str(store.path), offline=True, source=source)
    with pytest.raises(DataError, match=r"SYNA: .*two scales"):
        provider.fetch(PriceRequest(("SYNA",)))

    before = server.chart_requests()
    archive.fetch(["SYNA"], START)
    assert server.chart_requests() == before + 1
    assert on_two_scales(store, "yahoo", "1d") == set()
    close = stored(archive, "SYNA")["close"]
    np.testing.assert_allclose(close, truth("SYNA", START, yesterday)["close"] / 2, rtol=1e-12)
    assert archive.fetch(["SYNA"], START).download.requests == 0


def test_unknown_and_failing_symbols_are_named_and_the_others_kept(
    connect: Connect, store: PriceStore, server: Replay
) -> None:
    archive = Archive(connect(tries=2), store, last_day=FRIDAY)
    server.script("SYNB", Fault(), Fault())
    done = archive.fetch(["SYNA", "NOPE", "SYNB", "SYNC"], START)
    assert done.download.stored == ("SYNA", "SYNC")
    assert set(done.download.unknown) == {"NOPE"}
    assert set(done.download.failed) == {"SYNB"}
    assert set(store.listing()["symbol"]) == {"SYNA", "SYNC"}
    again = archive.fetch(["SYNA", "NOPE", "SYNB", "SYNC"], START)
    assert again.complete_before == ("SYNA", "SYNC")
    assert again.download.stored == ("SYNB",)


def test_an_interrupted_download_goes_on_where_it_was(archive: Archive, server: Replay) -> None:
    names = [f"SYN{number}" for number in range(4)]

    def stop(step: Step) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.fetch(names, START, progress=stop)
    before = server.chart_requests("SYN0"), server.chart_requests("SYN1")
    done = archive.fetch(names, START)
    assert done.complete_before == ("SYN0", "SYN1")
    assert done.download.stored == ("SYN2", "SYN3")
    assert (server.chart_requests("SYN0"), server.chart_requests("SYN1")) == before


def test_hourly_bars_reach_back_as_far_as_they_are_kept(
    connect: Connect, store: PriceStore, server: Replay
) -> None:
    archive = Archive(connect(interval="1h"), store, interval="1h")
    server.charts["SPY"] = hourly_chart("SPY", archive.last_day)
    done = archive.fetch(["SPY"])
    assert (done.download.stored, done.download.failed) == (("SPY",), {})
    assert days_of(server)[0] == archive.last_day - datetime.timedelta(days=728)
    assert archive.fetch(["SPY"]).download.requests == 0
    assert server.chart_requests() <= 2
    assert archive.update().writes[0].unchanged > 0

    provider = YahooProvider(str(store.path), interval="1h", source=connect(interval="1h"))
    prices = provider.fetch(PriceRequest(("SPY",)))
    assert prices.periods_per_year == 1764
    assert prices.n_bars == 7 * 60


def hourly_chart(symbol: str, last: datetime.date) -> dict[str, object]:
    sessions = pd.bdate_range(end=last, periods=60) + pd.Timedelta(hours=9, minutes=30)
    opened = [session + pd.Timedelta(hours=hour) for session in sessions for hour in range(7)]
    index = pd.DatetimeIndex(opened).tz_localize("America/New_York")
    bars = synthetic_bars(symbol).iloc[: len(index)]
    seconds = index.as_unit("s").asi8.tolist()
    period = {"timezone": "EST", "start": seconds[-7], "end": seconds[-7] + 23400, "gmtoffset": 0}
    return chart_of(symbol, seconds, bars, interval="1h", tradingPeriods=[[period]])


def test_what_cannot_be_asked_for_is_refused(archive: Archive, server: Replay) -> None:
    with pytest.raises(ConfigError, match=r"start 2024-07-01 is after 2024-06-28"):
        archive.fetch(["SYNA"], MONDAY)
    archive.fetch(["SYNA"], START)
    with pytest.raises(UnknownSymbolError, match=r"'SYNX' is not in the store"):
        archive.update(["SYNX"])
    assert archive.store.fetches()["source_version"].isna().all()
    assert server.chart_requests() <= 2


def test_what_is_stored_of_a_symbol_stays_one_block(archive: Archive, server: Replay) -> None:
    """Two blocks could be on two scales, with the split that parts them in neither."""
    archive.fetch(["SYNA"], day("2024-01-02"), day("2024-02-01"))
    archive.fetch(["SYNA"], day("2024-05-01"), day("2024-06-03"))
    assert days_of(server) == (day("2024-01-02"), day("2024-06-03"))
    assert_stored(archive, "SYNA", day("2024-01-02"), day("2024-06-03"))
    assert len(archive.store.covered(archive.provider, "SYNA")) == 1


def test_a_bar_that_is_late_is_asked_for_again(archive: Archive, server: Replay) -> None:
    """Asked until Friday, answered until Thursday: Friday was not answered."""
    late = synthetic_bars("SYNA").loc[:"2024-06-27"]
    server.charts["SYNA"] = daily_chart("SYNA", late)
    archive.fetch(["SYNA"], START, FRIDAY)
    assert stored(archive, "SYNA").index[-1] == pd.Timestamp("2024-06-27")
    del server.charts["SYNA"]
    again = archive.fetch(["SYNA"], START, FRIDAY)
    assert again.download.stored == ("SYNA",)
    assert_stored(archive, "SYNA", START, FRIDAY)
    assert archive.fetch(["SYNA"], START, FRIDAY).complete_before == ("SYNA",)
