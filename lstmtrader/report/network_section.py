"""The section on a network: which parts there are, each with its sentence, chart and tables."""

from __future__ import annotations

from typing import Any

from lstmtrader.explain.result import Explanation
from lstmtrader.report import network_tables as tables
from lstmtrader.report.charts.explain.attribution import lookback_of
from lstmtrader.report.charts.explain.memory import cell_name
from lstmtrader.report.network_notes import NOTES
from lstmtrader.report.network_words import (
    attribution_words,
    cut,
    gates_words,
    gradients_words,
    importance_words,
    memory_words,
)
from lstmtrader.report.wording import date


def network_section(explanation: Explanation | None) -> dict[str, Any] | None:
    """Return what the section on the network says, as sentences and tables; None without one."""
    if explanation is None:
        return None
    gates, memory, found = explanation.gates, explanation.memory, explanation.attribution
    lookback = lookback_of(explanation)
    drawn: list[tuple[str, str, str, list[tuple[str, Any]]]] = []
    if gates is not None:
        shown = [("Units along this window", tables.gates_table(gates))]
        drawn.append(("network-gates", "Gates along the window", gates_words(gates), shown))
    if memory is not None:
        shown = [
            ("Half-life of each unit", tables.memory_table(memory)),
            ("Half-life by year, median over its bars", tables.memory_by_year(memory)),
        ]
        said = memory_words(memory, lookback)
        drawn.append(("network-memory", "Memory", said, shown))
    caption = "Attribution by lag" + cut(found.values.shape[1], tables.MOST_FEATURES)
    shown = [(caption, tables.attribution_table(found, lookback))]
    drawn.append(
        ("network-attribution", "This forecast", attribution_words(found, lookback), shown)
    )
    if explanation.importance["mean"].notna().any():
        shown = [("Importance of each feature", tables.importance_table(explanation.importance))]
        said = importance_words(explanation.importance)
        drawn.append(("network-importance", "All forecasts", said, shown))
    if not explanation.gradients.empty:
        shown = [("Gradient by lag, lag 0 = 1", tables.gradients_table(explanation.gradients))]
        said = gradients_words(explanation.gradients)
        drawn.append(("network-gradients", "What reaches the past", said, shown))
    return {
        "about": about(explanation),
        "parts": [
            {
                "chart": chart,
                "heading": heading,
                "said": said,
                "note": NOTES[chart],
                "tables": shown,
            }
            for chart, heading, said, shown in drawn
        ],
        "notes": explanation.notes,
    }


def about(explanation: Explanation) -> str:
    """Return which forecast of which network is explained."""
    return (
        f"{cell_name(explanation.cell)}, fold {explanation.fold}, member {explanation.member}; "
        f"its forecast for {explanation.symbol} after the close of {date(explanation.date)}"
    )
