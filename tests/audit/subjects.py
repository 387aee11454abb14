"""Small studies under audit, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lstmtrader.audit.finding import Level
from lstmtrader.audit.fitting import fit
from lstmtrader.audit.subject import Subject
from lstmtrader.clock import Execution
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.features import ForwardReturn, Return
from lstmtrader.models import Ridge
from lstmtrader.splits import WalkForward
from lstmtrader.study import Study
from strategies.rank_long_short import RankLongShort

MARKET = SyntheticProvider(n_symbols=6, n_bars=700, seed=5, clustering=0.9, listed_late=1, holes=3)


def study(**parts: Any) -> Study:
    """A study quick to fit, whose parts import nothing heavy; they may be others."""
    made: dict[str, Any] = {
        "name": "small",
        "prices": PriceSource(MARKET),
        "features": (Return(1), Return(5)),
        "target": ForwardReturn(1, scaled=False),
        "walk_forward": WalkForward(train=300, validation=40, test=120),
        "model": Ridge(),
        "strategy": RankLongShort(0.34),
        "execution": Execution.NEXT_OPEN,
        "seed": 3,
    }
    return Study(**{**made, **parts})


def subject(one: Study, level: Level = "quick") -> Subject:
    """What the audit would hand to its probes."""
    prices = one.prices.fetch()
    labelled, folds = one.labelled_panel(prices), tuple(one.folds(prices))
    small = replace(one, members=1, baselines=())
    forecast = fit(small, labelled, folds[0]).forecasts[0]
    return Subject(one, prices, labelled, folds, small, level, forecast)
