"""The small honest experiment that leaks are planted in, and how to plant a part in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.experiment import Experiment
from lstmtrader.features import ForwardReturn, RealisedVolatility, ScaledReturn
from lstmtrader.features.assemble import warm_up
from lstmtrader.models import Ridge
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import WalkForward
from strategies.rank_long_short import RankLongShort

MARKET = SyntheticProvider(
    n_symbols=6, n_bars=420, seed=5, autocorrelation=0.2, clustering=0.9, listed_late=1, holes=3
)
DELISTING = replace(MARKET, delisted=1)

BASE = Experiment(
    name="honest",
    prices=PriceSource(MARKET),
    features=(ScaledReturn(1, 20), RealisedVolatility(15)),
    target=ForwardReturn(1, scaled=False),
    walk_forward=WalkForward(train=140, validation=40, test=60),
    model=Ridge(lags=3),
    strategy=RankLongShort(0.34),
    execution=Execution.NEXT_OPEN,
    seed=3,
)


def with_feature(feature: Any, **parts: Any) -> Experiment:
    """The honest experiment with one more feature."""
    return replace(BASE, features=(*BASE.features, feature), **parts)


def groups(features: Mapping[str, Any], together: int) -> tuple[tuple[str, ...], ...]:
    """Names of features that may share an experiment: folds begin where all are known."""
    by_warm_up: dict[int, list[str]] = {}
    for name, feature in features.items():
        by_warm_up.setdefault(warm_up(with_feature(feature).features), []).append(name)
    return tuple(
        tuple(names[at : at + together])
        for names in by_warm_up.values()
        for at in range(0, len(names), together)
    )


def with_features(features: Iterable[Any]) -> Experiment:
    """The honest experiment with several features more."""
    return replace(BASE, features=(*BASE.features, *features))


def with_provider(provider: PriceProvider, base: Experiment = BASE) -> Experiment:
    """The same experiment on other prices."""
    return replace(base, prices=replace(base.prices, provider=provider))


def with_universe(universe: Any, base: Experiment = BASE) -> Experiment:
    """The same experiment in another universe."""
    return replace(base, prices=replace(base.prices, universe=universe))


def as_kind(kind: type[Experiment], base: Experiment = BASE, **parts: Any) -> Experiment:
    """The same settings in a subclass of `Experiment` that does one step its own way."""
    return kind(**{**vars(base), **parts})


def log_returns(prices: PriceFrame) -> pd.DataFrame:
    """From one close to the next."""
    return np.log(prices.close / prices.close.shift(1))


@dataclass(frozen=True)
class Paying:
    """Prices of another provider, each symbol with a dividend every fortieth bar."""

    inner: PriceProvider = MARKET

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.inner.fetch(request)
        paid = pd.DataFrame(0.0, index=prices.index, columns=list(prices.symbols))
        for symbol in prices.symbols:
            paid.loc[prices.index.day == 3 + 4 * int(symbol[-1]), symbol] = 0.5
        return replace(prices, dividends=paid)


@dataclass(frozen=True)
class Spells:
    """Who belonged when, by dates written down: each quarter another symbol is left out."""

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        members = pd.DataFrame(True, index=prices.index, columns=list(prices.symbols))
        quarter = prices.index.quarter + 4 * (prices.index.year % 2)
        for symbol in prices.symbols:
            members.loc[quarter == int(symbol[-1]), symbol] = False
        return replace(prices, members=members)


@dataclass(frozen=True)
class SplitAdjusted:
    """Prices before a split, halved once the split has happened: a constant, as sources do it."""

    inner: PriceProvider = MARKET
    symbol: str = "SYN02"
    day: str = "2001-03-01"

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.inner.fetch(request)
        if prices.index[-1] >= pd.Timestamp(self.day) or self.symbol not in prices.symbols:
            return prices
        names = ("close", "open", "high", "low")
        before = {name: getattr(prices, name).copy() for name in names}
        for table in before.values():
            table[self.symbol] *= 2
        return replace(prices, **before)
