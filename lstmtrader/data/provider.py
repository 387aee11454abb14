"""What a price provider is asked, and what it answers."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from lstmtrader.errors import ConfigError, UnknownSymbolError
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class PriceRequest:
    """Which symbols and days are wanted.

    Parameters
    ----------
    symbols : tuple of str, optional
        In this order; None means all that the provider has.
    start, end : date, optional
        First and last day, both included.
    """

    symbols: tuple[str, ...] | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ConfigError(f"start {self.start} is after end {self.end}")
        if self.symbols is not None:
            if not self.symbols:
                raise ConfigError("symbols: the list is empty; leave it out for all symbols")
            twice = [name for name in self.symbols if self.symbols.count(name) > 1]
            if twice:
                raise ConfigError(f"symbols: {twice[0]} is listed more than once")


EVERYTHING = PriceRequest()


@runtime_checkable
class PriceProvider(Protocol):
    """A source of prices. It raises rather than hand out a symbol it does not have."""

    def fetch(self, request: PriceRequest, /) -> PriceFrame:
        """Return the prices asked for.

        Raises
        ------
        UnknownSymbolError
            Naming the symbol, and the nearest one there is.
        DataError
            If the prices break a rule of `PriceFrame`.
        """
        ...


def require_symbols(wanted: Sequence[str], available: Sequence[str], source: str) -> None:
    """Raise an `UnknownSymbolError` for the first symbol that is not available."""
    for symbol in wanted:
        if symbol not in available:
            near = difflib.get_close_matches(symbol, available, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(available)}"
            raise UnknownSymbolError(f"symbol {symbol!r} is not in {source}; {hint}")
