"""Law: what is covered and what is missing are what a set of days says."""

from __future__ import annotations

import datetime
import itertools

from hypothesis import given
from hypothesis import strategies as st

from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.ranges import DayRange, gaps, instants, merged
from tests.data.store.bitemporal import history_of

DAY0 = datetime.date(2020, 2, 20)
DAY = datetime.timedelta(days=1)
RANGES = st.tuples(st.integers(0, 30), st.integers(0, 6)).map(
    lambda pair: (DAY0 + pair[0] * DAY, DAY0 + sum(pair) * DAY)
)


def days_of(ranges: list[DayRange]) -> set[datetime.date]:
    return {first + k * DAY for first, last in ranges for k in range((last - first).days + 1)}


def are_apart(ranges: list[DayRange]) -> bool:
    """Sorted, and with at least a day between one and the next."""
    return all(
        following[0] - previous[1] > DAY for previous, following in itertools.pairwise(ranges)
    )


@given(st.lists(RANGES, max_size=8), RANGES)
def test_merged_and_gaps_are_sets_of_days(ranges: list[DayRange], wanted: DayRange) -> None:
    assert days_of(merged(ranges)) == days_of(ranges)
    assert are_apart(merged(ranges))
    missing = gaps(ranges, *wanted)
    assert days_of(missing) == days_of([wanted]) - days_of(ranges)
    assert are_apart(missing)


def test_the_ends_of_time() -> None:
    everything = (datetime.date.min, datetime.date.max)
    assert gaps([], *everything) == [everything]
    assert gaps([everything], *everything) == []
    assert merged([everything, (DAY0, DAY0)]) == [everything]
    assert gaps([(DAY0, datetime.date.max)], *everything) == [(datetime.date.min, DAY0 - DAY)]
    assert instants(*everything, "1h", "America/New_York")[1].year == 9999


def test_days_without_bars_are_covered_and_days_to_come_are_not(store: PriceStore) -> None:
    start, end = datetime.date(2020, 1, 1), datetime.date(2020, 3, 1)
    assert store.missing("p", "AAA", start=start, end=end) == [(start, end)]
    assert not store.file.exists()
    # In New York it is still the 9th of February.
    at = datetime.datetime(2020, 2, 10, 2, tzinfo=datetime.UTC)
    empty = history_of({}, timezone="America/New_York")
    assert not store.write(empty, provider="p", start=start, end=end, fetched_at=at).changed
    assert store.covered("p", "AAA") == [(start, datetime.date(2020, 2, 9))]
    assert store.missing("p", "AAA", start=start, end=end) == [(datetime.date(2020, 2, 10), end)]
    assert store.covered("p", "AAA", "1h") == store.covered("q", "AAA") == []
    store.write(empty, provider="p", start=start, end=end)
    assert store.missing("p", "AAA", start=start, end=end) == []
    assert store.missing("p", "AAA", start=start - DAY, end=end) == [(start - DAY, start - DAY)]


def test_a_day_in_sydney_begins_the_day_before(store: PriceStore) -> None:
    # The session of the 6th of January opens at 23:00 UTC on the 5th.
    opening = datetime.datetime(2021, 1, 5, 23)
    row = (1.0,) * 6
    day = {"start": datetime.date(2021, 1, 6), "end": datetime.date(2021, 1, 6)}
    facts = {"interval": "1h", "timezone": "Australia/Sydney"}
    bars = {opening: row, opening + datetime.timedelta(hours=1): row}
    store.write(history_of(bars, **facts), provider="p", **day)
    before = {key: value - DAY for key, value in day.items()}
    report = store.write(history_of({}, **facts), provider="p", **before)
    assert not len(report.vanished)
    prices = store.read("p", ["AAA"], interval="1h", **day)
    assert prices.n_bars == 2
    report = store.write(history_of({}, **facts), provider="p", **day)
    assert list(report.vanished) == list(bars)
