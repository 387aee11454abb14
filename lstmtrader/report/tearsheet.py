"""The tear sheet of one run: what goes in, and how it becomes one offline HTML document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.report import wording
from lstmtrader.report.charts import drawdown_chart, equity_chart, exposure_chart, monthly_chart
from lstmtrader.report.comparison import comparison_table, untraded_notes
from lstmtrader.report.fold_charts import fold_timeline, skill_chart
from lstmtrader.report.palette import THEMES
from lstmtrader.report.tables import (
    delisted_table,
    fold_table,
    skill_by_fold,
    unfilled_table,
    yearly_table,
)


@dataclass(frozen=True, eq=False)
class TearSheet:
    """Everything the report of one run shows.

    Parameters
    ----------
    name : str
        Name of the run.
    title : str
        What was tried, in words.
    result, benchmark : BacktestResult
        The strategy and equal-weight buy & hold, from the same first decision on.
    folds : DataFrame
        One row a fold: fold, train_start, train_end, validation_start, validation_end,
        test_start, test_end (timestamps, NaT where there is no validation), train_samples,
        validation_samples, epochs (mean best epoch) and validation_loss.
    skill : DataFrame
        As made by `lstmtrader.evaluation.skill.table.skill_table`.
    metrics : dict of str to dict of str to float
        Figures of ``strategy`` and ``benchmark``, as made by
        `lstmtrader.evaluation.performance.performance`.
    facts : mapping of str to str
        Assumptions, in the order they are shown.
    config_yaml : str
        The settings of the run.
    versions : mapping of str to str
        Packages and their versions.
    command : str
        Reproduces the run.
    comparison : DataFrame, optional
        As made by `lstmtrader.evaluation.baselines.compare`; None without baselines.
    untraded : mapping of str to str
        Why a baseline has no account.
    """

    name: str
    title: str
    result: BacktestResult
    benchmark: BacktestResult
    folds: pd.DataFrame
    skill: pd.DataFrame
    metrics: dict[str, dict[str, float]]
    facts: Mapping[str, str]
    config_yaml: str
    versions: Mapping[str, str]
    command: str
    comparison: pd.DataFrame | None = None
    untraded: Mapping[str, str] = field(default_factory=dict)


def render(sheet: TearSheet) -> str:
    """Return the report as one HTML document that needs no network.

    The same sheet gives the same bytes: no clock, no random identifiers.
    """
    environment = Environment(
        loader=PackageLoader("lstmtrader.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figures = _figures(sheet)
    result, metrics = sheet.result, sheet.metrics
    page = environment.get_template("template.html").render(
        sheet=sheet,
        result=result,
        period=f"{wording.date(result.equity.index[0])} to {wording.date(result.equity.index[-1])}",
        headline=wording.headline(result, metrics),
        verdict=wording.verdict(result, sheet.benchmark, metrics),
        caution=wording.caution(result, metrics["strategy"]["sharpe"]),
        fills=wording.fills(result.execution),
        ruined_on=None if result.ruined_on is None else wording.date(result.ruined_on),
        same_period=result.equity.index.equals(sheet.benchmark.equity.index),
        benchmark_end=wording.date(sheet.benchmark.equity.index[-1]),
        metric_rows=wording.metric_rows(metrics),
        yearly=yearly_table(result, sheet.benchmark),
        skill=skill_by_fold(sheet.skill),
        comparison=None if sheet.comparison is None else comparison_table(sheet.comparison),
        untraded=untraded_notes(sheet.untraded),
        folds=fold_table(sheet.folds),
        unfilled=unfilled_table(result.unfilled),
        delisted=delisted_table(result.delisted),
        heights={name: figure.layout.height for name, figure in figures.items()},
        data=_script_json(_with_shared_bars(figures)),
        themes=_script_json({"themes": THEMES}),
        plotly=Markup(get_plotlyjs()),
    )
    return page.rstrip() + "\n"


def _figures(sheet: TearSheet) -> dict[str, go.Figure]:
    equity = equity_chart(
        sheet.result, sheet.benchmark, pd.DatetimeIndex(sheet.folds["test_start"])
    )
    # The page has buttons of its own for the scale, which a keyboard can reach.
    equity.layout.updatemenus = ()
    return {
        "equity": equity,
        "drawdown": drawdown_chart(sheet.result, sheet.benchmark),
        "months": monthly_chart(sheet.result.returns),
        "exposure": exposure_chart(sheet.result),
        "timeline": fold_timeline(sheet.folds),
        "skill": skill_chart(sheet.skill),
    }


def _with_shared_bars(figures: Mapping[str, go.Figure]) -> dict[str, object]:
    """Store each series of bars once, however many lines are drawn over it."""
    pool: dict[tuple[str, ...], int] = {}
    charts = {}
    for name, figure in figures.items():
        chart = figure.to_dict()
        for trace in chart["data"]:
            if trace["type"] == "scatter":
                bars = tuple(str(stamp) for stamp in np.asarray(trace["x"]))
                trace["x"] = {"shared": pool.setdefault(bars, len(pool))}
        charts[name] = chart
    return {"bars": [list(bars) for bars in pool], "charts": charts}


def _script_json(content: object) -> Markup:
    """Return JSON that cannot close the script element it stands in."""
    text = json.dumps(json.loads(to_json_plotly(content, engine="json")), separators=(",", ":"))
    escaped = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(escaped)
