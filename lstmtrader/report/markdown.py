"""The tear sheet as one Markdown document, for a pull request, an issue or a notebook."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.report.comparison import comparison_table, row_name
from lstmtrader.report.markdown_text import code, escaped, grid
from lstmtrader.report.tables import Table, skill_by_fold, yearly_table
from lstmtrader.report.wording import (
    METRICS,
    MISSING,
    count,
    date,
    fills,
    metric_rows,
    number,
    percent,
)

_BETTER = "Better than buy & hold (StepM)"
_IN_SET = "p-value, model confidence set"
_SIGNIFICANCE: dict[str, tuple[str, Callable[[float], str]]] = {
    "psr": ("Probability that the true Sharpe ratio is above zero", percent),
    "min_track_record": ("Years needed for a probability of 95 %", lambda value: number(value, 1)),
    "n_trials": ("Trials counted", count),
    "effective_trials": ("Effective trials", lambda value: number(value, 1)),
    "expected_max_sharpe": ("Best Sharpe ratio expected of that many trials by luck", number),
    "dsr": ("Deflated Sharpe ratio", percent),
    "pbo": ("Probability of backtest overfitting", percent),
    "spa_p": ("p-value of superior predictive ability", lambda value: number(value, 3)),
}


def to_markdown(
    account: TrackRecord,
    benchmark: TrackRecord,
    evaluation: Evaluation,
    *,
    title: str,
    headline: str,
    verdict: str,
    caution: str,
    facts: Mapping[str, str],
    notes: Sequence[str],
    command: str,
    versions: Mapping[str, str],
) -> str:
    """Return the tear sheet in GitHub-flavoured Markdown.

    Tables without rows are left out, with their headings; undefined figures are dashes. All texts
    are plain: signs of Markdown or HTML in them are escaped, line breaks become spaces. The same
    input gives the same bytes.

    Parameters
    ----------
    account, benchmark : TrackRecord
        The strategy and equal-weight buy & hold.
    evaluation : Evaluation
    title, headline, verdict, caution : str
        What was tried, and what came of it; see `lstmtrader.report.wording`.
    facts : mapping of str to str
        Assumptions, in the order they are shown.
    notes : sequence of str
        What else a reader must know.
    command : str
        Reproduces the run.
    versions : mapping of str to str
        Packages and their versions.
    """
    first, last = account.equity.index[0], account.equity.index[-1]
    period = (
        f"Out of sample {date(first)} to {date(last)} · {account.periods_per_year} bars a year · "
        f"{fills(account.execution)}"
    )
    figures = {"strategy": evaluation.strategy, "benchmark": evaluation.benchmark}
    skill, significance = evaluation.skill, evaluation.significance
    sections = [
        ("Key figures", [grid(["", "Strategy", "Buy & hold"], metric_rows(figures))]),
        ("Calendar years", [_shown(yearly_table(account, benchmark))]),
        ("Model and baselines", [_comparison(evaluation.comparison, significance)]),
        ("Significance", [_intervals(significance), _doubts(significance)]),
        ("Members of the ensemble", [_metrics("Member", significance.members)]),
        ("Forecast skill by fold", [_shown(skill_by_fold(skill.by_fold))]),
        ("Forecasts against naive ones", [_versus(skill.versus)]),
        ("Cost levels", [_metrics("Slippage on top, bp", evaluation.cost_levels)]),
        ("Orders", _orders(account)),
        ("Assumptions", [grid(["Assumption", ""], list(facts.items()), left=2)]),
        ("Notes", ["\n".join(f"- {escaped(note)}" for note in notes)]),
        ("Reproduce", [code(command), _versions(versions)]),
    ]
    blocks = [
        f"# {escaped(title)}",
        escaped(period),
        *_banners(account),
        *([f"**{escaped(headline)}**"] if headline.strip() else []),
        escaped(verdict),
        f"**Caution.** {escaped(caution)}",
    ]
    for heading, parts in sections:
        if shown := [part for part in parts if part]:
            blocks += [f"## {heading}", *shown]
    return "\n\n".join(blocks) + "\n"


def _shown(table: Table) -> str:
    return grid(table.columns, table.rows)


def _comparison(comparison: pd.DataFrame, significance: Significance) -> str:
    if comparison.empty:
        return ""
    table, contenders = comparison_table(comparison), significance.contenders
    extra: dict[str, list[str]] = {_BETTER: [], _IN_SET: []}
    for name in comparison.index:
        contender = "strategy" if name == "model" else name
        known = contenders.loc[contender] if contender in contenders.index else None
        better = (
            MISSING if known is None or contender == "buy_and_hold" else _yes(known["superior"])
        )
        extra[_BETTER].append(better)
        p_value = math.nan if known is None else float(known["mcs_p"])
        extra[_IN_SET].append(number(p_value, 3))
    told = {name: cells for name, cells in extra.items() if set(cells) != {MISSING}}
    rows = [
        (*row, *(cells[place] for cells in told.values())) for place, row in enumerate(table.rows)
    ]
    return grid([*table.columns, *told], rows)


def _yes(value: object) -> str:
    if pd.isna(value):
        return MISSING
    return "yes" if value else "no"


def _intervals(significance: Significance) -> str:
    columns = {"strategy": "Strategy", "benchmark": "Buy & hold", "difference": "Difference"}
    rows = []
    for name, row in significance.intervals.iterrows():
        label, form = METRICS[str(name)]
        cells = [
            f"{form(float(row[key]))} ({form(float(row[f'{key}_low']))} to "
            f"{form(float(row[f'{key}_high']))})"
            for key in columns
        ]
        rows.append((label, *cells))
    level = percent(significance.figures.get("level", math.nan), 0)
    return grid([f"Interval of {level}", *columns.values()], rows)


def _doubts(significance: Significance) -> str:
    figures = significance.figures
    rows = [
        (label, form(figures[key]))
        for key, (label, form) in _SIGNIFICANCE.items()
        if key in figures
    ]
    return grid(["Could it be luck?", ""], rows)


def _versus(versus: pd.DataFrame) -> str:
    columns = {
        "r2": "R² against it",
        "dm": "Diebold–Mariano",
        "dm_p": "p-value",
        "cw": "Clark–West",
        "cw_p": "p-value",
    }
    rows = [
        (
            row_name(str(name)),
            *(number(float(row[key]), 4 if key == "r2" else 3) for key in columns),
        )
        for name, row in versus.iterrows()
    ]
    return grid(["Forecast", *columns.values()], rows)


def _metrics(first: str, table: pd.DataFrame) -> str:
    """Rows of figures that have a name in `METRICS`."""
    known = [METRICS[str(column)] for column in table.columns]
    rows = [
        (_row(name), *(form(float(row.iloc[place])) for place, (_, form) in enumerate(known)))
        for name, row in table.iterrows()
    ]
    return grid([first, *(label for label, _ in known)], rows)


def _row(name: object) -> str:
    return f"{name:g}" if isinstance(name, int | float) else str(name)


def _orders(account: TrackRecord) -> list[str]:
    parts = [escaped(f"{account.order_summary()}.")]
    for number_of, text in (
        (len(account.delisted), "positions closed because the symbol stopped trading"),
        (len(account.liquidations), "bars on which the account was sold off for want of margin"),
    ):
        if number_of:
            parts.append(escaped(f"{count(number_of)} {text}."))
    return parts


def _banners(account: TrackRecord) -> list[str]:
    banners = []
    if not account.execution.is_tradable:
        banners.append(
            "> **Not tradable.** This run fills at a price already seen when the decision was "
            "made. The figures are for comparison with papers only."
        )
    if account.ruined_on is not None:
        banners.append(
            f"> **Ruined on {date(account.ruined_on)}.** Equity reached zero and the account "
            "ends there."
        )
    return banners


def _versions(versions: Mapping[str, str]) -> str:
    return escaped(", ".join(f"{name} {version}" for name, version in versions.items()))
