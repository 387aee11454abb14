"""An evaluation as files of a run folder: a Parquet table each, and one JSON of figures."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lstmtrader.errors import RunError
from lstmtrader.evaluation.evaluation import Evaluation

FIGURES = "figures.json"


def save_evaluation(folder: Path, evaluation: Evaluation) -> None:
    """Write every table and figure into an existing folder; `read_evaluation` reads them again."""
    figures = {}
    for name, value in _parts(evaluation):
        if isinstance(value, pd.DataFrame):
            # Parquet wants one type of label; "ensemble" stands below 0, 1, 2.
            mixed = value.index.dtype == object
            kept = value.set_axis(value.index.map(str)) if mixed else value
            kept.to_parquet(folder / f"{name}.parquet")
        else:
            # As text: JSON knows no infinity, and it is not the same as undefined.
            figures[name] = {key: repr(float(one)) for key, one in value.items()}
    (folder / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def read_evaluation(folder: Path) -> Evaluation:
    """Read what `save_evaluation` wrote.

    Raises
    ------
    RunError
        If a file is missing or is not what was written.
    """
    try:
        figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        read: Evaluation = _read(Evaluation, folder, figures, "")
    except (OSError, KeyError, ValueError) as error:
        raise RunError(f"{folder}: no evaluation can be read from it ({error})") from error
    return read


def _parts(record: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if dataclasses.is_dataclass(value):
            yield from _parts(value, f"{prefix}{field.name}_")
        else:
            yield f"{prefix}{field.name}", value


def _read(kind: type[Any], folder: Path, figures: Mapping[str, Any], prefix: str) -> Any:
    read: dict[str, Any] = {}
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        name, hint = f"{prefix}{field.name}", hints[field.name]
        if dataclasses.is_dataclass(hint):
            read[field.name] = _read(typing.cast(type[Any], hint), folder, figures, f"{name}_")
        elif hint is pd.DataFrame:
            read[field.name] = pd.read_parquet(folder / f"{name}.parquet")
        else:
            read[field.name] = {key: float(one) for key, one in figures[name].items()}
    return kind(**read)
