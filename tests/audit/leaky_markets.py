"""Providers, sources and universes that know how things went on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.prices import PriceFrame
from tests.audit.ground import DELISTING, MARKET, Spells, log_returns

_FIELDS = ("close", "open", "high", "low")


def each_price(prices: PriceFrame, change: Callable[[pd.DataFrame], pd.DataFrame]) -> PriceFrame:
    """The same prices with one change to opens, highs, lows and closes."""
    return replace(prices, **{name: change(getattr(prices, name)) for name in _FIELDS})


@dataclass(frozen=True)
class FillsBackwards:
    """Gives a symbol its first price on all bars before."""

    inner: PriceProvider = MARKET

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        return each_price(self.inner.fetch(request), lambda one: one.bfill())


@dataclass(frozen=True)
class Interpolates:
    """Joins the prices on both sides of a hole by a straight line."""

    inner: PriceProvider = MARKET

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        return each_price(
            self.inner.fetch(request), lambda one: one.interpolate(limit_area="inside")
        )


@dataclass(frozen=True)
class InLastPrices:
    """States each price in units of the symbol's last."""

    inner: PriceProvider = MARKET

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.inner.fetch(request)
        last = prices.close.ffill().iloc[-1]
        return each_price(prices, lambda one: 100 * one / last)


@dataclass(frozen=True)
class SurvivorsOnly:
    """Has only the symbols with a price on the last bar; others never existed."""

    inner: PriceProvider = DELISTING

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.inner.fetch(request)
        alive = prices.close.columns[prices.close.iloc[-1].notna()]
        return prices.select(list(alive), None, None)


@dataclass(frozen=True)
class WithoutOutliers:
    """Deletes days that are undone by the next one, as if they were errors."""

    inner: PriceProvider = MARKET

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.inner.fetch(request)
        returns = log_returns(prices)
        undone = (returns.abs() > 0.03) & (returns.shift(-1) * returns < -0.0005)
        return each_price(prices, lambda one: one.mask(undone))


@dataclass(frozen=True)
class StampedADayEarly:
    """Dates each bar's prices a bar too early."""

    inner: PriceProvider = MARKET

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.inner.fetch(request)
        return each_price(prices, lambda one: one.shift(-1))


@dataclass(frozen=True)
class NeverTheSame:
    """Prices with a millionth of noise that nobody seeded."""

    inner: PriceProvider = MARKET

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.inner.fetch(request)
        noise = np.exp(1e-6 * np.random.default_rng().standard_normal(prices.close.shape))
        return each_price(prices, lambda one: one * noise)


@dataclass(frozen=True)
class InterpolatingSource(PriceSource):
    """Fills the holes of whatever the provider answers, with what comes after them, too."""

    def fetch(self) -> PriceFrame:
        return each_price(super().fetch(), lambda one: one.interpolate(limit_area="inside"))


def _always(prices: PriceFrame, chosen: pd.Series) -> PriceFrame:
    members = pd.DataFrame(
        np.tile(chosen.to_numpy(dtype=bool), (prices.n_bars, 1)),
        index=prices.index,
        columns=list(prices.symbols),
    )
    return replace(prices, members=members)


@dataclass(frozen=True)
class CalmestOfAllTime:
    """The four symbols whose volatility over the whole history is the least."""

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        return _always(prices, log_returns(prices).std().rank() <= 4)


@dataclass(frozen=True)
class WinnersOfAllTime:
    """The four symbols that gained the most from their first bar to their last."""

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        gain = prices.close.ffill().iloc[-1] / prices.close.bfill().iloc[0]
        return _always(prices, gain.rank(ascending=False) <= 4)


@dataclass(frozen=True)
class StillThere:
    """The symbols with a price on the last bar."""

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        return _always(prices, prices.close.iloc[-1].notna())


@dataclass(frozen=True)
class LiquidThisYear:
    """In each year, the four symbols most traded in that same year."""

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        turnover = (prices.close * prices.volume).groupby(prices.index.year).transform("mean")
        return replace(prices, members=turnover.rank(axis=1, ascending=False) <= 4)


@dataclass(frozen=True)
class TodaysMembers:
    """Those that are members on the last bar, from the first bar on."""

    spells: Spells = field(default_factory=Spells)

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        return _always(prices, self.spells.restrict(prices).member.iloc[-1])
