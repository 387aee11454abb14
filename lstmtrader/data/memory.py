"""InMemory: prices that a program holds already, as a provider that settings can name."""

from __future__ import annotations

from dataclasses import dataclass, field

from lstmtrader.data.provider import EVERYTHING, PriceRequest, require_symbols
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class InMemory:
    """Serve prices from memory; see `Experiment.on`.

    Settings hold their hash alone: a run can be told by it, but not repeated without the prices.

    Parameters
    ----------
    sha256 : str
        Of the prices.
    prices : PriceFrame, optional
        None where only the settings are left, as in a YAML file.
    """

    sha256: str
    prices: PriceFrame | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, prices: PriceFrame) -> InMemory:
        """Serve these.

        Examples
        --------
        >>> from lstmtrader.data.synthetic import SyntheticProvider
        >>> prices = SyntheticProvider(n_symbols=2, n_bars=30).fetch()
        >>> InMemory.of(prices).fetch() is prices
        True
        """
        return cls(prices.sha256(), prices)

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        """Return the prices asked for; see `PriceProvider.fetch`.

        Raises
        ------
        DataError
            If the prices are not at hand.
        """
        if self.prices is None:
            raise DataError(
                f"these prices came from the memory of a program (SHA-256 {self.sha256[:12]}…) and "
                "are not in the settings; give them again: Experiment.from_yaml(path).run(prices="
                "frame)"
            )
        if request.symbols is not None:
            require_symbols(request.symbols, self.prices.symbols, "the prices in memory")
        return self.prices.select(request.symbols, request.start, request.end)
