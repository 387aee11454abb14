"""Levels: what depends on the unit of prices, which adjustments rewrite afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import ProbeResult
from lstmtrader.audit.fitting import fit, shortened
from lstmtrader.audit.movement import compare, spread
from lstmtrader.audit.refusals import tried
from lstmtrader.audit.subject import Subject
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import Fold
from lstmtrader.strategy import decide
from lstmtrader.study import Study

_TOLERANCE = 1e-6
_OF_FORECASTS = 1e-3
_TESTED = 60
_MONEY = ("close", "open", "high", "low", "dividends")
_WHY = "depends on the level of prices: adjusted histories are rewritten by constants"


def probe_levels(subject: Subject) -> ProbeResult:
    """Halve all prices, and name what changes; notes only, for it is no leak by itself.

    Volumes stay. A feature or target may move by 1e-6 of its size, weights by 1e-6 of one, and
    forecasts of a small fit by 1e-3 of their spread.
    """
    study, prices, half = subject.study, subject.prices, halved(subject.prices)
    notes: list[str] = []
    for feature in study.features:
        notes += _same(
            f"feature {feature.name}",
            tried(f"feature {feature.name}", feature, prices),
            tried(f"feature {feature.name} on halved prices", feature, half),
        )
    target, name = study.target, f"target {type(study.target).__name__}"
    notes += _same(
        name,
        tried(name, target, prices, study.execution),
        tried(f"{name} on halved prices", target, half, study.execution),
    )
    if not notes:
        notes += _of_panel(subject, half)
    notes += _of_strategy(subject, half)
    return ProbeResult(
        "levels",
        "halved all prices and asked features, target, model and strategy again",
        notes=tuple(notes),
    )


def halved(prices: PriceFrame) -> PriceFrame:
    """Return prices and dividends times one half, which rounds nothing; volumes stay."""
    fields = {name: getattr(prices, name) for name in _MONEY}
    return replace(
        prices, **{name: table * 0.5 for name, table in fields.items() if table is not None}
    )


def _same(name: str, one: pd.DataFrame | str, other: pd.DataFrame | str) -> Iterator[str]:
    if isinstance(one, str) or isinstance(other, str):
        yield one if isinstance(one, str) else str(other)
    elif compare(one, other, _allowed(one)) is not None:
        yield f"{name} {_WHY}"


def _allowed(table: pd.DataFrame) -> np.ndarray:
    """1e-6 of each value, or of its symbol's spread where that is more."""
    size = np.abs(table.to_numpy(dtype=np.float64))
    allowed: np.ndarray = _TOLERANCE * np.fmax(size, spread(table))
    return allowed


def _of_panel(subject: Subject, half: PriceFrame) -> Iterator[str]:
    """What the whole pipeline up to the forecasts says, where no part of it moved by itself."""
    labelled = tried("labelled panel of halved prices", subject.study.labelled_panel, half)
    if isinstance(labelled, str):
        yield labelled
        return
    if not _close(subject.labelled, labelled):
        yield f"the labelled panel {_WHY}"
        return
    if _identical(subject.labelled, labelled):
        return  # a model that is handed the same bytes cannot know the level
    fold = shortened(subject.folds[0], subject.small.model.lookback, _TESTED)
    model = f"model {type(subject.small.model).__name__}"
    forecasts = [
        tried(model, _forecast, subject.small, made, fold) for made in (subject.labelled, labelled)
    ]
    one, other = forecasts
    if isinstance(one, str) or isinstance(other, str):
        yield one if isinstance(one, str) else str(other)
        return
    overall = float(np.nanstd(one.to_numpy())) if one.notna().any(axis=None) else 0.0
    if compare(one, other, _OF_FORECASTS * max(overall, 1e-9)) is not None:
        yield (
            f"{model} gives other forecasts where prices are halved, although features and target "
            "move by roundings only: its fits are not stable"
        )


def _forecast(study: Study, labelled: LabelledPanel, fold: Fold) -> pd.DataFrame:
    return fit(study, labelled, fold).forecasts[0].mean


def _identical(one: LabelledPanel, other: LabelledPanel) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in _arrays(one, other))


def _close(one: LabelledPanel, other: LabelledPanel) -> bool:
    # The panel is float32: its own rounding is about a tenth of what is allowed here.
    return all(
        a.shape == b.shape
        and np.allclose(a, b, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=a.dtype.kind == "f")
        for a, b in _arrays(one, other)
    )


def _arrays(one: LabelledPanel, other: LabelledPanel) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for name in ("values", "valid", "member", "outcome"):
        yield getattr(one.panel, name), getattr(other.panel, name)
    yield one.target, other.target


def _of_strategy(subject: Subject, half: PriceFrame) -> Iterator[str]:
    forecast, strategy = subject.forecast, subject.study.strategy
    name = f"strategy {type(strategy).__name__}"
    one = tried(name, decide, strategy, forecast, subject.prices)
    other = tried(f"{name} on halved prices", decide, strategy, forecast, half)
    if isinstance(one, str) or isinstance(other, str):
        yield one if isinstance(one, str) else str(other)
    elif compare(one.frame, other.frame, _TOLERANCE) is not None:
        yield f"{name} {_WHY}"
