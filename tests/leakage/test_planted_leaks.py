"""The law of `test_future` can fail: each leak planted here is caught by the same comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstmtrader.experiment import Experiment
from lstmtrader.features import ForwardReturn
from tests.audit.features_of_the_whole_history import DividedByLastPrice, GlobalScaler
from tests.audit.features_that_look_ahead import CentredMean, TomorrowOfOneSymbol, TomorrowsReturn
from tests.audit.leaky_experiments import FiveForOne
from tests.audit.leaky_strategies import RanksWholeColumns, ScalesByWholeHistory
from tests.leakage.pipelines import EXPERIMENTS, largest_move, telling_bars

BASE = EXPERIMENTS["positions"]


def _with_feature(feature: object) -> Experiment:
    return replace(BASE, features=(*BASE.features, feature))


LEAKS = {
    "global scaler": _with_feature(GlobalScaler()),
    "shift(-1) feature": _with_feature(TomorrowsReturn()),
    "shift(-1) in one symbol": _with_feature(TomorrowOfOneSymbol()),
    "divided by the last price": _with_feature(DividedByLastPrice()),
    "centred window": _with_feature(CentredMean()),
    "missing purge": replace(
        BASE, target=FiveForOne(), walk_forward=replace(BASE.walk_forward, validation=0)
    ),
    "missing purge, validation": replace(BASE, target=FiveForOne()),
    "strategy ranks whole columns": replace(BASE, strategy=RanksWholeColumns()),
    "strategy scales by whole history": replace(BASE, strategy=ScalesByWholeHistory()),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_caught(name: str) -> None:
    experiment = LEAKS[name]
    assert any(
        largest_move(experiment, bar, how) > 0.0
        for bar in telling_bars(experiment)[:3]
        for how in ("mild", "jump")
    )


@pytest.mark.parametrize("name", ["shift(-1) feature", "missing purge"])
def test_a_leak_of_one_bar_shows_at_the_first_decision(name: str) -> None:
    experiment = LEAKS[name]
    assert largest_move(experiment, telling_bars(experiment)[0], "mild") > 0.0


def test_the_clean_twin_of_the_unpurged_target_is_clean() -> None:
    """With the true horizon the purge follows by itself and nothing moves."""
    honest = replace(BASE, target=ForwardReturn(5, scaled=False))
    for bar in telling_bars(honest)[:3]:
        assert largest_move(honest, bar, "jump") == 0.0
