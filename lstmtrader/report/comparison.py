"""One table of the model, its baselines, and buy & hold: forecasts and accounts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lstmtrader.report.fold_charts import skill_label
from lstmtrader.report.tables import Table
from lstmtrader.report.wording import METRICS, count, number, percent

_NAMES = {"model": "Model", "buy_and_hold": "Buy & hold"}
_LABELS = {"n": "Forecasts", "mse": "MSE", "model_r2": "R² of the model against it"}
# Of the columns that are about forecasts; the others are figures of an account.
_SKILL = ("n", "ic", "rank_ic", "hit_rate", "mse", "model_r2")


def row_name(name: str) -> str:
    """Return the name of a row, for people."""
    return _NAMES.get(name, name.replace("_", " "))


def comparison_table(comparison: pd.DataFrame) -> Table:
    """Rows as given; a figure of forecasts that no row has is left out."""
    shown = [
        str(name)
        for name in comparison.columns
        if name not in _SKILL or comparison[name].notna().any()
    ]
    rows = tuple(
        (row_name(str(name)), *(_cell(column, float(row[column])) for column in shown))
        for name, row in comparison.iterrows()
    )
    return Table(("", *(_label(column) for column in shown)), rows, len(rows))


def untraded_notes(untraded: Mapping[str, str]) -> list[str]:
    """Say of each baseline without an account why it has none."""
    return [f"{row_name(name)} has no account: {reason}." for name, reason in untraded.items()]


def _label(column: str) -> str:
    if column in _LABELS:
        return _LABELS[column]
    return skill_label(column) if column in _SKILL else METRICS[column][0]


def _cell(column: str, value: float) -> str:
    if column == "n":
        return count(value)
    if column == "hit_rate":
        return percent(value)
    return number(value, 4) if column in _SKILL else METRICS[column][1](value)
