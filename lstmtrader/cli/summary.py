"""One screen of figures at the end of a run."""

from __future__ import annotations

import json
import math

from rich.console import Console
from rich.table import Table

from lstmtrader.report.verdict import doubts, headline
from lstmtrader.run import Run

_PERCENT = "percent"
_ROWS = (
    ("CAGR", "cagr", _PERCENT),
    ("volatility", "volatility", _PERCENT),
    ("Sharpe ratio", "sharpe", "ratio"),
    ("Sortino ratio", "sortino", "ratio"),
    ("max drawdown", "max_drawdown", _PERCENT),
    ("hit rate (bars)", "hit_rate", _PERCENT),
    ("gross exposure", "gross_exposure", _PERCENT),
    ("net exposure", "net_exposure", _PERCENT),
    ("turnover a year", "turnover_per_year", "times"),
    ("costs a year", "costs_per_year", _PERCENT),
)
_SKILL = (
    ("forecasts with an outcome", "n", "count"),
    ("correlation with the outcome", "ic", "small"),
    ("rank IC across symbols, mean of bars", "rank_ic", "small"),
    ("t of the rank IC (Newey-West)", "rank_ic_t", "ratio"),
    ("hit rate", "hit_rate", _PERCENT),
    ("Pesaran-Timmermann, p", "pt_p", "small"),
    ("R² against zero", "r2_zero", "small"),
    ("R² against the expanding mean", "r2_mean", "small"),
    ("CRPS", "crps", "small"),
)

_COMPARED = (
    ("IC", "ic", "{:.3f}", 1),
    ("rank IC", "rank_ic", "{:.3f}", 1),
    ("hits", "hit_rate", "{:.1f}", 100),
    ("MSE", "mse", "{:.3g}", 1),
    ("R²", "model_r2", "{:.3f}", 1),
    ("CAGR", "cagr", "{:.1f}", 100),
    ("vol", "volatility", "{:.1f}", 100),
    ("Sharpe", "sharpe", "{:.2f}", 1),
    ("DD", "max_drawdown", "{:.1f}", 100),
    ("turn", "turnover_per_year", "{:.1f}", 1),
)


def print_summary(run: Run) -> None:
    """Print the account beside buy & hold, the forecast skill, and where the report is."""
    console = Console()
    index = run.equity.index
    console.print(f"{run.name}: out of sample {index[0]:%Y-%m-%d} to {index[-1]:%Y-%m-%d}")
    table = Table()
    table.add_column("account")
    table.add_column("strategy", justify="right")
    table.add_column("buy & hold", justify="right")
    for label, key, style in _ROWS:
        values = (run.metrics[part][key] for part in ("strategy", "benchmark"))
        table.add_row(label, *(_figure(value, style) for value in values))
    console.print(table)

    skill = Table()
    skill.add_column("forecast skill")
    skill.add_column("all folds", justify="right")
    figures = run.metrics["skill"]
    rows = list(_SKILL)
    rows += [
        (f"R² against {key.removeprefix('r2_vs_').replace('_', ' ')}", key, "small")
        for key in figures
        if key.startswith("r2_vs_")
    ]
    for label, key, style in rows:
        if math.isfinite(figures.get(key, math.nan)):
            skill.add_row(label, _figure(figures[key], style))
    console.print(skill)

    if run.baselines:
        _print_comparison(console, run)
    if not run.result.execution.is_tradable:
        console.print("[bold red]same_close: fills at a price already seen; not tradable")
    if run.result.ruined_on is not None:
        console.print(f"[bold red]equity reached zero on {run.result.ruined_on:%Y-%m-%d}")
    console.print(headline(run.result, run.evaluation))
    said = doubts(run.result, run.evaluation)
    if said:
        console.print(said)
    console.print(
        f"{run.result.execution} fills; {run.facts['Costs']}; "
        f"{run.result.periods_per_year} bars a year. {run.result.order_summary()}."
    )
    fitted = run.n_fits - run.n_reused
    console.print(f"{run.n_fits} fits: {fitted} trained, {run.n_reused} from the cache.")
    console.print(f"Forecasts for {run.facts['Forecasts']}.")
    if run.path is not None:
        console.print(f"report: {run.path / 'report.html'}", soft_wrap=True, highlight=False)


def _print_comparison(console: Console, run: Run) -> None:
    comparison = run.comparison
    # Without lines it fits a terminal of 80 columns.
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("compared")
    shown = [one for one in _COMPARED if comparison[one[1]].notna().any()]
    for label, *_ in shown:
        table.add_column(label, justify="right", no_wrap=True)
    for name, row in comparison.iterrows():
        label = {"buy_and_hold": "buy & hold"}.get(str(name), str(name).replace("_", " "))
        cells = (
            form.format(times * row[key]) if math.isfinite(row[key]) else "–"
            for _, key, form, times in shown
        )
        table.add_row(label, *cells)
    console.print(table)
    console.print(
        "hits, CAGR, volatility and drawdown in %; R² of the model against the row; turnover a year"
    )
    for name, one in run.baselines.items():
        if one.untraded:
            console.print(f"{name.replace('_', ' ')} has no account: {one.untraded}.")


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


def _figure(value: float, style: str) -> str:
    if not math.isfinite(value):
        return "–"
    if style == _PERCENT:
        return f"{100 * value:.2f} %"
    if style == "times":
        return f"{value:.1f} x"
    if style == "count":
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.4f}" if style == "small" else f"{value:.2f}"
