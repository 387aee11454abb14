"""What a run folder keeps of a tear sheet, so that it can be shown again without computing."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from lstmtrader.backtest.saved_record import read_record, save_record
from lstmtrader.errors import RunError
from lstmtrader.evaluation.saved import read_evaluation, save_evaluation
from lstmtrader.report.saved_explanation import read_explanation, save_explanation
from lstmtrader.report.sheet import TearSheet

_WORDS = "sheet.json"
_BENCHMARK, _EVALUATION = "benchmark", "evaluation"
_TABLES = ("folds", "curves")


def save_sheet(folder: Path, sheet: TearSheet) -> None:
    """Write everything a tear sheet shows into an existing folder: tables and words."""
    for name in (_BENCHMARK, _EVALUATION):
        (folder / name).mkdir()
    save_record(folder, sheet.account)
    save_record(folder / _BENCHMARK, sheet.benchmark)
    save_evaluation(folder / _EVALUATION, sheet.evaluation)
    for name in _TABLES:
        getattr(sheet, name).to_parquet(folder / f"{name}.parquet", index=False)
    if sheet.explanation is not None:
        save_explanation(folder, sheet.explanation)
    words = {
        "name": sheet.name,
        "title": sheet.title,
        "command": sheet.command,
        "facts": dict(sheet.facts),
        "notes": list(sheet.notes),
        "untraded": dict(sheet.untraded),
        "versions": dict(sheet.versions),
        "config": sheet.config_yaml,
        "audit": sheet.audit,
    }
    (folder / _WORDS).write_text(json.dumps(words, indent=2) + "\n", encoding="utf-8")


def read_sheet(folder: Path) -> TearSheet:
    """Read the tear sheet of a finished run; it renders to the same bytes as on the first day.

    Raises
    ------
    RunError
        If it is no folder of a finished run, or of one that an earlier version has written.
    """
    try:
        words = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
        return TearSheet(
            name=words["name"],
            title=words["title"],
            account=read_record(folder),
            benchmark=read_record(folder / _BENCHMARK),
            evaluation=read_evaluation(folder / _EVALUATION),
            facts=words["facts"],
            notes=tuple(words["notes"]),
            config_yaml=words["config"],
            versions=words["versions"],
            command=words["command"],
            untraded=words["untraded"],
            audit=words.get("audit"),  # folders of an earlier version have none
            explanation=read_explanation(folder),
            **tables,
        )
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        reason = str(error)
        if isinstance(error, FileNotFoundError) and error.filename is not None:
            reason = f"{Path(error.filename).name}: missing"
        raise RunError(
            f"{folder}: no tear sheet can be read from it ({reason}); run the experiment again"
        ) from error
