"""PriceSource: a provider and what to ask it for."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from lstmtrader.data.provider import PriceProvider, PriceRequest, require_symbols
from lstmtrader.data.universe import Universe
from lstmtrader.errors import ContractError, blaming
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class PriceSource:
    """Where the prices come from, and which.

    Parameters
    ----------
    provider : PriceProvider
    symbols : tuple of str, optional
        None for all of the provider's.
    start, end : date, optional
        First and last day, both included.
    universe : Universe, optional
        Who belonged when; None for everybody, always.

    Examples
    --------
    >>> from lstmtrader.data.sample import SampleProvider
    >>> source = PriceSource(SampleProvider(), ("KO", "PEP"), start=datetime.date(2020, 1, 1))
    >>> source.fetch().symbols, source.fetch().n_bars
    (('KO', 'PEP'), 754)
    """

    provider: PriceProvider
    symbols: tuple[str, ...] | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None
    universe: Universe | None = None

    def fetch(self) -> PriceFrame:
        """Ask the provider.

        Raises
        ------
        ContractError
            If it fails, or answers with something else than a `PriceFrame`.
        """
        name = type(self.provider).__name__
        with blaming(f"provider {name}"):
            prices = self.provider.fetch(PriceRequest(self.symbols, self.start, self.end))
        if not isinstance(prices, PriceFrame):
            raise ContractError(f"{name}: expected a PriceFrame; got {type(prices).__name__}")
        # A provider may hand out more than was asked for, never less.
        require_symbols(self.symbols or (), prices.symbols, f"what {name} has")
        selected = prices.select(self.symbols, self.start, self.end)
        return selected if self.universe is None else self.universe.restrict(selected)
