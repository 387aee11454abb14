"""``lstmtrader run --dry-run``: what a run would do, checked, printed, and not done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from lstmtrader.cli.runs_tables import print_plain, terminal
from lstmtrader.features.assemble import warm_up
from lstmtrader.pipeline import Fits, prepare_study, study_facts
from lstmtrader.report.assumptions import terms_in_words
from lstmtrader.report.wording import count, date
from lstmtrader.study import Study
from lstmtrader.walkforward.baselines import snake_case
from lstmtrader.walkforward.executor import InProcess
from lstmtrader.walkforward.planned import PlannedFits, planned_fits, planned_folds

_SLICES = ("train", "validation", "test")
_COUNTED = ("bars", "samples")
_ROOM = 140  # columns that the whole table needs


@dataclass(frozen=True, eq=False)
class DryRun:
    """What a run would do.

    Parameters
    ----------
    name : str
    config_hash : str
    facts : dict of str to str
        Prices, features, target, walk-forward, model, strategy and trading terms in words.
    folds : DataFrame
        See `planned_folds`.
    model : PlannedFits
    baselines : tuple of (str, PlannedFits)
    notes : tuple of str
        What the prices come with: dropped rows, members without prices.
    """

    name: str
    config_hash: str
    facts: dict[str, str]
    folds: pd.DataFrame
    model: PlannedFits
    baselines: tuple[tuple[str, PlannedFits], ...]
    notes: tuple[str, ...]


def dry_run(study: Study, cache: Path | None) -> DryRun:
    """Check a study as a run would before its first fit, and count what it would do.

    Parameters
    ----------
    study : Study
    cache : Path, optional
        Folder of finished fits; None looks for none.
    """
    prepared = prepare_study(study)
    prices, labelled, folds = prepared.prices, prepared.labelled, prepared.folds
    fits = Fits(InProcess(), cache)
    kind, lookback = study.target.kind, study.model.lookback
    model = planned_fits(
        labelled, folds, study.model, kind,
        members=study.members, seed=study.seed, refit=study.refit, cache=fits.cache(study.model),
    )  # fmt: skip
    baselines = tuple(
        (
            snake_case(type(one).__name__),
            planned_fits(labelled, folds, one, kind, seed=study.seed, cache=fits.cache(one)),
        )
        for one in study.baselines
    )
    terms = terms_in_words(
        study.terms,
        dividends=prices.dividends is not None,
        periods_per_year=prices.periods_per_year,
    )
    facts = {
        **study_facts(study, prices, prepared.data_hash),
        "Features": f"{', '.join(labelled.panel.features)}; warm-up "
        f"{warm_up(study.features) + lookback - 1} bars with the first window",
        "Strategy": type(study.strategy).__name__,
        **terms,
    }
    return DryRun(
        study.name, study.config_hash, facts, planned_folds(labelled, folds, lookback, study.refit),
        model, baselines, prices.notes,
    )  # fmt: skip


def print_dry_run(plan: DryRun) -> None:
    """Print facts, the table of folds, the fits."""
    console = terminal()
    console.print(f"{plan.name}: a dry run: nothing is trained, no run is written", markup=False)
    for name, words in plan.facts.items():
        console.print(f"{name}: {words}", soft_wrap=True, markup=False)
    for note in plan.notes:
        console.print(note, soft_wrap=True, markup=False)
    console.print(_fold_table(plan.folds, wide=console.width >= _ROOM))
    empty = plan.folds.loc[plan.folds["train_samples"] == 0, "fold"].tolist()
    if empty:
        numbers = ", ".join(map(str, empty))
        console.print(f"[bold red]nothing to learn from in folds {numbers}", soft_wrap=True)
    console.print(_words("the model", plan.model), soft_wrap=True, markup=False)
    for name, fits in plan.baselines:
        console.print(_words(name, fits), soft_wrap=True, markup=False)


def print_dry_run_json(plan: DryRun) -> None:
    """Print the same as one JSON object; dates as ISO 8601, of an empty slice null."""
    rows: list[dict[str, Any]] = json.loads(plan.folds.to_json(orient="records", date_format="iso"))
    print_plain(
        {
            "name": plan.name,
            "config_sha256": plan.config_hash,
            "facts": plan.facts,
            "folds": rows,
            "fits": {"total": plan.model.total, "kept": plan.model.kept},
            "baselines": {
                name: {"total": fits.total, "kept": fits.kept} for name, fits in plan.baselines
            },
            "notes": list(plan.notes),
        }
    )


def _fold_table(folds: pd.DataFrame, *, wide: bool) -> Table:
    """Dates of every slice; bars and samples where the terminal has room for them."""
    table = Table() if wide else Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("fold", justify="right", no_wrap=True)
    for name in _SLICES:
        table.add_column(name, no_wrap=True)
        for counted in _COUNTED if wide else ():
            table.add_column(counted, justify="right", no_wrap=True)
    for row in folds.to_dict("records"):
        cells = [str(row["fold"])]
        for name in _SLICES:
            first, last = row[f"{name}_start"], row[f"{name}_end"]
            cells.append("–" if pd.isna(first) else f"{date(first)} – {date(last)}")
            cells += [count(row[f"{name}_{counted}"]) for counted in _COUNTED if wide]
        table.add_row(*map(escape, cells))
    return table


def _words(who: str, fits: PlannedFits) -> str:
    plural = "fit" if fits.total == 1 else "fits"
    return f"{who}: {fits.total} {plural}, {fits.kept} of them in the cache"
