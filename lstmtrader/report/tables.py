"""Tables of the tear sheet, as rows of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lstmtrader.backtest.reasons import WORDS
from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.report.fold_charts import skill_label
from lstmtrader.report.periods import yearly_returns
from lstmtrader.report.wording import MISSING, count, date, number, percent

_SHOWN = 50
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


def _table(
    columns: Sequence[str], rows: Sequence[tuple[str, ...]], total: int | None = None
) -> Table:
    return Table(tuple(columns), tuple(rows), len(rows) if total is None else total)


def yearly_table(result: TrackRecord, benchmark: TrackRecord) -> Table:
    """Return of each calendar year; a part of a year says so."""
    by_year = yearly_returns(result.returns, benchmark.returns)
    rows = []
    for year, row in by_year.iterrows():
        whole = row["bars"] >= _WHOLE_YEAR * result.periods_per_year
        rows.append(
            (
                str(year) if whole else f"{year} (part)",
                percent(row["strategy"]),
                percent(row["benchmark"]),
                percent(row["strategy"] - row["benchmark"]),
                count(row["bars"]),
            )
        )
    return _table(["Year", "Strategy", "Buy & hold", "Difference", "Bars"], rows)


def skill_by_fold(skill: pd.DataFrame) -> Table:
    """Forecast skill by fold; columns keep their order, undefined figures are dashes."""
    rows = []
    for fold, row in skill.iterrows():
        cells = [_skill_cell(str(name), float(row[name])) for name in skill.columns]
        rows.append(("All folds" if fold == "all" else str(fold), *cells))
    return _table(["Fold", *(skill_label(str(name)) for name in skill.columns)], rows)


def _skill_cell(name: str, value: float) -> str:
    if name == "n":
        return count(value)
    return percent(value) if name == "hit_rate" else number(value, 4)


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
                _loss(_float(fold["validation_loss"])),
            )
        )
    return _table([*columns, "Best epoch, mean", "Validation loss"], rows)


def unfilled_table(unfilled: pd.DataFrame) -> Table:
    """Orders that were not filled as wanted, the first fifty."""
    reasons = {reason.name.lower(): text for reason, text in WORDS.items() if reason.name}
    rows = [
        (
            date(row["date"]),
            str(row["symbol"]),
            percent(row["wanted"], 2),
            percent(row["achieved"], 2),
            reasons.get(str(row["reason"]), str(row["reason"])),
        )
        for row in unfilled.head(_SHOWN).to_dict("records")
    ]
    return _table(["Date", "Symbol", "Wanted", "Held", "Reason"], rows, len(unfilled))


def delisted_table(delisted: pd.DataFrame) -> Table:
    """Positions closed because the symbol stopped trading, the first fifty."""
    rows = [
        (date(row["date"]), str(row["symbol"]), number(row["price"], 4))
        for row in delisted.head(_SHOWN).to_dict("records")
    ]
    return _table(["Date", "Symbol", "Last close"], rows, len(delisted))


def _span(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return MISSING if pd.isna(start) or pd.isna(end) else f"{date(start)} to {date(end)}"


def _float(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)


def _loss(value: float) -> str:
    return number(value, 4) if not math.isfinite(value) or abs(value) >= 1e-3 else f"{value:.2e}"
