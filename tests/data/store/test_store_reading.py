"""Law: a frame from the store is each symbol's own history, adjusted by the reference."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstmtrader.clock import Calendar
from lstmtrader.data.history import SymbolHistory, adjustment_factors
from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.errors import StoreError
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from tests.data.store.bitemporal import history_of, walk

PRICES = ("open", "high", "low", "close")
DAYS = {"start": datetime.date(2019, 1, 1), "end": datetime.date(2022, 1, 1)}


def changed(history: SymbolHistory, **changes: object) -> SymbolHistory:
    kept = {name: getattr(history, name) for name in history.__dataclass_fields__}
    return SymbolHistory(**{**kept, **changes})


def three() -> list[SymbolHistory]:
    """One with holes, one listed late, one not adjusted for its split."""
    holes = walk("HOL", 120, 1)
    bars = holes.bars.drop(holes.bars.index[[0, 5, 60]])
    bars.iloc[[20, 21, 50]] = np.nan
    late = walk("LATE", 60, 2, first="2020-04-01")
    raw = changed(walk("RAW", 100, 3, first="2020-01-15"), split_adjusted=False)
    return [changed(holes, bars=bars), late, raw]


def by_the_reference(history: SymbolHistory, end: pd.Timestamp | None = None) -> pd.DataFrame:
    until = changed(
        history, bars=history.bars.loc[:end], actions=history.actions.sort_index().loc[:end]
    )
    return until.bars[list(PRICES)].mul(adjustment_factors(until), axis=0)


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), ("2020-02-03", "2020-05-15"), ("2020-01-30", None), (None, "2020-04-09")],
)
def test_adjusted_as_the_reference_to_the_last_bit(
    store: PriceStore, start: str | None, end: str | None
) -> None:
    histories = three()
    store.write_many(histories, provider="p", **DAYS)
    first, last = (None if day is None else pd.Timestamp(day) for day in (start, end))
    symbols = ["RAW", "HOL", "LATE"]
    days = {"start": first, "end": last}
    prices = store.read("p", symbols, **days)
    raw = store.read("p", symbols, adjusted=False, **days)
    assert prices.vintage == "3"
    assert prices.symbols == raw.symbols == tuple(symbols)
    union = sorted(set().union(*(set(h.bars.loc[first:last].index) for h in histories)))
    assert list(prices.index) == union
    for history in histories:
        wanted = by_the_reference(history, last).reindex(union)
        plain = history.bars.reindex(union)
        for name in PRICES:
            table, untouched = getattr(prices, name), getattr(raw, name)
            np.testing.assert_array_equal(table[history.symbol], wanted[name])
            np.testing.assert_array_equal(untouched[history.symbol], plain[name])
        assert raw.volume is not None
        np.testing.assert_array_equal(raw.volume[history.symbol], plain["volume"])


def test_volume_follows_the_split_that_the_source_left_out(store: PriceStore) -> None:
    history = three()[2]
    store.write(history, provider="p", **DAYS)
    volume = store.read("p", ["RAW"]).volume
    assert volume is not None
    split = history.actions.index[history.actions["kind"] == "split"][0]
    shares = np.where(history.bars.index < split, 3.0, 1.0)
    np.testing.assert_array_equal(volume["RAW"], history.bars["volume"] * shares)


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 10**6), st.integers(2, 40), st.booleans())
def test_any_walk_is_adjusted_as_the_reference(
    store: PriceStore, seed: int, n_bars: int, done: bool
) -> None:
    history = changed(walk("AAA", n_bars, seed), split_adjusted=done)
    store.write(history, provider=f"{seed}/{n_bars}/{done}", **DAYS)
    close = store.read(f"{seed}/{n_bars}/{done}", ["AAA"]).close["AAA"]
    np.testing.assert_array_equal(close, by_the_reference(history)["close"])


def test_later_writes_do_not_change_what_ended_before(store: PriceStore) -> None:
    whole = walk("AAA", 200, 5)
    middle = whole.bars.index[120]
    early = changed(whole, bars=whole.bars.loc[:middle], actions=whole.actions.loc[:middle])
    store.write(early, provider="p", start=DAYS["start"], end=middle.date())
    before = store.read("p", ["AAA"], end=middle.date())
    store.write(whole, provider="p", **DAYS)
    assert len(whole.actions.loc[middle:]) > 0
    assert store.read("p", ["AAA"], end=middle.date()).sha256() == before.sha256()


def test_a_distribution_above_the_price_is_refused_as_in_the_reference(store: PriceStore) -> None:
    history = walk("AAA", 20, 1)
    bad = pd.DataFrame({"kind": ["dividend"], "value": [1e4]}, index=history.bars.index[[9]])
    history = changed(history, actions=bad)
    store.write(history, provider="p", **DAYS)
    with pytest.raises(DataError) as expected:
        adjustment_factors(history)
    for adjusted in (True, False):
        with pytest.raises(DataError) as got:
            store.read("p", ["AAA"], adjusted=adjusted)
        assert str(got.value) == str(expected.value)
    # Whoever is handed the bars before it has nothing to do with it.
    day_before = bad.index[0].date() - datetime.timedelta(days=1)
    assert store.read("p", ["AAA"], adjusted=False, end=day_before).n_bars == 9


def test_closes_alone_and_other_calendars(store: PriceStore) -> None:
    bars = walk("BTC", 40, 1).bars
    bars[["open", "high", "low", "volume", "adj_close"]] = np.nan
    store.write(SymbolHistory("BTC", "1d", bars), provider="p", **DAYS)
    prices = store.read("p", calendar=Calendar("24/7"))
    assert prices.open is prices.high is prices.low is prices.volume is None
    assert prices.periods_per_year == 365


def test_zones_side_by_side_have_days_of_their_own(store: PriceStore) -> None:
    hours = {datetime.datetime(2021, 1, 5) + datetime.timedelta(hours=k): (1.0,) * 6
             for k in range(48)}  # fmt: skip
    day = {"start": datetime.date(2021, 1, 5), "end": datetime.date(2021, 1, 6)}
    for symbol, zone in (("US", "America/New_York"), ("JP", "Asia/Tokyo")):
        history = history_of(hours, symbol=symbol, interval="1h", timezone=zone)
        store.write(history, provider="p", **day)
    sixth = {"start": datetime.date(2021, 1, 6), "end": datetime.date(2021, 1, 6)}
    hourly = Calendar("24/7", bar_minutes=60)
    close = store.read("p", interval="1h", calendar=hourly, **sixth).close
    assert close["JP"].dropna().index[[0, -1]].tolist() == [
        pd.Timestamp("2021-01-05 15:00"), pd.Timestamp("2021-01-06 14:00")]  # fmt: skip
    assert close["US"].first_valid_index() == pd.Timestamp("2021-01-06 05:00")


def test_what_is_not_there_is_named(store: PriceStore) -> None:
    with pytest.raises(StoreError, match="no price store yet"):
        store.read("p", ["AAA"])
    assert store.vintage() is None
    store.write_many([walk("AAA", 20, 1), history_of({}, symbol="NONE")], provider="p", **DAYS)
    with pytest.raises(UnknownSymbolError, match="did you mean AAA"):
        store.read("p", ["AAB"])
    with pytest.raises(UnknownSymbolError, match="did you mean AAA"):
        store.history("p", "AAB")
    with pytest.raises(UnknownSymbolError, match="has no symbols"):
        store.read("q", ["AAA"])
    with pytest.raises(DataError, match=r"AAA: no close .* 2020-01-01 to 2020-01-28"):
        store.read("p", ["AAA"], start=datetime.date(2021, 1, 1))
    with pytest.raises(DataError, match=r"NONE: no close .* none at all"):
        store.read("p", ["AAA", "NONE"])
    with pytest.raises(DataError, match="listed more than once"):
        store.read("p", ["AAA", "AAA"])
    assert store.read("p").symbols == ("AAA",)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ({"bars": walk("AAA", 5, 1).bars * np.inf}, "is infinite on"),
        ({"timezone": "Mars/Olympus"}, "expected a time zone"),
        ({"bars": walk("AAA", 5, 1).bars.set_axis(pd.date_range("2020", periods=5, freq="7ns"))},
         "whole microseconds"),
    ],
)  # fmt: skip
def test_what_could_not_be_given_back_is_refused(
    store: PriceStore, problem: dict, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        store.write(changed(walk("AAA", 5, 1), **problem), provider="p", **DAYS)
    with pytest.raises(DataError, match="given twice"):
        store.write_many([walk("AAA", 5, 1)] * 2, provider="p", **DAYS)
    with pytest.raises(DataError, match="has passed"):
        store.write(walk("AAA", 5, 1), provider="p", fetched_at=datetime.datetime(2999, 1, 1),
                    **DAYS)  # fmt: skip


def test_listing_counts_holes_against_the_same_exchange(store: PriceStore) -> None:
    histories = [walk(name, 50, k) for k, name in enumerate("ABC")]
    bars = histories[0].bars.drop(histories[0].bars.index[[3, 4]])
    bars.iloc[10, bars.columns.get_loc("close")] = np.nan
    histories[0] = changed(histories[0], bars=bars)
    store.write_many([*histories, history_of({}, symbol="NONE")], provider="p", **DAYS)
    table = store.listing()
    assert table["symbol"].tolist() == ["A", "B", "C", "NONE"]
    assert table["holes"].tolist() == [3, 0, 0, 0]
    assert table["bars"].tolist() == [48, 50, 50, 0]
    assert table["vintages"].tolist() == [1, 1, 1, 0]
    assert table["last"].iloc[1] == histories[1].bars.index[-1]
    assert len(store.actions("A")) == len(store.actions(as_of=1)) == 6


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_export_has_every_number(store: PriceStore, tmp_path: Path, file_format: str) -> None:
    histories = [walk("AAA", 30, 1), walk("BBB", 20, 2)]
    store.write_many(histories, provider="p", **DAYS)
    paths = store.export(tmp_path / "out", file_format)
    assert [path.name for path in paths] == [
        f"{name}.{file_format}" for name in ("bars", "actions", "fetches")
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        path.name for path in paths
    )
    if file_format == "csv":
        bars = pd.read_csv(paths[0], parse_dates=["time"])
    else:
        bars = pd.read_parquet(paths[0])
    back = bars[bars["symbol"] == "BBB"].set_index("time")[list(histories[1].bars.columns)]
    pd.testing.assert_frame_equal(back, histories[1].bars, check_freq=False, check_exact=True)
    with pytest.raises(ConfigError, match="parquet or csv"):
        store.export(tmp_path, "xlsx")


def test_the_folder_is_the_users_or_the_one_they_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LSTMTRADER_HOME", str(tmp_path))
    assert PriceStore().file == tmp_path / "prices.duckdb"
    monkeypatch.delenv("LSTMTRADER_HOME")
    assert PriceStore().file.name == "prices.duckdb"
    assert PriceStore(tmp_path / "x").file == tmp_path / "x"
