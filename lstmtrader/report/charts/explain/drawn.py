"""Every chart of one explanation, by name."""

from __future__ import annotations

import plotly.graph_objects as go

from lstmtrader.explain.result import Explanation
from lstmtrader.report.charts.explain.attribution import attribution_chart, lookback_of
from lstmtrader.report.charts.explain.gates import gates_chart
from lstmtrader.report.charts.explain.importance import importance_chart
from lstmtrader.report.charts.explain.memory import gradients_chart, memory_chart


def network_charts(explanation: Explanation | None) -> dict[str, go.Figure | None]:
    """Return the charts of an explanation; None for what it does not know."""
    if explanation is None:
        return {}
    gates, memory, lookback = explanation.gates, explanation.memory, lookback_of(explanation)
    return {
        "network-gates": None if gates is None else gates_chart(gates),
        "network-memory": None if memory is None else memory_chart(memory, lookback),
        "network-attribution": attribution_chart(explanation),
        "network-importance": importance_chart(explanation.importance),
        "network-gradients": gradients_chart(explanation.gradients, explanation.cell),
    }
