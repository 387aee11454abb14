"""Law: real errors are found and real crashes are not called errors."""

from __future__ import annotations

import time
from collections.abc import Callable

import pandas as pd
import pytest

from lstmtrader.data.quality.gate import Gate, QualityReport

SPLITS = {
    ("AMZN", "2022-06-06"): "20:1",
    ("GOOG", "2022-07-18"): "20:1",
    ("GOOGL", "2022-07-18"): "20:1",
    ("NVDA", "2024-06-10"): "10:1",
    ("CMG", "2024-06-25"): "50:1",
    ("AVGO", "2024-07-15"): "10:1",
    ("CPRT", "2022-11-04"): "2:1",
    ("CPRT", "2023-08-21"): "2:1",
    ("DXCM", "2022-06-13"): "4:1",
}
CRASHES = [
    ("FRC", "2023-03-01", "2023-05-31"),
    ("EPAM", "2022-02-28", "2022-02-28"),
    ("EPAM", "2024-05-09", "2024-05-09"),
    ("GL", "2024-04-11", "2024-04-11"),
    ("DXCM", "2024-07-26", "2024-07-26"),
]


@pytest.fixture(scope="module")
def dirty_table(real_table: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return real_table("us_stocks_dirty.csv.gz")


@pytest.fixture(scope="module")
def dirty(dirty_table: pd.DataFrame) -> QualityReport:
    return Gate().inspect(dirty_table)


def test_unreadable_repeated_and_empty_rows(
    dirty: QualityReport, dirty_table: pd.DataFrame
) -> None:
    is_day = dirty_table["date"].str.fullmatch(r"\d{4}-\d\d-\d\d")
    days = dirty_table[is_day]
    empty = days.index[days["close"].isna()]
    repeated = days.index[days.duplicated(["symbol", "date"])]
    assert (len(dirty_table) - len(days), len(empty), len(repeated)) == (1111, 17, 706)
    assert set(dirty.of("unparseable")["row"]) == set(dirty_table.index[~is_day])
    assert set(dirty.of("empty_row")["row"]) == set(empty)
    assert set(dirty.of("duplicate_bar")["row"]) == set(repeated)


def test_the_splits_and_nothing_else(dirty: QualityReport) -> None:
    found = dirty.of("unadjusted_split")
    days = found["time"].dt.strftime("%Y-%m-%d")
    assert dict(zip(zip(found["symbol"], days, strict=True), found["value"], strict=True)) == SPLITS
    assert dirty.of("possible_split").empty


def test_the_bad_tick_is_the_only_bar_left_out(dirty: QualityReport) -> None:
    spikes = dirty.of("spike")
    assert list(spikes["symbol"]) == ["ES"]
    assert list(spikes["time"]) == [pd.Timestamp("2023-07-18")]
    known = {"unparseable", "empty_row", "duplicate_bar", "spike"}
    dropped = dirty.findings[dirty.findings["done"] == "dropped"]
    assert set(dropped["check"]) == known
    assert len(dirty.dropped_rows) == 1111 + 17 + 706 + 1
    assert len(dirty.bars) + len(dirty.dropped_rows) == dirty.n_rows


def test_every_error_is_one_of_these(dirty: QualityReport) -> None:
    counts = dirty.errors.groupby("check").size().to_dict()
    assert counts == {
        "unparseable": 1111, "empty_row": 17, "duplicate_bar": 706, "spike": 1,
        "unadjusted_split": 9,
    }  # fmt: skip


@pytest.mark.parametrize(("symbol", "first", "last"), CRASHES)
def test_a_real_crash_is_no_error(dirty: QualityReport, symbol: str, first: str, last: str) -> None:
    errors = dirty.errors[(dirty.errors["symbol"] == symbol)]
    there = errors["time"].between(pd.Timestamp(first), pd.Timestamp(last))
    assert set(errors[there]["check"]) <= {"duplicate_bar"}
    bars = dirty.bars[dirty.bars["symbol"] == symbol]
    assert bars["time"].between(pd.Timestamp(first), pd.Timestamp(last)).any()


def test_clean_prices_of_two_million_bars(real_table: Callable[[str], pd.DataFrame]) -> None:
    """One empty row a symbol is all that is wrong; and it takes seconds."""
    table = real_table("us_stocks_1999_2022.parquet")
    begun = time.perf_counter()
    report = Gate().inspect(table)
    seconds = time.perf_counter() - begun
    errors = report.errors
    assert set(errors["check"]) == {"empty_row"}
    assert set(errors["time"]) == {pd.Timestamp("2022-01-27")}
    assert len(errors) == table["symbol"].nunique() == 410
    assert len(report.bars) == len(table) - 410
    doubts = report.warnings.groupby("check").size()
    assert set(doubts.index) <= {"stale", "possible_split", "possible_spike"}
    assert doubts.drop("stale").sum() <= 10
    assert seconds < 15
