"""The law of `test_future` can fail: each leak planted here is caught by the same comparison."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from lstmtrader.clock import Execution
from lstmtrader.experiment import Experiment
from lstmtrader.features import ForwardReturn, ScaledReturn
from lstmtrader.features.target import forward_log_return
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from tests.leakage.pipelines import EXPERIMENTS, largest_move, telling_bars

BASE = EXPERIMENTS["positions"]


@dataclass(frozen=True)
class GlobalScaler:
    """Standardises with the mean and deviation of the whole history."""

    name: str = "global_scaler"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        values = ScaledReturn(1, 20)(prices)
        return (values - values.mean()) / values.std()


@dataclass(frozen=True)
class TomorrowsReturn:
    """The return from this close to the next, one bar too early."""

    name: str = "tomorrow"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return np.log(prices.close.shift(-1) / prices.close)


@dataclass(frozen=True)
class TomorrowOfOneSymbol:
    """As above, but for one symbol on the side."""

    name: str = "tomorrow_of_one"
    lookback: int = 22

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        values = ScaledReturn(1, 20)(prices)
        last = prices.symbols[-1]
        return values.assign(**{last: values[last].shift(-1)})


@dataclass(frozen=True)
class DividedByLastPrice:
    """A price level in units of the last price of the file."""

    name: str = "level"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return prices.close / prices.close.ffill().iloc[-1]


@dataclass(frozen=True)
class CentredMean:
    """A rolling mean whose window is centred."""

    name: str = "centred"
    lookback: int = 6

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = np.log(prices.close / prices.close.shift(1))
        return returns.rolling(5, center=True).mean()


@dataclass(frozen=True)
class UnpurgedTarget:
    """Five bars of return that claim to be one: the purge is four bars too short."""

    kind: ForecastKind = ForecastKind.RETURN
    horizon: int = 1

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        return forward_log_return(prices, execution, 5)


@dataclass(frozen=True)
class RanksWholeColumns:
    """Ranks each symbol's positions over all bars, future ones included."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        del prices
        return TargetWeights(forecast.mean.rank(pct=True).fillna(0.0) / 10)


@dataclass(frozen=True)
class ScalesByWholeHistory:
    """Divides by the volatility of the whole history."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        volatility = np.log(prices.close / prices.close.shift(1)).std()
        return TargetWeights((forecast.mean * 0.001 / volatility).fillna(0.0))


def _with_feature(feature: object) -> Experiment:
    return replace(BASE, features=(*BASE.features, feature))


LEAKS = {
    "global scaler": _with_feature(GlobalScaler()),
    "shift(-1) feature": _with_feature(TomorrowsReturn()),
    "shift(-1) in one symbol": _with_feature(TomorrowOfOneSymbol()),
    "divided by the last price": _with_feature(DividedByLastPrice()),
    "centred window": _with_feature(CentredMean()),
    "missing purge": replace(
        BASE, target=UnpurgedTarget(), walk_forward=replace(BASE.walk_forward, validation=0)
    ),
    "missing purge, validation": replace(BASE, target=UnpurgedTarget()),
    "strategy ranks whole columns": replace(BASE, strategy=RanksWholeColumns()),
    "strategy scales by whole history": replace(BASE, strategy=ScalesByWholeHistory()),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_caught(name: str) -> None:
    experiment = LEAKS[name]
    moves = [
        largest_move(experiment, bar, how)
        for bar in telling_bars(experiment)[:3]
        for how in ("mild", "jump")
    ]
    assert max(moves) > 0.0


@pytest.mark.parametrize("name", ["shift(-1) feature", "missing purge"])
def test_a_leak_of_one_bar_shows_at_the_first_decision(name: str) -> None:
    experiment = LEAKS[name]
    assert largest_move(experiment, telling_bars(experiment)[0], "mild") > 0.0


def test_the_clean_twin_of_the_unpurged_target_is_clean() -> None:
    """With the true horizon the purge follows by itself and nothing moves."""
    honest = replace(BASE, target=ForwardReturn(5, scaled=False))
    for bar in telling_bars(honest)[:3]:
        assert largest_move(honest, bar, "jump") == 0.0
