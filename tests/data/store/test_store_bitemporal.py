"""Law: the store believes what a plain dict of bars believes, now and as of every vintage."""

from __future__ import annotations

import datetime
import uuid

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.data.history import BAR_FIELDS
from lstmtrader.data.store import PriceStore
from lstmtrader.errors import DataError
from tests.data.store.bitemporal import (
    Action,
    Bars,
    SlowStore,
    actions_of,
    bars_of,
    history_of,
    same_bars,
    walk,
)
from tests.data.store.consistency import broken_rules

DAY0 = datetime.datetime(2021, 1, 4)
N_DAYS = 6
# Few values, so that writes often agree; the third is within the tolerance of the second.
NUMBERS = st.sampled_from([float("nan"), 10.0, 10.0 * (1 + 4e-10), 10.5, 0.0, 1e300, -1e300])
ROWS = st.tuples(*[NUMBERS] * len(BAR_FIELDS))


def a_day(number: int) -> datetime.datetime:
    return DAY0 + datetime.timedelta(days=number)


@st.composite
def writes(draw: st.DrawFn) -> tuple[Bars, list[Action], datetime.date, datetime.date]:
    first = draw(st.integers(0, N_DAYS - 1))
    last = draw(st.integers(first, N_DAYS - 1))
    bars = draw(st.dictionaries(st.integers(0, N_DAYS - 1), ROWS, max_size=N_DAYS))
    actions = draw(
        st.sets(
            st.tuples(
                st.integers(first, last),
                st.sampled_from(["dividend", "split"]),
                st.sampled_from([0.25, 0.5, 2.0]),
            ),
            max_size=3,
        )
    )
    return (
        {a_day(day): row for day, row in bars.items()},
        [(a_day(day), kind, value) for day, kind, value in sorted(actions)],
        a_day(first).date(),
        a_day(last).date(),
    )


@pytest.fixture(scope="module")
def filling(tmp_path_factory: pytest.TempPathFactory) -> PriceStore:
    """One store for all examples, each with a provider of its own."""
    return PriceStore(tmp_path_factory.mktemp("store") / "prices.duckdb")


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.lists(writes(), min_size=1, max_size=4))
def test_like_the_dict_as_of_every_vintage(filling: PriceStore, history: list) -> None:
    provider, slow, fetches = str(uuid.uuid4()), SlowStore(), []
    for bars, actions, start, end in history:
        given_now = history_of(bars, actions)
        wanted = slow.write(given_now, start, end)
        report = filling.write(given_now, provider=provider, start=start, end=end)
        fetches.append(report.fetch_id)
        assert (report.added, report.unchanged) == (wanted["added"], wanted["unchanged"])
        assert list(report.vanished) == sorted(wanted["vanished"])
        told = list(report.restated.itertuples(index=False, name=None))
        restated = sorted(wanted["restated"], key=lambda line: (line[0], BAR_FIELDS.index(line[1])))
        assert repr(told) == repr([(pd.Timestamp(t), *rest) for t, *rest in restated])
    for fetch, (bars, actions) in zip(fetches, slow.states, strict=True):
        known = filling.history(provider, "AAA", as_of=fetch)
        assert same_bars(bars_of(known), dict(sorted(bars.items())))
        assert actions_of(known) == actions
    current = filling.history(provider, "AAA")
    assert same_bars(bars_of(current), dict(sorted(slow.bars.items())))
    assert actions_of(current) == slow.actions


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(
    st.dictionaries(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2020, 1, 1)),
                    st.tuples(*[st.floats(allow_infinity=False)] * len(BAR_FIELDS)), max_size=8),
    st.sampled_from([None, "EUR"]),
    st.booleans(),
)  # fmt: skip
def test_read_gives_what_was_written(
    filling: PriceStore, bars: Bars, currency: str | None, done: bool
) -> None:
    actions = [(time, "dividend", 0.1) for time in sorted(bars)[:2]]
    facts = {"currency": currency, "split_adjusted": done, "interval": "1m", "timezone": "UTC"}
    given_now, provider = history_of(bars, actions, **facts), str(uuid.uuid4())
    days = {"start": datetime.date(1900, 1, 1), "end": datetime.date(2020, 1, 1)}
    filling.write(given_now, provider=provider, **days)
    back = filling.history(provider, "AAA", "1m")
    pd.testing.assert_frame_equal(back.bars, given_now.bars, check_exact=True)
    pd.testing.assert_frame_equal(back.actions, given_now.actions, check_exact=True)
    for name in ("symbol", "interval", "split_adjusted", "currency", "exchange", "timezone"):
        assert getattr(back, name) == getattr(given_now, name)


def test_the_file_is_consistent_after_all_that(filling: PriceStore) -> None:
    """Whatever the tests before this one, in the same process, have written."""
    days = {"start": datetime.date(2020, 1, 1), "end": datetime.date(2021, 1, 1)}
    filling.write(walk("AAA", 20, 1), provider=str(uuid.uuid4()), **days)
    assert broken_rules(filling.file) == []


def test_writing_the_same_twice_changes_nothing(store: PriceStore) -> None:
    import duckdb

    days = {"start": datetime.date(2020, 1, 1), "end": datetime.date(2021, 1, 1)}
    both = [walk("AAA", 200, 1), walk("BBB", 150, 2)]
    assert all(report.changed for report in store.write_many(both, provider="p", **days))
    before = store.read("p").sha256()
    for report in store.write_many(both, provider="p", **days):
        assert not report.changed
        assert report.unchanged in (200, 150)
    connection = duckdb.connect(store.file, read_only=True)
    rows = connection.execute("SELECT count(*), max(known), count(superseded) FROM bars").fetchall()
    connection.close()
    assert rows == [(350, 2, 0)]
    assert store.read("p").sha256() == before
    assert store.listing()["vintages"].tolist() == [1, 1]
    assert len(store.fetches()) == 4
    assert store.restatements().empty


def test_an_old_vintage_is_the_same_to_the_last_bit(store: PriceStore) -> None:
    days = {"start": datetime.date(2020, 1, 1), "end": datetime.date(2021, 12, 31)}
    moment = datetime.datetime(2022, 1, 1, 12, tzinfo=datetime.UTC)
    hour = datetime.timedelta(hours=1)
    seen = {}
    for number in range(4):
        for symbol in ("AAA", "BBB"):
            history = walk(symbol, 260 - number, seed=number)
            store.write(history, provider="p", fetched_at=moment + number * hour, **days)
        vintage = store.vintage()
        assert vintage is not None
        seen[vintage] = store.read("p", ["BBB", "AAA"]).sha256()
    assert len(set(seen.values())) == 4
    for number, (vintage, digest) in enumerate(seen.items()):
        for as_of in (vintage, vintage.id, moment + (number + 0.5) * hour):
            assert store.read("p", ["BBB", "AAA"], as_of=as_of).sha256() == digest
    with pytest.raises(DataError, match="vintages 1 to 8; got 9"):
        store.read("p", as_of=9)
    with pytest.raises(DataError, match="has no symbols"):
        store.read("p", as_of=moment - hour)


def test_restatements_are_told_afterwards_too(store: PriceStore) -> None:
    days = {"start": datetime.date(2020, 1, 1), "end": datetime.date(2021, 12, 31)}
    first = walk("AAA", 30, 1)
    store.write(first, provider="p", **days)
    bars = first.bars.copy()
    bars.iloc[3, bars.columns.get_loc("close")] *= 1.5
    bars.iloc[4, bars.columns.get_loc("volume")] += 1
    again = type(first)("AAA", "1d", bars.drop(bars.index[7]), first.actions.iloc[1:])
    report = store.write(again, provider="p", **days)
    assert (report.actions_added, report.actions_removed) == (0, 1)
    table = store.restatements("AAA")
    told = [tuple(row) for row in table[["time", "change", "field"]].to_numpy()]
    gone = first.actions.index[0]
    assert sorted(told) == sorted([
        (bars.index[3], "restated", "close"), (bars.index[4], "restated", "volume"),
        (bars.index[7], "vanished", "close"), (gone, "vanished", "dividend"),
    ])  # fmt: skip
    assert table["fetch_id"].eq(2).all()
    assert np.isnan(table.loc[table["change"] == "vanished", "new"]).all()
    assert store.restatements("BBB").empty


def test_a_split_outside_the_request_asks_for_the_whole_history(store: PriceStore) -> None:
    whole = walk("AAA", 100, 1)
    plain = type(whole)("AAA", "1d", whole.bars.iloc[:90])
    split_day = whole.bars.index[95]
    halved = whole.bars * [0.5, 0.5, 0.5, 0.5, 2.0, 0.5]
    split = pd.DataFrame({"kind": ["split"], "value": [2.0]}, index=[split_day])
    fetch = {"provider": "p", "start": whole.bars.index[0].date()}
    report = store.write(plain, end=plain.bars.index[-1].date(),
                         fetched_at=plain.bars.index[-1].to_pydatetime(), **fetch)  # fmt: skip
    assert not report.needs_refetch
    newest = {
        "end": whole.bars.index[-1].date(),
        "fetched_at": whole.bars.index[-1].to_pydatetime(),
    }
    part = type(whole)("AAA", "1d", halved.iloc[85:], split)
    start = halved.index[85].date()
    for _ in range(2):
        report = store.write(part, **{**fetch, "start": start}, **newest)
        assert report.needs_refetch
        assert store.listing()["needs_refetch"].tolist() == [True]
    report = store.write(type(whole)("AAA", "1d", halved, split), **fetch, **newest)
    assert not report.needs_refetch
    assert store.listing()["needs_refetch"].tolist() == [False]
