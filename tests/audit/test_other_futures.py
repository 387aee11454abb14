"""Law: another future is another one, and the past it is put behind stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.audit.filled import looks_filled, still_starts
from lstmtrader.audit.movement import compare, movement
from lstmtrader.audit.outside import Outside
from lstmtrader.audit.perturbation import How, changed, changed_on
from lstmtrader.audit.probes.model import with_other_rows
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.prices import PriceFrame
from tests.audit.ground import BASE

MARKET = SyntheticProvider(n_symbols=5, n_bars=300, seed=2, listed_late=1, delisted=1, holes=4)
PRICES = MARKET.fetch()
FIELDS = ("close", "open", "high", "low", "volume")


def fields(prices: PriceFrame) -> dict[str, pd.DataFrame]:
    tables = {name: getattr(prices, name) for name in FIELDS}
    return {**tables, "member": prices.member.astype(float)}


@settings(max_examples=60, deadline=None)
@given(how=st.sampled_from(How), after=st.integers(110, 298))
def test_the_past_stays_the_same_bits_and_the_future_does_not(how: How, after: int) -> None:
    other = changed(PRICES, after, how)
    until = PRICES.index[-1 if how is How.APPEND else after]
    for name, table in fields(PRICES).items():
        assert movement(table, fields(other)[name], until) is None
    if how.keeps_shape and how is not How.SHUFFLE:
        later = [
            movement(table, fields(other)[name], PRICES.index[-1])
            for name, table in fields(PRICES).items()
        ]
        # A single bar may happen to keep its members or its prices.
        assert any(later) or (after > 290 and how in (How.MEMBERS, How.MISSING))
    if not how.keeps_shape:
        assert other.n_bars != PRICES.n_bars
    assert changed(PRICES, after, how).sha256() == other.sha256()


@pytest.mark.parametrize("how", [How.WILD, How.MILD, How.MISSING])
def test_a_high_stays_the_highest_and_a_low_the_lowest(how: How) -> None:
    other = changed(PRICES, 150, how)
    parts = np.stack([getattr(other, name).to_numpy() for name in ("open", "close", "low")])
    high = other.high.to_numpy()
    assert (np.isnan(parts) | np.isnan(high) | (parts <= high)).all()
    assert (np.isnan(parts) | (parts >= other.low.to_numpy()) | np.isnan(high)).all()


def test_single_bars_change_and_no_others() -> None:
    bars = np.array([120, 180, 299])
    other = changed_on(PRICES, bars)
    moved = (other.close != PRICES.close) & PRICES.close.notna()
    assert set(np.flatnonzero(moved.any(axis=1))) == set(bars.tolist())


def test_other_rows_of_a_panel_keep_what_was_known() -> None:
    prices = BASE.prices.fetch()
    labelled = BASE.labelled_panel(prices)
    cut = 250
    other = with_other_rows(labelled, cut)
    known = cut + 1 - labelled.span
    assert np.array_equal(other.panel.values[:, : cut + 1], labelled.panel.values[:, : cut + 1])
    assert np.array_equal(other.target[:, :known], labelled.target[:, :known], equal_nan=True)
    assert not np.array_equal(other.panel.values[:, cut + 1 :], labelled.panel.values[:, cut + 1 :])
    assert not np.array_equal(other.target[:, known:], labelled.target[:, known:], equal_nan=True)
    assert np.array_equal(other.panel.valid, labelled.panel.valid)


@given(size=st.floats(1e-12, 1e3), row=st.integers(0, 9))
def test_a_movement_is_measured_where_it_is_first(size: float, row: int) -> None:
    index = pd.date_range("2020-01-01", periods=10)
    table = pd.DataFrame(np.zeros((10, 2)), index, ["A", "B"])
    other = table.copy()
    other.iloc[row:, 1] = size
    found = movement(table, other, index[-1])
    assert found is not None
    assert (found.since, found.symbol) == (f"{index[row]:%Y-%m-%d}", "B")
    assert found.size == size
    if row:
        assert movement(table, other, index[row - 1]) is None


def test_numbers_that_appear_have_no_size_and_nan_equals_nan() -> None:
    table = pd.DataFrame({"A": [1.0, np.nan]}, pd.date_range("2020-01-01", periods=2))
    assert compare(table, table.copy()) is None
    found = compare(table, table.fillna(2.0))
    assert found is not None
    assert found.size is None


def test_holes_that_were_filled_are_looked_at_first() -> None:
    hole = 200
    close = PRICES.close.copy()
    close.iloc[hole, 1] = (close.iloc[hole - 1, 1] + close.iloc[hole + 1, 1]) / 2
    assert looks_filled(replace(PRICES, close=close), 3) == [hole]
    assert looks_filled(PRICES, 3) == []
    listed = PRICES.close.bfill()
    late = [one for one in still_starts(replace(PRICES, close=listed)) if one.dead]
    assert [one.symbol for one in late] == ["SYN00"]
    assert still_starts(PRICES) == []


@dataclass
class Knows:
    """Keeps numbers of every kind."""

    table: pd.DataFrame
    series: pd.Series
    path: str
    other: MarketHolder
    label: str = "no path"


class MarketHolder:
    """No dataclass."""

    def __init__(self) -> None:
        self.provider = MARKET


def test_whatever_is_known_later_is_another_one_and_files_stay(tmp_path: Path) -> None:
    days = pd.date_range("2000-03-01", periods=40)
    published = days + pd.Timedelta(days=5)
    table = pd.DataFrame({"date": days, "published": published, "value": np.arange(40.0)})
    path = tmp_path / "numbers.csv"
    table.to_csv(path, index=False)
    before = path.read_bytes()
    thing = Knows(table, pd.Series(np.arange(40.0), days), str(path), MarketHolder())
    day = days[20]
    with Outside() as outside:
        made = outside.after(thing, day)
        read = pd.read_csv(made.path)
    assert path.read_bytes() == before
    for numbers, known in ((made.table["value"], published), (read["value"], published),
                           (made.series.reset_index(drop=True), days)):  # fmt: skip
        moved = numbers.to_numpy() != np.arange(40.0)
        assert np.array_equal(moved, known > day)
    prices, other = MARKET.fetch(), made.other.provider.fetch()
    cut = prices.index[prices.index <= day][-1]
    assert movement(prices.close, other.close, cut) is None
    assert movement(prices.close, other.close, prices.index[-1]) is not None
    assert made.label == "no path"
    assert thing.other.provider is MARKET


def test_who_knows_nothing_from_outside_is_returned_itself() -> None:
    with Outside() as outside:
        for feature in BASE.features:
            assert outside.after(feature, PRICES.index[100]) is feature
        assert outside.after(BASE.strategy, PRICES.index[100]) is BASE.strategy
