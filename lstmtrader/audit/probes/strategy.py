"""Another future must move no decision that was made before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.movement import CHANGED_SHAPE, movement
from lstmtrader.audit.outside import Outside
from lstmtrader.audit.perturbation import How, changed
from lstmtrader.audit.refusals import Refusals
from lstmtrader.audit.subject import Subject
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import decide

_CUTS = {"quick": 5, "full": 24}
_QUICK = (How.WILD, How.CRASH, How.TRUNCATE, How.MEMBERS)
_SHORTER = (How.TRUNCATE, How.CALENDAR)


def probe_strategy(subject: Subject) -> ProbeResult:
    """Decide again on forecasts and prices with other futures."""
    strategy, forecast, prices = subject.study.strategy, subject.forecast, subject.prices
    name = subject.names()["strategy"]
    before = decide(strategy, forecast, prices).frame
    found: list[Finding] = []
    refused = Refusals()
    plan = [
        (cut, how)
        for cut in subject.cuts_of_forecast(_CUTS[subject.level])
        for how in (_QUICK if subject.level == "quick" else tuple(How))
        if not (how is How.TRUNCATE and prices.close.iloc[: cut + 1].isna().all().any())
    ]
    with Outside() as outside:
        for cut, how in plan:
            until = prices.index[cut]
            what = f"forecasts and prices after {until:%Y-%m-%d}: {how}"
            other = changed(prices, cut, how)
            with refused.of(name, what), outside.reading(until):
                asked = outside.after(strategy, until)
                after = decide(asked, _changed(forecast, other, until, how), other).frame
                moved = movement(before, after, until, 0.0 if how.keeps_shape else CHANGED_SHAPE)
                if moved is not None:
                    text = f"{what}; its weights moved"
                    found.append(moved.finding(Stage.STRATEGY, name, text))
    return ProbeResult(
        "future: strategy",
        f"{name} asked {len(plan)} times with other forecasts and prices after a bar",
        tuple(found[:1]),
        notes=refused.notes,
        unjudged=refused.unjudged,
    )


def _changed(forecast: Forecast, prices: PriceFrame, until: pd.Timestamp, how: How) -> Forecast:
    """Return the same forecasts up to a bar, and others after it, on the bars of the prices."""
    if how in _SHORTER:
        # Symbols that ended up without a price are gone from the prices, so from forecasts too.
        kept = forecast.index.isin(prices.index)
        columns = [forecast.symbols.index(symbol) for symbol in prices.symbols]
        return _cut(forecast, np.flatnonzero(kept), columns)
    later = forecast.index > until
    source = np.flatnonzero(later)
    if not len(source):
        return forecast
    rng = np.random.default_rng(len(source))
    order = rng.permutation(source)

    def other(values: np.ndarray, noise: float) -> np.ndarray:
        new = values.copy()
        spread = np.nanstd(values) if np.isfinite(values).any() else 0.0
        shape = (values.shape[0], len(source), values.shape[2])
        new[:, source] = values[:, order] + noise * spread * rng.standard_normal(shape)
        return new.astype(np.float32)

    members = other(forecast.members, 1.0)
    # Details keep their order and their domain: they are only exchanged.
    details = {name: other(values, 0.0) for name, values in forecast.details.items()}
    details = {
        name: np.where(np.isnan(members), np.float32(np.nan), values)
        for name, values in details.items()
    }
    return replace(forecast, members=members, details=details)


def _cut(forecast: Forecast, rows: np.ndarray, columns: list[int]) -> Forecast:
    def part(values: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(values[:, rows][:, :, columns])

    return replace(
        forecast,
        members=part(forecast.members),
        index=forecast.index[rows],
        symbols=tuple(forecast.symbols[column] for column in columns),
        details={name: part(values) for name, values in forecast.details.items()},
    )
