"""The whole pipeline, run with another future: what no stage gives away by itself shows here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.given import on_prices
from lstmtrader.audit.movement import movement
from lstmtrader.audit.outside import Outside
from lstmtrader.audit.perturbation import How, changed
from lstmtrader.audit.subject import Subject
from lstmtrader.backtest.engine import trade
from lstmtrader.errors import LeakError, LstmtraderError
from lstmtrader.forecast import Forecast
from lstmtrader.pipeline import Fits, forecast_study
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import decide
from lstmtrader.walkforward.executor import InProcess

_ROUNDING = 1e-5  # of forecasts by honest models whose arrays have other shapes
_FOLDS = {"quick": 1, "full": 2}
_CUTS = {"quick": 2, "full": 3}
_KINDS = {"quick": (How.WILD,), "full": (How.WILD, How.JUMP, How.CRASH)}


def probe_whole(subject: Subject) -> ProbeResult:
    """Run everything on prices up to the end of a fold, and again with another end."""
    found: Finding | None = None
    unjudged: list[str] = []
    runs = 0
    with Outside() as outside:
        for fold in subject.folds[: _FOLDS[subject.level]]:
            try:
                prices = subject.prices.bars(0, fold.test.stop)
                before = _run(subject, prices, outside)
                last = max(len(fold.test) - 2, 0)
                spread = set(np.linspace(0, last, _CUTS[subject.level]).astype(int).tolist())
                for cut in sorted(fold.test.start + offset for offset in spread):
                    for how in _KINDS[subject.level]:
                        if found is None:
                            runs += 1
                            until = prices.index[cut]
                            other = changed(prices, cut, how)
                            after = _run(subject, other, outside, until, before.forecast)
                            found = _compare(before, after, until, how)
            except LeakError as error:
                found = found or Finding(Stage.FOLD, f"{fold.number}", str(error))
            except LstmtraderError as error:
                unjudged.append(f"prices up to the end of fold {fold.number}: {error}")
    return ProbeResult(
        "future: whole pipeline",
        f"features, training, forecasts, weights and account run {runs} times with other prices "
        "after a bar",
        (found,) if found else (),
        unjudged=tuple(unjudged),
    )


@dataclass(frozen=True, eq=False)
class _Whole:
    """What a run gave."""

    forecast: Forecast
    tables: dict[str, pd.DataFrame]


def _run(
    subject: Subject,
    prices: PriceFrame,
    outside: Outside,
    until: pd.Timestamp | None = None,
    known: Forecast | None = None,
) -> _Whole:
    """Run everything; what was forecast up to a bar may be given, to be decided on as it was.

    Other futures move honest forecasts by a rounding, and a rounding may turn a weight.
    """
    small = on_prices(subject.small, prices)
    if until is not None:
        parts = ("features", "model", "strategy")
        others = {name: outside.after(getattr(small, name), until) for name in parts}
        small = replace(small, **others)
    with outside.reading(until) if until is not None else contextlib.nullcontext():
        forecast = forecast_study(small, Fits(InProcess())).forecast
        tables = {"forecasts": forecast.frame(forecast.members[0])}
        tables |= {name: forecast.frame(values[0]) for name, values in forecast.details.items()}
        decided_on = forecast if known is None else _as_known(forecast, known, until)
        weights = decide(small.strategy, decided_on, prices)
    account = trade(prices, weights, small.terms)
    tables |= {"weights": weights.frame, "equity": account.equity.to_frame("")}
    return _Whole(forecast, tables)


def _as_known(forecast: Forecast, known: Forecast, until: pd.Timestamp | None) -> Forecast:
    rows = forecast.index <= until
    if known.members.shape != forecast.members.shape or set(known.details) != set(forecast.details):
        return forecast

    def joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.where(rows[None, :, None], other, one).astype(np.float32)

    details = {
        name: joined(values, known.details[name]) for name, values in forecast.details.items()
    }
    return replace(forecast, members=joined(forecast.members, known.members), details=details)


def _compare(before: _Whole, after: _Whole, until: pd.Timestamp, how: How) -> Finding | None:
    for name, table in before.tables.items():
        tolerance = 0.0 if name in ("weights", "equity") else _ROUNDING
        if (moved := movement(table, after.tables[name], until, tolerance)) is not None:
            what = f"prices after {until:%Y-%m-%d}: {how}; {name} moved"
            return moved.finding(Stage.PIPELINE, name, what)
    return None
