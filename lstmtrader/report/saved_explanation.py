"""The explanation of a run as files of its folder: Parquet tables, and one JSON of words."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from lstmtrader.errors import RunError
from lstmtrader.explain.result import Attribution, Explanation, GateTrace, Memory

FOLDER = "explain"
"""Inside the folder of a run; holds the last explanation that was made."""

_WORDS = "explanation.json"
_FIGURES = ("output", "baseline_output", "completeness_error")


def save_explanation(run: Path, explanation: Explanation) -> Path:
    """Write an explanation into the folder of a run, in place of an earlier one.

    Parameters
    ----------
    run : Path
        An existing folder.
    explanation : Explanation

    Returns
    -------
    Path
        The folder of its files.

    Raises
    ------
    RunError
        If it cannot be written; what was there before then stays, as long as it can.
    """
    final, beside = run / FOLDER, run / f".{FOLDER}.{os.getpid()}"
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        _write(beside, explanation)
        if final.exists():
            shutil.rmtree(final)
        beside.rename(final)
    except OSError as error:
        raise RunError(f"{final}: cannot be written ({error.strerror or error})") from error
    except pa.ArrowException as error:
        raise RunError(f"{final}: cannot be written ({error})") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return final


def read_explanation(run: Path) -> Explanation | None:
    """Read what `save_explanation` wrote; None where nobody has explained the run.

    Raises
    ------
    RunError
        If a file of it is missing or is not what was written.
    """
    folder = run / FOLDER
    if not folder.exists():
        return None
    try:
        return _read(folder)
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        reason = str(error)
        if isinstance(error, FileNotFoundError) and error.filename is not None:
            reason = f"{Path(error.filename).name}: missing"
        raise RunError(
            f"{folder}: no explanation can be read from it ({reason}); remove this folder, "
            "and explain the run again"
        ) from error


def _write(folder: Path, explanation: Explanation) -> None:
    found, gates, memory = explanation.attribution, explanation.gates, explanation.memory
    zone = explanation.date.tz
    words: dict[str, Any] = {
        "symbol": explanation.symbol,
        "date": explanation.date.isoformat(),
        "zone": None if zone is None else str(zone),
        "fold": int(explanation.fold),
        "member": int(explanation.member),
        "cell": explanation.cell,
        "notes": list(explanation.notes),
        # As text: JSON knows no infinity.
        "attribution": {name: repr(float(getattr(found, name))) for name in _FIGURES},
        "n_steps": int(found.n_steps),
        "gates": None if gates is None else list(gates.gates),
        "memory": memory is not None,
    }
    text = json.dumps(words, indent=2, allow_nan=False) + "\n"
    (folder / _WORDS).write_text(text, encoding="utf-8")
    found.values.to_parquet(folder / "attribution.parquet")
    explanation.importance.to_parquet(folder / "importance.parquet")
    explanation.gradients.to_parquet(folder / "gradients.parquet")
    if gates is not None:
        pd.DataFrame({"close": gates.close}, index=gates.index).to_parquet(
            folder / "window.parquet"
        )
        for name, values in {**gates.gates, "state": gates.state}.items():
            units = [str(unit) for unit in range(values.shape[1])]
            kept = pd.DataFrame(values, index=gates.index, columns=units)
            kept.to_parquet(folder / f"gate_{name}.parquet")
    if memory is not None:
        memory.by_unit.to_frame("half_life").to_parquet(folder / "memory_by_unit.parquet")
        memory.over_time.to_parquet(folder / "memory_over_time.parquet")


def _read(folder: Path) -> Explanation:
    words = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
    date = pd.Timestamp(words["date"])
    figures = {name: float(words["attribution"][name]) for name in _FIGURES}
    return Explanation(
        symbol=words["symbol"],
        date=date if words["zone"] is None else date.tz_convert(words["zone"]),
        fold=words["fold"],
        member=words["member"],
        cell=words["cell"],
        gates=_read_gates(folder, words),
        memory=_read_memory(folder) if words["memory"] else None,
        attribution=Attribution(
            values=_table(folder, "attribution"), n_steps=words["n_steps"], **figures
        ),
        importance=_table(folder, "importance"),
        gradients=_table(folder, "gradients"),
        notes=tuple(words["notes"]),
    )


def _read_gates(folder: Path, words: Mapping[str, Any]) -> GateTrace | None:
    if words["gates"] is None:
        return None
    window = _table(folder, "window")
    names = [*words["gates"], "state"]
    if not all(name.isidentifier() for name in names):
        raise ValueError("names of gates that are none")  # a file of a stranger: no paths
    read = {name: _table(folder, f"gate_{name}").to_numpy() for name in names}
    state = read.pop("state")
    return GateTrace(
        index=pd.DatetimeIndex(window.index),
        close=np.asarray(window["close"]),
        gates=read,
        state=state,
    )


def _read_memory(folder: Path) -> Memory:
    by_unit = _table(folder, "memory_by_unit")["half_life"]
    return Memory(by_unit=by_unit, over_time=_table(folder, "memory_over_time"))


def _table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / f"{name}.parquet")
