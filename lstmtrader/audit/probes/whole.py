"""The whole pipeline, run with another future: what no stage gives away by itself shows here."""

from __future__ import annotations

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
from lstmtrader.pipeline import Fits, forecast_study
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import decide
from lstmtrader.walkforward.executor import InProcess

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
                            after = _run(subject, changed(prices, cut, how), outside, until)
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
    """What a run gave, table by table."""

    tables: dict[str, pd.DataFrame]


def _run(
    subject: Subject, prices: PriceFrame, outside: Outside, until: pd.Timestamp | None = None
) -> _Whole:
    small = on_prices(subject.small, prices)
    if until is not None:
        parts = ("features", "model", "strategy")
        others = {name: outside.after(getattr(small, name), until) for name in parts}
        small = replace(small, **others)
    forecast = forecast_study(small, Fits(InProcess())).forecast
    weights = decide(small.strategy, forecast, prices)
    account = trade(prices, weights, small.terms)
    tables = {"forecasts": forecast.frame(forecast.members[0])}
    tables |= {name: forecast.frame(values[0]) for name, values in forecast.details.items()}
    return _Whole({**tables, "weights": weights.frame, "equity": account.equity.to_frame("")})


def _compare(before: _Whole, after: _Whole, until: pd.Timestamp, how: How) -> Finding | None:
    for name, table in before.tables.items():
        if (moved := movement(table, after.tables[name], until)) is not None:
            what = f"prices after {until:%Y-%m-%d}: {how}; {name} moved"
            return moved.finding(Stage.PIPELINE, name, what)
    return None
