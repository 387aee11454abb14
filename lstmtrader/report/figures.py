"""Metrics and FoldTable: the figures and the folds of a run, that a notebook shows as tables."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lstmtrader.display.sketches import fold_sketch
from lstmtrader.display.tables import block, table
from lstmtrader.report.labels import skill_label
from lstmtrader.report.skill_tables import skill_cell
from lstmtrader.report.wording import MISSING, date, labelled, loss

_ACCOUNTS = ("strategy", "benchmark")
_SLICES = ("train", "validation", "test")
_SHOWN = ("sharpe", "cagr", "volatility", "max_drawdown")


class Metrics(dict[str, dict[str, float]]):
    """The figures of ``strategy``, ``benchmark`` and ``skill``, each a dict of numbers.

    Numbers are as they are computed: fractions, not percent. A notebook shows them with their
    names and units.

    Examples
    --------
    >>> figures = Metrics(strategy={"sharpe": 0.5, "cagr": 0.08}, benchmark={}, skill={"ic": 0.02})
    >>> figures["strategy"]["cagr"]
    0.08
    >>> figures
    Metrics of strategy (2), benchmark (0), skill (1): sharpe 0.50, cagr 0.08
    >>> figures.table()["text"].tolist()
    ['0.50', '8.0\u202f%', '0.0200']
    """

    def table(self) -> pd.DataFrame:
        """Return one row a figure: part, figure (its key), name, value, and text with its unit."""
        rows = [
            (part, name, *_said(part, name, value), float(value))
            for part, figures in self.items()
            for name, value in figures.items()
        ]
        columns = ["part", "figure", "name", "text", "value"]
        return pd.DataFrame(rows, columns=columns)[["part", "figure", "name", "value", "text"]]

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} ({len(one)})" for name, one in self.items())
        known = self.get("strategy", {})
        some = ", ".join(f"{name} {known[name]:.2f}" for name in _SHOWN if name in known)
        return f"Metrics of {parts}" + (f": {some}" if some else "")

    def _repr_html_(self) -> str:
        mine, other = (self.get(name, {}) for name in _ACCOUNTS)
        accounts = [
            [name, label, text, labelled(name, other.get(name, math.nan))[1]]
            for name, value in mine.items()
            for label, text in (labelled(name, value),)
        ]
        skill = [
            [name, skill_label(name), skill_cell(name, value)]
            for name, value in self.get("skill", {}).items()
            if math.isfinite(value)
        ]
        return block(
            "Metrics",
            table(accounts, ["key", "figure", "strategy", "buy & hold"], text=2),
            table(skill, ["key", "skill of the forecasts", "all folds"], text=2),
            remark="run.metrics[part][key], with the parts strategy, benchmark and skill",
        )


class FoldTable(pd.DataFrame):  # type: ignore[misc]
    """One row a fold; a notebook shows the slices to scale above it. Parts are plain frames."""

    def _repr_html_(self) -> str:
        if self.empty:
            return block("No folds", remark="these forecasts were not made fold after fold here")
        first, last = timeline_span(self)
        rows = [
            [
                row["fold"],
                *(_slice(row, name) for name in _SLICES),
                row["train_samples"],
                row["validation_samples"],
                MISSING if pd.isna(row["epochs"]) else f"{row['epochs']:g}",
                loss(float(row["validation_loss"])),
            ]
            for row in self.to_dict("records")
        ]
        head = ["fold", *_SLICES, "train samples", "validation samples", "epochs", "loss"]
        return block(
            f"{len(self)} folds",
            fold_sketch(_shares(self), date(first), date(last)),
            table(rows, head, text=4),
        )


def timeline_span(folds: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last bar of all slices."""
    ends = folds[[f"{name}_{end}" for name in _SLICES for end in ("start", "end")]]
    return ends.min().min(), ends.max().max()


def _shares(folds: pd.DataFrame) -> list[dict[str, tuple[float, float]]]:
    """Say where each slice lies between the first bar and the last, from 0 to 1."""
    first, last = timeline_span(folds)
    whole = max((last - first) / pd.Timedelta(days=1), 1e-9)

    def share(bar: pd.Timestamp) -> float:
        return float((bar - first) / pd.Timedelta(days=1) / whole)

    return [
        {
            name: (share(row[f"{name}_start"]), share(row[f"{name}_end"]))
            for name in _SLICES
            if pd.notna(row[f"{name}_start"])
        }
        for row in folds.to_dict("records")
    ]


def _slice(row: dict[str, Any], name: str) -> str:
    start, end = row[f"{name}_start"], row[f"{name}_end"]
    return MISSING if pd.isna(start) else f"{date(start)} to {date(end)}"


def _said(part: str, name: str, value: float) -> tuple[str, str]:
    return (
        (skill_label(name), skill_cell(name, value)) if part == "skill" else labelled(name, value)
    )
