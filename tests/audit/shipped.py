"""Everything that ships, each in a small experiment: features, targets, models, strategies."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import strategies
from lstmtrader import features as shipped_features
from lstmtrader import models as shipped_models
from lstmtrader.data.provider import EVERYTHING, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.experiment import Experiment
from lstmtrader.features import (
    AbsoluteReturn,
    BeatMedian,
    CrossSectionRank,
    Direction,
    Exogenous,
    ExogenousSeries,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
    MacdMomentum,
    RealisedVolatility,
    RelativeStrength,
    Return,
    ScaledReturn,
    TripleBarrier,
)
from lstmtrader.features.assemble import warm_up
from lstmtrader.forecast import ForecastKind
from lstmtrader.models import (
    AlwaysLong,
    Boosting,
    Ewma,
    Garch,
    Har,
    HistoricalMean,
    LastValue,
    Momentum,
    RecurrentForecaster,
    Ridge,
    Zero,
)
from lstmtrader.models.training.objectives import named_objective
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import WalkForward
from strategies.beta_neutral import BetaNeutral
from strategies.buy_and_hold import BuyAndHold
from strategies.confidence_filtered import ConfidenceFiltered
from strategies.direct_positions import DirectPositions
from strategies.ensemble import Ensemble
from strategies.fixed_weights import FixedWeights
from strategies.kelly import Kelly
from strategies.long_flat import LongFlat
from strategies.mean_variance import MeanVariance
from strategies.momentum_12_1 import Momentum12Minus1
from strategies.moving_average_crossover import MovingAverageCrossover
from strategies.rank_long_short import RankLongShort
from strategies.regime_filter import RegimeFilter
from strategies.risk_parity import RiskParity
from strategies.sector_neutral import SectorNeutral
from strategies.short_term_reversal import ShortTermReversal
from strategies.volatility_target import VolatilityTarget
from tests.audit.causal_strategies import SlowTurns
from tests.audit.ground import BASE, MARKET
from tests.audit.outside_numbers import JOBLESS
from tests.audit.planted import NETWORK

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
VOLATILITY = ForwardVolatility(3)
RETURNS = ForwardReturn(1, scaled=False)
SECTORS = {symbol: "oil" if number % 2 else "ore" for number, symbol in enumerate(MARKET.symbols)}

FEATURES: list[Any] = [
    AbsoluteReturn(5),
    CrossSectionRank(Return(3)),
    Exogenous(JOBLESS),
    MacdMomentum(2, 4, 10, 10),
    RealisedVolatility(10),
    RelativeStrength(14),
    Return(5),
    ScaledReturn(5, 20),
]
TARGETS: list[Any] = [
    BeatMedian(2),
    Direction(2),
    ForwardRank(2),
    ForwardReturn(2, volatility_window=20),
    VOLATILITY,
    TripleBarrier(3, volatility_window=10),
]
MODELS: list[Any] = [
    (AlwaysLong(), RETURNS),
    (Boosting(lags=2, iterations=8), RETURNS),
    (Ewma(halflife=3, lookback=12), RETURNS),
    (Garch("return_1", logged=False, lookback=12, least=60), VOLATILITY),
    (Har((1, 3, 9)), VOLATILITY),
    (HistoricalMean(), RETURNS),
    (LastValue(), RETURNS),
    (Momentum("scaled_return_1"), RETURNS),
    (NETWORK, RETURNS),
    (Ridge(lags=2), RETURNS),
    (Zero(), RETURNS),
]
_DISTRIBUTION = replace(NETWORK, loss=named_objective("gaussian"))
STRATEGIES: list[Any] = [
    BetaNeutral(top=0.34, window=20),
    BuyAndHold(),
    ConfidenceFiltered(LongFlat(), rule="members", agreement=1.0),
    DirectPositions(window=20),
    Ensemble((LongFlat(), RankLongShort(top=0.5))),
    FixedWeights({"SYN01": 0.5, "SYN02": -0.2, "SYN03": 0.3}, every=5),
    Kelly(window=20),
    Kelly(variance="forecast", window=20),
    LongFlat(),
    MeanVariance(window=40, every=30),
    Momentum12Minus1(lookback=30, skip=5, top=0.34, every=6),
    MovingAverageCrossover(fast=5, slow=20),
    RankLongShort(count=1, weighting="rank"),
    RegimeFilter(LongFlat(), trend_window=15),
    RiskParity(window=40, every=30),
    SectorNeutral(SECTORS, count=1),
    ShortTermReversal(top=0.34),
    VolatilityTarget(),
]


def _with_model(model: Any, target: Any) -> Experiment:
    features = (*BASE.features, Return(1)) if isinstance(model, Garch) else BASE.features
    return replace(BASE, features=features, model=model, target=target, strategy=SlowTurns())


def _with_strategy(strategy: Any) -> Experiment:
    trades = getattr(strategy, "trades", frozenset({ForecastKind.RETURN}))
    target, model = RETURNS, BASE.model
    if ForecastKind.RETURN not in trades:
        target, model = (
            (RETURNS, Momentum("scaled_return_1"))
            if ForecastKind.POSITION in trades
            else (VOLATILITY, BASE.model)
        )
    if "scale" in getattr(strategy, "needs", ()):
        model = _DISTRIBUTION
    return replace(BASE, target=target, model=model, strategy=strategy)


def _label(part: Any, among: list[Any]) -> str:
    kind = type(part).__name__
    same = [one for one in among if type(one) is type(part)]
    return kind if len(same) == 1 else f"{kind} {same.index(part)}"


SHIPPED: dict[str, Experiment] = {
    "all features": replace(BASE, features=tuple(FEATURES)),
    **{
        f"target {type(one).__name__}": replace(
            BASE, target=one, model=LastValue(), strategy=SlowTurns()
        )
        for one in TARGETS
    },
    **{f"model {type(model).__name__}": _with_model(model, target) for model, target in MODELS},
    **{f"strategy {_label(one, STRATEGIES)}": _with_strategy(one) for one in STRATEGIES},
}


def shipped_strategies() -> set[type]:
    """Every class that a file of `strategies` declares."""
    return {
        value
        for found in pkgutil.iter_modules(strategies.__path__)
        for value in vars(importlib.import_module(f"strategies.{found.name}")).values()
        if isinstance(value, type) and value.__module__ == f"strategies.{found.name}"
    }


def shipped(package: Any) -> set[type]:
    """Every class that a package offers."""
    every = {getattr(package, name) for name in package.__all__}
    return {kind for kind in every if kind is not ExogenousSeries}  # a part of a feature


def offered() -> Iterator[tuple[set[type], set[type]]]:
    """What ships, beside what is audited here."""
    yield shipped(shipped_features), {type(one) for one in (*FEATURES, *TARGETS)}
    yield shipped(shipped_models), {type(one) for one, _ in MODELS}
    yield shipped_strategies(), {type(one) for one in STRATEGIES}


@dataclass(frozen=True)
class Renamed:
    """Synthetic prices under other names, as many as there are names."""

    names: tuple[str, ...]
    n_bars: int

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        asked = replace(request, symbols=None)
        made = SyntheticProvider(len(self.names), self.n_bars, seed=2, clustering=0.9).fetch(asked)
        tables = {
            name: getattr(made, name).set_axis(list(self.names), axis=1)
            for name in ("close", "open", "high", "low", "volume")
        }
        return replace(made, **tables)


def small_config(path: Path) -> Experiment:
    """A shipped config as it is, but on a short history, with a small network and few epochs.

    Prices that come from a network or from a file of the user's are drawn instead.
    """
    made = Experiment.from_yaml(path)
    model = made.model
    if isinstance(model, RecurrentForecaster):
        model = replace(
            model,
            lookback=min(model.lookback, 8),
            network=replace(model.network, hidden=3),
            training=replace(model.training, epochs=2, patience=2, steps=20),
        )
    symbols = made.prices.symbols or tuple(f"S{number:02d}" for number in range(22))
    return replace(
        made,
        prices=PriceSource(Renamed(symbols, n_bars=max(760, warm_up(made.features) + 360))),
        walk_forward=WalkForward(train=120, validation=40, test=50),
        model=model,
        members=min(made.members, 2),
    )
