"""Given: a provider that hands out prices somebody else fetched."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmtrader.data.provider import EVERYTHING, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.prices import PriceFrame
from lstmtrader.study import Study


@dataclass(frozen=True, eq=False)
class Given:
    """The frozen copy of an audit: nothing is downloaded or read again.

    Parameters
    ----------
    prices : PriceFrame
        With its members, where there is a universe.
    """

    prices: PriceFrame

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        """See `PriceProvider`."""
        return self.prices.select(request.symbols, request.start, request.end)


def on_prices(study: Study, prices: PriceFrame) -> Study:
    """Return the same study of other prices."""
    return replace(study, prices=PriceSource(Given(prices)))
