"""The folder of a run on disk: Parquet tables, JSON figures, YAML settings, HTML report."""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lstmtrader.config.writing import to_yaml
from lstmtrader.errors import RunError
from lstmtrader.forecast import Forecast
from lstmtrader.report.saved import save_sheet
from lstmtrader.report.tearsheet import render
from lstmtrader.run import Run
from lstmtrader.run_files import (
    ENVIRONMENT,
    FIGURES,
    FORECASTS,
    INCOMPLETE,
    OUTCOMES,
    save_forecast,
    save_outcome,
)
from lstmtrader.versions import versions


class RunFolder:
    """A folder that is named ``….incomplete`` until it is complete.

    Parameters
    ----------
    runs : Path
        Where run folders live; made if missing.
    name, config_hash : str
        The folder becomes ``<UTC time>-<name>-<first 8 digits of the hash>``.
    """

    def __init__(self, runs: Path, name: str, config_hash: str) -> None:
        stem = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}-{config_hash[:8]}"
        try:
            runs.mkdir(parents=True, exist_ok=True)
            for number in range(1, 1000):
                self.final = runs / (stem if number == 1 else f"{stem}-{number}")
                self.path = self.final.with_name(self.final.name + INCOMPLETE)
                if not self.final.exists() and not self.path.exists():
                    break
            self.path.mkdir()
        except OSError as error:
            raise RunError(f"{runs}: cannot make a run folder ({error.strerror})") from error

    def complete(self) -> Path:
        """Give the folder its final name."""
        with as_run_error(self.path):
            self.path.rename(self.final)
        return self.final

    def rescue(self, finished: Sequence[Forecast]) -> str:
        """Keep the forecasts of finished folds, or else remove the folder; say what was kept."""
        if not finished:
            shutil.rmtree(self.path, ignore_errors=True)
            return ""
        try:
            with as_run_error(self.path):
                save_forecast(self.path, Forecast.concat(finished))
        except (RunError, OSError):
            return f"not even the forecasts of {len(finished)} finished folds fit in {self.path}"
        return f"kept: settings and forecasts of {len(finished)} finished folds in {self.path}"


@contextlib.contextmanager
def as_run_error(path: Path) -> Iterator[None]:
    """Turn a full disk, or a table that Parquet cannot hold, into an error of this package."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error
    except pa.ArrowException as error:
        raise RunError(f"{path}: cannot be written ({error})") from error


def save_run(folder: Path, run: Run) -> None:
    """Write every file of the run into an existing folder; `Run.load` reads it again."""
    save_settings(folder, run.config)
    with as_run_error(folder / FORECASTS):
        save_forecast(folder, run.forecast)
    with as_run_error(folder / OUTCOMES):
        save_outcome(folder, run.outcome)
    with as_run_error(folder):
        save_sheet(folder, run.sheet)
    _write_json(run.figures, folder / FIGURES)
    environment = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "config_sha256": run.config_hash,
        "data_sha256": run.data_hash,
        "audit_identity": run.audit_identity,
        "fits": {"all": run.n_fits, "reused": run.n_reused},
        "vintage": run.facts.get("Vintage"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": versions(),
    }
    _write_json(environment, folder / ENVIRONMENT)
    with as_run_error(folder):
        (folder / "report.html").write_text(render(run.sheet), encoding="utf-8")


def save_settings(folder: Path, config: Mapping[str, Any]) -> None:
    """Write the resolved settings, from which the run can be repeated."""
    with as_run_error(folder):
        (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")


def _write_json(content: Mapping[str, Any], path: Path) -> None:
    with as_run_error(path):
        path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
