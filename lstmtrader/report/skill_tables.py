"""Tables of forecast skill, as rows of text."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from lstmtrader.report.labels import row_name, skill_label
from lstmtrader.report.tables import Table, table
from lstmtrader.report.wording import count, number, percent

_TESTS = {
    "r2": "R² out of sample",
    "dm": "Diebold-Mariano",
    "dm_p": "Diebold-Mariano p, two-sided",
    "cw": "Clark-West",
    "cw_p": "Clark-West p, one-sided",
}


def skill_by_group(skill: pd.DataFrame, group: str) -> Table:
    """Forecast skill by fold, year or symbol; columns keep their order, undefined is a dash.

    A column without a number in any row is left out.
    """
    shown = [str(name) for name in skill.columns if skill[name].notna().any()]
    rows = []
    for label, row in skill.iterrows():
        cells = [skill_cell(name, float(row[name])) for name in shown]
        rows.append((f"All {group.lower()}s" if label == "all" else str(label), *cells))
    return table([group, *(skill_label(name) for name in shown)], rows)


def skill_figures(figures: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return the figures over all folds that are defined, with their names."""
    return [
        (skill_label(str(name)), skill_cell(str(name), float(value)))
        for name, value in figures.items()
        if math.isfinite(value)
    ]


def versus_table(versus: pd.DataFrame) -> Table:
    """Return the model against every other forecast, with the tests of the difference."""
    shown = [name for name in _TESTS if name in versus and versus[name].notna().any()]
    rows = [
        (row_name(name), *(number(float(row[one]), 4 if one == "r2" else 3) for one in shown))
        for name, row in versus.iterrows()
        if row[shown].notna().any()
    ]
    return table(["Against", *(_TESTS[name] for name in shown)], rows)


def skill_cell(name: str, value: float) -> str:
    """Return a figure of forecast skill as text."""
    if name == "n" or name.startswith("n_"):
        return count(value)
    if name == "hit_rate":
        return percent(value)
    if 0 < abs(value) < 5e-5 and not name.endswith("_p"):
        return f"{value:.1e}".replace("-", "\u2212")
    short = name.endswith("_t") or name in ("pt", "mz_slope")
    return number(value, 2 if short else 3 if name.endswith("_p") else 4)
