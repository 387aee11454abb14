"""Charts of what a network looks at and remembers."""

from lstmtrader.report.charts.explain.attribution import attribution_chart
from lstmtrader.report.charts.explain.gates import gates_chart
from lstmtrader.report.charts.explain.importance import importance_chart
from lstmtrader.report.charts.explain.memory import gradients_chart, memory_chart

__all__ = [
    "attribution_chart",
    "gates_chart",
    "gradients_chart",
    "importance_chart",
    "memory_chart",
]
