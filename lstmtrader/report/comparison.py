"""One table of the model, its baselines, and buy & hold: forecasts, accounts, significance."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lstmtrader.report.labels import HOLD, row_name, skill_label, with_hold
from lstmtrader.report.skill_tables import skill_cell
from lstmtrader.report.tables import Table
from lstmtrader.report.wording import MISSING, labelled, number

R2_OF_THE_MODEL = "R² is that of the model against the row: below zero, the row was better."
# Of the columns that are about forecasts; the others are figures of an account.
_SKILL = ("n", "ic", "rank_ic", "hit_rate", "mse", "model_r2")
_TESTS = {
    "superior": "Better than buy & hold",
    "in_mcs": "May be the best",
    "mcs_p": "May be the best, p",
}


def comparison_table(
    comparison: pd.DataFrame, contenders: pd.DataFrame | None = None, hold: str = HOLD
) -> Table:
    """Rows as given; a figure of forecasts that no row has is left out.

    Parameters
    ----------
    comparison : DataFrame
        As made by `lstmtrader.evaluation.baselines.compare`.
    contenders : DataFrame, optional
        What the tests of the accounts say; see
        `lstmtrader.evaluation.significance.result.Significance`.
    hold : str
        The name of the benchmark.
    """
    shown = [
        str(name)
        for name in comparison.columns
        if name not in _SKILL or comparison[name].notna().any()
    ]
    judged = pd.DataFrame() if contenders is None else contenders
    tests = [name for name in _TESTS if name in judged and judged[name].notna().any()]
    rows = tuple(
        (
            row_name(name, hold),
            *(compared_cell(column, float(row[column])) for column in shown),
            *(_judged(judged, str(name), test) for test in tests),
        )
        for name, row in comparison.iterrows()
    )
    labels = [compared_label(column) for column in shown]
    labels += [with_hold(_TESTS[test], hold) for test in tests]
    return Table(("", *labels), rows, len(rows))


def untraded_notes(untraded: Mapping[str, str]) -> list[str]:
    """Say of each baseline without an account why it has none."""
    return [f"{row_name(name)} has no account: {reason}." for name, reason in untraded.items()]


def compared_label(column: str) -> str:
    """Return the name of a column of the comparison."""
    return skill_label(column) if column in _SKILL else labelled(column, 0.0)[0]


def compared_cell(column: str, value: float) -> str:
    """Return a figure of the comparison as text."""
    return skill_cell(column, value) if column in _SKILL else labelled(column, value)[1]


def _judged(contenders: pd.DataFrame, name: str, test: str) -> str:
    row = "strategy" if name == "model" else name
    if row not in contenders.index or pd.isna(contenders.loc[row, test]):
        return MISSING
    value = contenders.loc[row, test]
    if test == "mcs_p":
        return number(float(value), 3)
    if test == "superior" and row == "buy_and_hold":
        return MISSING
    return "yes" if bool(value) else "no"
