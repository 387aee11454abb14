"""One screen of figures at the end of a run."""

from __future__ import annotations

import json
import math
import textwrap

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lstmtrader.report.comparison import (
    R2_OF_THE_MODEL,
    compared_cell,
    compared_label,
    untraded_notes,
)
from lstmtrader.report.labels import hold_name, row_name, skill_label
from lstmtrader.report.skill_tables import skill_cell
from lstmtrader.report.trade_tables import order_words
from lstmtrader.report.verdict import doubts, headline
from lstmtrader.report.wording import KEY_FIGURES, date, metric_rows
from lstmtrader.run import Run

_SKILL = ("n", "ic", "rank_ic", "rank_ic_t", "hit_rate", "pt_p", "r2_zero", "r2_mean", "crps")
_COMPARED = (
    "ic", "rank_ic", "hit_rate", "model_r2", "cagr", "sharpe", "max_drawdown", "turnover_per_year",
)  # fmt: skip
_NARROW = 8  # of the heads, so that the table fits a terminal of 80 columns


def print_summary(run: Run) -> None:
    """Print the account beside buy & hold, the forecast skill, and where the report is."""
    console = Console(highlight=False)
    _say(console, f"{run.name}: {run.sheet.period}")
    hold = hold_name(run.benchmark)
    table = Table()
    table.add_column("Account", no_wrap=True)
    table.add_column("Strategy", justify="right", no_wrap=True)
    table.add_column(escape(hold), justify="right", no_wrap=True)
    figures = run.metrics
    for row in metric_rows(figures["strategy"], figures["benchmark"], KEY_FIGURES, hold):
        table.add_row(*map(escape, row))
    console.print(table)

    skill = Table()
    skill.add_column("Forecast skill", no_wrap=True)
    skill.add_column("All folds", justify="right", no_wrap=True)
    measured = figures["skill"]
    for key in (*_SKILL, *(name for name in measured if name.startswith("r2_vs_"))):
        if math.isfinite(measured.get(key, math.nan)):
            skill.add_row(escape(skill_label(key)), skill_cell(key, measured[key]))
    console.print(skill)

    if run.baselines:
        _print_comparison(console, run, hold)
    if not run.result.execution.is_tradable:
        _say(console, "same_close: fills at a price already seen; not tradable", "bold red")
    if run.result.ruined_on is not None:
        _say(console, f"equity reached zero on {date(run.result.ruined_on)}", "bold red")
    if run.audit is not None:
        style = None if run.audit["verdict"] == "clean" else "bold red"
        _say(console, run.audit["sentence"], style)
    _say(console, headline(run.result, run.benchmark, run.evaluation))
    said = doubts(run.result, run.benchmark, run.evaluation)
    if said:
        _say(console, said)
    _say(
        console,
        f"{run.result.execution} fills; {run.facts['Costs']}; "
        f"{run.result.periods_per_year} bars a year. {order_words(run.result)}",
    )
    fitted = run.n_fits - run.n_reused
    _say(console, f"{run.n_fits} fits: {fitted} trained, {run.n_reused} from the cache.")
    _say(console, f"Forecasts for {run.facts['Forecasts']}.")
    if run.path is not None:
        console.print(f"report: {run.path / 'report.html'}", soft_wrap=True, markup=False)


def _print_comparison(console: Console, run: Run, hold: str) -> None:
    comparison = run.comparison
    # Without lines it fits a terminal of 80 columns.
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("Compared")
    shown = [one for one in _COMPARED if comparison[one].notna().any()]
    for one in shown:
        head = textwrap.fill(compared_label(one), _NARROW, break_long_words=False)
        table.add_column(head, justify="right", no_wrap=True)
    for name, row in comparison.iterrows():
        cells = (compared_cell(one, float(row[one])) for one in shown)
        table.add_row(escape(row_name(name, hold)), *cells)
    console.print(table)
    if "model_r2" in shown:
        _say(console, R2_OF_THE_MODEL)
    for note in untraded_notes(run.sheet.untraded):
        _say(console, note)


def _say(console: Console, text: str, style: str | None = None) -> None:
    """Print sentences, with line breaks at spaces only: rich would break inside of numbers."""
    lines = textwrap.fill(text, console.width, break_long_words=False, break_on_hyphens=False)
    console.print(lines, style=style, soft_wrap=True, markup=False)


def print_json(run: Run) -> None:
    """Print the metrics and the run folder as one JSON object."""
    content = {
        "name": run.name,
        "folder": None if run.path is None else str(run.path),
        "fits": {"trained": run.n_fits - run.n_reused, "reused": run.n_reused},
        "metrics": run.figures,
        "trials": run.trials,
    }
    Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(content, indent=2))
