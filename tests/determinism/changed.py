"""Prices with one close changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class Changed:
    """Serves the prices of another provider with one bar of its first symbol a little higher."""

    provider: PriceProvider
    bar: int

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.provider.fetch(request)
        close, high = prices.close.copy(), prices.high
        close.iloc[self.bar, 0] *= 1.001
        assert high is not None
        return replace(prices, close=close, high=high.clip(lower=close))
