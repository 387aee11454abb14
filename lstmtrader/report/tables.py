"""Tables of the tear sheet, as rows of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.labels import hold_name
from lstmtrader.report.periods import worst_drawdowns, yearly_returns
from lstmtrader.report.wording import MISSING, count, date, loss, number, percent

# A calendar year has a few bars more or less than the average one.
_WHOLE_YEAR = 0.95


@dataclass(frozen=True)
class Table:
    """Text in rows; `total` is how many rows there were before the table was cut.

    Parameters
    ----------
    columns : tuple of str
    rows : tuple of tuple of str
        The first cell of each row names it.
    total : int
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


def table(
    columns: Sequence[str], rows: Sequence[tuple[str, ...]], total: int | None = None
) -> Table:
    """Return rows under their columns; `total` where they were cut."""
    return Table(tuple(columns), tuple(rows), len(rows) if total is None else total)


def yearly_table(account: TrackRecord, benchmark: TrackRecord) -> Table:
    """Return of each calendar year; a part of a year says so."""
    by_year = yearly_returns(account.returns, benchmark.returns)
    rows = []
    for year, row in by_year.iterrows():
        whole = row["bars"] >= _WHOLE_YEAR * account.periods_per_year
        rows.append(
            (
                str(year) if whole else f"{year} (part)",
                percent(row["strategy"]),
                percent(row["benchmark"]),
                percent(row["strategy"] - row["benchmark"]),
                count(row["bars"]),
            )
        )
    return table(["Year", "Strategy", hold_name(benchmark), "Difference", "Bars"], rows)


def drawdown_table(account: TrackRecord) -> Table:
    """Return the five deepest drawdowns."""
    spans = worst_drawdowns(account.equity, account.capital, 5)
    rows = [
        (
            date(row["peak"]),
            date(row["trough"]),
            date(row["recovered"]) if not pd.isna(row["recovered"]) else "not yet",
            percent(row["depth"]),
            count(row["bars"]),
        )
        for row in spans.to_dict("records")
    ]
    return table(["From", "Trough", "Recovered", "Depth", "Bars"], rows)


def fold_table(folds: pd.DataFrame) -> Table:
    """Slices of each fold with its samples and the training behind it."""
    columns = ["Fold", "Train", "Validation", "Test", "Train samples", "Validation samples"]
    rows = []
    for fold in folds.to_dict("records"):
        slices = [
            _span(fold[f"{key}_start"], fold[f"{key}_end"])
            for key in ("train", "validation", "test")
        ]
        rows.append(
            (
                str(fold["fold"]),
                *slices,
                count(_float(fold["train_samples"])),
                count(_float(fold["validation_samples"])),
                number(_float(fold["epochs"]), 1),
                loss(_float(fold["validation_loss"])),
            )
        )
    return table([*columns, "Best epoch, mean", "Validation loss"], rows)


def _span(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return MISSING if pd.isna(start) or pd.isna(end) else f"{date(start)} to {date(end)}"


def _float(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)
