"""Law: a published number is known from its publication on, and what came later changes nothing."""

from __future__ import annotations

import dataclasses
import datetime
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lstmtrader.config.building import build, describe
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import DataError
from lstmtrader.features import Exogenous, ExogenousSeries

# January is told on 10 February, February on 10 March and January again, better, on 20 March;
# March is told on 12 April and corrected four days later.
ROWS = """date,published,value
2020-02-29,2020-03-10,2.0
2020-01-31,2020-02-10,1.0
2020-01-31,2020-03-20,1.5
2020-03-31,2020-04-12,3.0
2020-03-31,2020-04-16,3.5
"""


@pytest.fixture
def series(tmp_path: Path) -> ExogenousSeries:
    path = tmp_path / "rates.csv"
    path.write_text(ROWS)
    return ExogenousSeries(str(path))


@pytest.mark.parametrize(
    ("day", "value"),
    [
        ("2020-02-09", np.nan),
        ("2020-02-10", 1.0),
        ("2020-03-09", 1.0),
        ("2020-03-10", 2.0),
        ("2020-03-31", 2.0),  # the older figure's revision is no news about the newest
        ("2020-04-12", 3.0),
        ("2020-04-15", 3.0),
        ("2020-04-16", 3.5),
        ("2030-01-01", 3.5),
    ],
)
def test_the_newest_figure_counts_from_its_day_of_publication_on(
    series: ExogenousSeries, day: str, value: float
) -> None:
    for at in (pd.Timestamp(day), pd.Timestamp(f"{day} 15:30", tz="America/New_York")):
        known = series.as_of(pd.DatetimeIndex([at])).iloc[0]
        np.testing.assert_equal(known, value)


def test_a_slow_reading_of_the_table_agrees(series: ExogenousSeries) -> None:
    days = pd.date_range("2020-01-25", "2020-05-01")
    table = series.table()
    expected = []
    for day in days:
        known = table[table["published"] <= day].sort_values(["stamped", "published"])
        expected.append(known["value"].iloc[-1] if len(known) else np.nan)
    np.testing.assert_array_equal(series.as_of(days), expected)


def test_the_table_is_in_the_order_of_publication(series: ExogenousSeries) -> None:
    table = series.table()
    assert list(table.columns) == ["stamped", "published", "value"]
    assert table["published"].is_monotonic_increasing
    assert len(table) == 5


@pytest.mark.parametrize("day", ["2020-02-09", "2020-03-10", "2020-04-12", "2021-01-01"])
def test_another_future_changes_all_later_values_and_no_earlier_one(
    series: ExogenousSeries, day: str
) -> None:
    text = Path(series.path).read_text()
    changed = series.changed_after(datetime.date.fromisoformat(day), np.random.default_rng(0))
    days = pd.date_range("2020-01-25", "2021-02-01")
    before, after = series.as_of(days), changed.as_of(days)
    pd.testing.assert_series_equal(before[:day], after[:day], check_exact=True)
    later = slice(pd.Timestamp(day) + pd.Timedelta(days=1), None)
    assert (before[later].to_numpy() != after[later].to_numpy()).all()
    assert len(changed.table()) == len(series.table()) + 1
    assert Path(series.path).read_text() == text


def test_another_future_is_no_setting(series: ExogenousSeries) -> None:
    changed = series.changed_after(datetime.date(2020, 3, 1), np.random.default_rng(0))
    assert describe(changed) == describe(series)
    assert build(ExogenousSeries, describe(series, ExogenousSeries)) == series == changed
    again = pickle.loads(pickle.dumps(changed))
    pd.testing.assert_frame_equal(again.table(), changed.table())
    # and it stays through another change, and goes with a copy that names another file
    twice = changed.changed_after(datetime.date(2020, 4, 1), np.random.default_rng(1))
    assert len(twice.table()) == len(series.table()) + 2
    with pytest.raises(DataError):
        dataclasses.replace(changed, path="elsewhere.csv").table()


def test_the_feature_is_the_same_for_all_symbols_with_a_price(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("month,told,rate\n2000-01-31,2000-02-10,1\n2000-02-29,2000-03-10,2\n")
    prices = SyntheticProvider(n_symbols=3, n_bars=90, listed_late=1, holes=4).fetch()
    feature = Exogenous(ExogenousSeries(str(path), "rate", "month", "told"), "rate")
    assert (feature.name, feature.lookback) == ("rate", 1)
    table = feature(prices)
    there = prices.close.notna()
    assert table[~there].isna().all(axis=None)
    for days, value in ((slice("2000-02-10", "2000-03-09"), 1.0), (slice("2000-03-10", None), 2.0)):
        part = table.loc[days].where(there.loc[days], value)
        assert (part == value).all(axis=None)
    assert table.loc[:"2000-02-09"].isna().all(axis=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,value\n2020-01-31,1\n", "expected a column published; got date, value"),
        ("date,published,value\n", "expected at least one row"),
        ("", "cannot be read as CSV"),
        (
            "date,published,value\n2020-01-31,31.01.2020,1\n",
            r"line 2: published: expected a date such as 2020-01-31; got '31.01.2020'",
        ),
        (
            "date,published,value\n2020-01-31,2020-02-10,1\n,2020-02-10,1\n",
            "line 3: date: expected a date",
        ),
        (
            "date,published,value\n2020-01-31,2020-02-10,n.a.\n",
            "line 2: value: expected a finite number",
        ),
        ("date,published,value\n2020-01-31,2020-02-10,inf\n", "expected a finite number"),
        (
            "date,published,value\n2020-01-31,2020-02-10,1\n2020-01-31,2020-02-10,2\n",
            "line 3: 2020-01-31 was published on 2020-02-10 already",
        ),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        ExogenousSeries(str(path)).table()
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv: cannot be read"):
        ExogenousSeries(str(tmp_path / "nowhere.csv")).as_of(pd.DatetimeIndex(["2020-01-01"]))
