"""Every chart of the tear sheet, and the JSON that the page draws them from."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup
from plotly.io.json import to_json_plotly

from lstmtrader.report.charts.account import drawdown_chart, equity_chart, rolling_chart
from lstmtrader.report.charts.costs import cost_levels_chart, costs_chart
from lstmtrader.report.charts.explain.drawn import network_charts
from lstmtrader.report.charts.exposure import exposure_chart, holdings_chart
from lstmtrader.report.charts.folds import curves_chart, fold_timeline
from lstmtrader.report.charts.lines import benchmark_label
from lstmtrader.report.charts.outcomes import calibration_chart, cloud_chart, deciles_chart
from lstmtrader.report.charts.returns import distribution_chart, monthly_chart
from lstmtrader.report.charts.significance import intervals_chart, members_chart, rivals_chart
from lstmtrader.report.charts.skill import decay_chart, extremes, ic_chart, skill_chart
from lstmtrader.report.sheet import TearSheet


def draw(sheet: TearSheet) -> dict[str, go.Figure]:
    """Return every chart that has something to show, by name."""
    account, benchmark = sheet.account, sheet.benchmark
    skill, doubt = sheet.evaluation.skill, sheet.evaluation.significance
    break_even = float(sheet.evaluation.strategy.get("break_even_bp", np.nan))
    starts = pd.DatetimeIndex(sheet.folds["test_start"])
    made = {
        "equity": equity_chart(account, benchmark, starts),
        "drawdown": drawdown_chart(account, benchmark),
        "rolling": rolling_chart(account, benchmark),
        "months": monthly_chart(account.returns),
        "months-benchmark": monthly_chart(benchmark.returns),
        "distribution": distribution_chart(account, benchmark),
        "exposure": exposure_chart(account),
        "costs": costs_chart(account),
        "cost-levels": cost_levels_chart(sheet.evaluation.cost_levels, break_even),
        "holdings": holdings_chart(account),
        "skill-fold": skill_chart(skill.by_fold, "Fold"),
        "skill-year": skill_chart(skill.by_year, "Year"),
        "skill-symbol": skill_chart(extremes(skill.by_symbol), "Symbol"),
        "ic": ic_chart(skill.by_bar, account.periods_per_year),
        "deciles": deciles_chart(skill.deciles),
        "calibration": calibration_chart(skill.calibration),
        "cloud": cloud_chart(skill.cloud),
        "decay": decay_chart(skill.decay),
        "intervals": intervals_chart(doubt.intervals, benchmark_label(benchmark)),
        "members": members_chart(doubt.members),
        "rivals": rivals_chart(account, benchmark, sheet.evaluation.rivals),
        "timeline": None if sheet.folds.empty else fold_timeline(sheet.folds),
        "curves": curves_chart(sheet.curves),
        **network_charts(sheet.explanation),
    }
    return {name: figure for name, figure in made.items() if figure is not None}


def with_shared_bars(figures: Mapping[str, go.Figure]) -> dict[str, object]:
    """Store each series of bars once, however many lines are drawn over it."""
    pool: dict[tuple[str, ...], int] = {}
    charts = {}
    for name, figure in figures.items():
        chart = figure.to_dict()
        for trace in chart["data"]:
            bars = trace.get("x")
            if trace["type"] == "scatter" and len(bars) > 20 and isinstance(bars[0], str):
                key = tuple(np.asarray(bars).tolist())
                trace["x"] = {"shared": pool.setdefault(key, len(pool))}
        charts[name] = chart
    return {"bars": [list(bars) for bars in pool], "charts": charts}


def script_json(content: object) -> Markup:
    """Return JSON that cannot close the script element it stands in."""
    text = json.dumps(json.loads(to_json_plotly(content, engine="json")), separators=(",", ":"))
    escaped = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(escaped)
