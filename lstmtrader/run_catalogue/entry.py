"""Entry: one folder of a run or a sweep, as far as it can be read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from lstmtrader.errors import RunError

INCOMPLETE = ".incomplete"
_NAME = re.compile(r"(\d{8}-\d{6})-.+")
_TITLE = re.compile(r"\d{8}-\d{6}-(.+)-[0-9a-f]{8}(-\d+)?(\.incomplete)?")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, and ten times as fast

ACCOUNT = ("sharpe", "cagr", "max_drawdown", "turnover_per_year")
_ACCOUNT_OF = {"run": "strategy", "sweep": "base"}


@dataclass(frozen=True, eq=False)
class Entry:
    """One folder in the folder of runs.

    Parameters
    ----------
    path : Path
    kind : {"run", "sweep", "unknown"}
    state : {"complete", "incomplete", "broken"}
        Incomplete: interrupted, or still running. Broken: something of it cannot be read.
    problem : str
        What cannot be read.
    config : mapping of str to object
        Its settings.
    figures : mapping of str to object
        ``metrics.json`` of a run, ``sweep.json`` of a sweep; may have more keys than are known.
    environment : mapping of str to object
    words : mapping of str to object
        ``sheet.json`` of a run: what its report says, facts and notes among it. Empty where an
        earlier version wrote the folder.
    measured : mapping of str to object
        ``evaluation/figures.json`` of a run, by part; empty likewise.
    start, end : Timestamp, optional
        First and last bar of the account.
    """

    path: Path
    kind: str = "unknown"
    state: str = "complete"
    problem: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.path.name

    @property
    def title(self) -> str:
        """As its settings name it; of a sweep, with ``-sweep``."""
        return title_of(self.path)

    @property
    def created(self) -> datetime | None:
        """When it was begun, in UTC, as its name says; None where that is no date."""
        found = _NAME.fullmatch(self.name)
        try:
            return (
                datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC) if found else None
            )
        except ValueError:  # the 99th of a month
            return None

    @property
    def data_hash(self) -> str | None:
        """SHA-256 of the prices."""
        where = self.figures if self.kind == "sweep" else self.environment
        found = where.get("data_sha256")
        return found if isinstance(found, str) else None

    @property
    def strategy(self) -> Mapping[str, Any]:
        """Figures of the account; of a sweep, as it was configured.

        None where one is not defined; infinite where the report says so, which JSON could not.
        """
        found = _mapping(self.figures.get(_ACCOUNT_OF.get(self.kind, "strategy")))
        exact = _mapping(self.measured.get("strategy"))
        return found | {
            name: float(exact[name])
            for name, value in found.items()
            if value is None and exact.get(name) in ("inf", "-inf")
        }

    @property
    def benchmark(self) -> Mapping[str, Any]:
        """Figures of buy & hold; empty for a sweep."""
        return _mapping(self.figures.get("benchmark"))

    @property
    def facts(self) -> Mapping[str, Any]:
        """The assumptions of a run, for people."""
        return _mapping(self.words.get("facts"))

    @property
    def notes(self) -> list[str]:
        """What there is to know about its prices, a sentence each."""
        found = self.words.get("notes")
        return [str(note) for note in found] if isinstance(found, list) else []

    @property
    def significance(self) -> dict[str, float]:
        """What was left of the account on the day of the run; see `Significance.figures`."""
        found = _mapping(self.measured.get("significance_figures"))
        return {name: float(value) for name, value in found.items()}

    @property
    def execution(self) -> str | None:
        """When orders were filled."""
        found = self.figures.get("execution", self.config.get("execution"))
        return found if isinstance(found, str) else None

    @property
    def tradable(self) -> bool | None:
        """Whether anybody could have traded it."""
        return None if self.execution is None else self.execution != "same_close"

    @property
    def row(self) -> dict[str, Any]:
        """The line of a list, as plain data; None where something is not known."""
        account = {name: _number(self.strategy.get(name)) for name in ACCOUNT}
        return {
            "name": self.name,
            "kind": self.kind,
            "state": self.state,
            "created": None if self.created is None else self.created.isoformat(),
            "prices": None if self.data_hash is None else self.data_hash[:8],
            "start": None if self.start is None else f"{self.start:%Y-%m-%d}",
            "end": None if self.end is None else f"{self.end:%Y-%m-%d}",
            **account,
            "benchmark_sharpe": _number(self.benchmark.get("sharpe")),
            "variants": self.figures.get("variants") if self.kind == "sweep" else None,
            "execution": self.execution,
            "tradable": self.tradable,
            "problem": self.problem or None,
        }

    def account(self) -> pd.DataFrame:
        """Return the table of the account, a row a bar, as `BacktestResult.frame` wrote it.

        Raises
        ------
        RunError
            If it cannot be read, or has no equity.
        """
        return _account(self.path / "equity.parquet")

    def held(self) -> pd.DataFrame | None:
        """Return the table of buy & hold, as `account`; None where there is none.

        Raises
        ------
        RunError
            If it cannot be read, or has no equity.
        """
        path = self.path / "benchmark" / "equity.parquet"
        return _account(path) if path.exists() else None


def title_of(path: Path) -> str:
    """Return the name in the name of a folder: without time, hash and mark; empty for none."""
    found = _TITLE.fullmatch(path.name)
    return found[1] if found else ""


def read_entry(path: Path) -> Entry:
    """Read what a folder says of itself; one that cannot be read is broken, and no error."""
    state = "incomplete" if path.name.endswith(INCOMPLETE) else "complete"
    kind = "sweep" if (path / "sweep.json").exists() else "run"
    figures = "sweep.json" if kind == "sweep" else "metrics.json"
    found: dict[str, Any] = {}
    problems = []
    wanted = {"config": "config.yaml", "figures": figures}
    if kind == "run":
        wanted["environment"] = "environment.json"
        # Earlier versions wrote neither, and what they wrote is still worth a line.
        later = {"words": "sheet.json", "measured": "evaluation/figures.json"}
        wanted |= {part: file for part, file in later.items() if (path / file).exists()}
    for part, file in wanted.items():
        try:
            found[part] = _read_mapping(path / file)
        except (OSError, ValueError, yaml.YAMLError) as error:
            problems.append(f"{file}: {_said(error)}")
    if "figures" in found and not _mapping(found["figures"].get(_ACCOUNT_OF[kind])):
        problems.append(f"{figures}: no figures of an account")
    if kind == "run":
        try:
            found["start"], found["end"] = _span(path / "equity.parquet")
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            problems.append(f"equity.parquet: {_said(error)}")
    if not found:
        kind = "unknown"
    if problems and state == "complete":
        return Entry(path, kind, "broken", "; ".join(problems), **found)
    # Of what is not finished nobody expects every file.
    return Entry(path, kind, state, **found)


def _read_mapping(path: Path) -> Mapping[str, Any]:
    text = path.read_text(encoding="utf-8")
    content = yaml.load(text, Loader=_LOADER) if path.suffix == ".yaml" else json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("no mapping of names to values")
    return content


def _account(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise RunError(f"{path}: cannot be read ({_said(error)})") from error
    if "equity" not in table or not isinstance(table.index, pd.DatetimeIndex):
        raise RunError(f"{path}: expected a column equity, indexed by date")
    return table


def _span(path: Path) -> tuple[pd.Timestamp, pd.Timestamp]:
    bars = pq.read_table(path, columns=["date"]).column("date").to_pandas()
    if not len(bars):
        raise ValueError("no bars")
    return pd.Timestamp(bars.iloc[0]), pd.Timestamp(bars.iloc[-1])


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _said(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "missing"
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split())[:120]
