"""Tables behind the charts of a network, as rows of text."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.explain.result import Attribution, GateTrace, Memory
from lstmtrader.report.charts.explain.attribution import by_weight, window_and_older
from lstmtrader.report.charts.explain.gates import in_order, unit_order
from lstmtrader.report.charts.explain.memory import cell_name
from lstmtrader.report.tables import Table, table
from lstmtrader.report.wording import MISSING, loss, number

MOST_FEATURES = 12
"""Columns of a table by lag: those of the largest weight."""

_MOST_UNITS, _MOST_LAGS = 40, 60


def gates_table(trace: GateTrace) -> Table:
    """Mean of each gate over the window and last state of each unit, in the order of the chart."""
    order = unit_order(trace)
    rows = [
        (
            str(unit),
            *(number(float(gate[:, unit].mean()), 3) for gate in in_order(trace).values()),
            number(float(trace.state[-1, unit]), 3),
        )
        for unit in order[:_MOST_UNITS]
    ]
    gates = [f"{name.capitalize()} gate, mean" for name in in_order(trace)]
    return table(["Unit", *gates, "State at the last bar"], rows, len(order))


def memory_table(memory: Memory) -> Table:
    """Half-life of each unit, the longest first."""
    units = memory.by_unit.sort_values(ascending=False, kind="stable")
    rows = [(str(unit), half_life(float(value))) for unit, value in units.items()]
    return table(["Unit", "Half-life, bars"], rows[:_MOST_UNITS], len(rows))


def memory_by_year(memory: Memory) -> Table:
    """Median over the bars of each calendar year of what is drawn over time."""
    time = memory.over_time
    years = time.groupby(pd.DatetimeIndex(time.index).year).median()
    shown = ("median", "low", "high")
    rows = [
        (str(year), *(half_life(float(row[name])) for name in shown))
        for year, row in years.iterrows()
    ]
    return table(["Year", "Half-life, bars", "Lower quartile", "Upper quartile"], rows)


def attribution_table(attribution: Attribution, lookback: int) -> Table:
    """Every lag with the features of the largest weight, the sum of all, and what is older."""
    values = attribution.values
    inside, older = window_and_older(values, lookback)
    shown = by_weight(values)[:MOST_FEATURES]
    rows = [
        (str(lag), *(loss(float(row[name])) for name in shown), loss(float(row.sum())))
        for lag, row in inside.head(_MOST_LAGS).iterrows()
    ]
    if len(values) > len(inside):
        rows.append(("Older", *(loss(float(older[name])) for name in shown), loss(older.sum())))
    total = values.sum()
    rows.append(("All", *(loss(float(total[name])) for name in shown), loss(float(total.sum()))))
    cut = len(inside) - min(len(inside), _MOST_LAGS)
    return table(["Lag", *shown, "All features"], rows, len(rows) + cut)


def importance_table(importance: pd.DataFrame) -> Table:
    """Mean over the folds of what was lost with each feature, and the deviation."""
    rows = [
        (str(name), loss(float(row["mean"])), loss(float(row["deviation"])))
        for name, row in importance.iterrows()
    ]
    return table(["Feature", "Mean over folds", "Deviation over folds"], rows)


def gradients_table(gradients: pd.DataFrame) -> Table:
    """Norm at each lag over that at lag 0."""
    rows = [
        (str(lag), *(power(float(value)) for value in row))
        for lag, row in gradients.head(_MOST_LAGS).iterrows()
    ]
    cells = [cell_name(str(name)) for name in gradients.columns]
    return table(["Lag", *cells], rows, len(gradients))


def half_life(value: float) -> str:
    """Return bars with three digits; what never fades says so."""
    return "never fades" if value == math.inf else loss(value)


def power(value: float) -> str:
    """Return a number that may be very small, with three digits."""
    if not np.isfinite(value):
        return MISSING
    if value == 0 or abs(value) >= 1e-4:
        return loss(value)
    return f"{value:.2e}".replace("-", "\u2212")
