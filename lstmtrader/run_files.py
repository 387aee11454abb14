"""Those files of a run folder that the report does not need: forecasts, outcomes, identity."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lstmtrader.errors import RunError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.report.saved import read_sheet
from lstmtrader.report.sheet import TearSheet

INCOMPLETE = ".incomplete"
FORECASTS, OUTCOMES = "forecasts.parquet", "outcomes.parquet"
FIGURES, ENVIRONMENT = "metrics.json", "environment.json"
_OF_A_SWEEP = "sweep.json"


@dataclass(frozen=True, eq=False)
class RunFiles:
    """What was read from the folder of a finished run.

    Parameters
    ----------
    sheet : TearSheet
    forecast : Forecast
    outcome : DataFrame of shape (n_bars, n_symbols)
    figures, environment : dict
        ``metrics.json`` and ``environment.json``.
    """

    sheet: TearSheet
    forecast: Forecast
    outcome: pd.DataFrame
    figures: dict[str, Any]
    environment: dict[str, Any]


def save_forecast(folder: Path, forecast: Forecast) -> None:
    """Write the forecasts, one row per bar and symbol that has any."""
    table = forecast.to_long()
    table.attrs["kind"] = forecast.kind.value
    table.to_parquet(folder / FORECASTS, index=False)


def save_outcome(folder: Path, outcome: pd.DataFrame) -> None:
    """Write what came of each forecast, one row a bar of the forecasts."""
    outcome.rename_axis("date").to_parquet(folder / OUTCOMES)


def read_run_files(folder: Path) -> RunFiles:
    """Read the folder of a finished run.

    Raises
    ------
    RunError
        If it is no such folder, is not complete, or is that of a sweep.
    """
    check_folder(folder)
    try:
        outcome = pd.read_parquet(folder / OUTCOMES).rename_axis(None)
        table = pd.read_parquet(folder / FORECASTS)
        kind = ForecastKind(table.attrs["kind"])
        forecast = Forecast.from_long(table, outcome.index, tuple(outcome.columns), kind)
        figures, environment = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in (FIGURES, ENVIRONMENT)
        )
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        lost = isinstance(error, FileNotFoundError) and error.filename
        reason = f"{Path(str(lost)).name}: missing" if lost else error
        raise RunError(
            f"{folder}: no run can be read from it ({reason}); run the experiment again"
        ) from error
    return RunFiles(read_sheet(folder), forecast, outcome, figures, environment)


def check_folder(folder: Path) -> None:
    """Raise a `RunError` unless this is the folder of a run that is complete."""
    if not folder.is_dir():
        raise RunError(f"{folder}: there is no such folder")
    if folder.name.endswith(INCOMPLETE):
        raise RunError(f"{folder} is not complete; run the same experiment again to finish it")
    if (folder / _OF_A_SWEEP).exists():
        raise RunError(f"{folder} is a sweep, and not a run; its variants are in its tables")
    if not (folder / ENVIRONMENT).exists():
        raise RunError(f"{folder} is not the folder of a run: it has no {ENVIRONMENT}")
