"""Several accounts on the same terms, kept side by side: hardly slower than one alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from lstmtrader.backtest.engine import trade_many
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

# Bars x symbols x accounts that are traded at once: about 0.6 GB.
_CELLS = 4_000_000

Name = TypeVar("Name")


def trade_each(
    prices: PriceFrame, weights: Mapping[Name, TargetWeights], terms: Terms
) -> Iterator[tuple[Name, BacktestResult]]:
    """Trade weights by name, as many at once as the memory is meant to hold.

    Parameters
    ----------
    prices : PriceFrame
    weights : mapping of name to TargetWeights
        All with the same first decision.
    terms : Terms

    Yields
    ------
    tuple of name and BacktestResult
        In the order of `weights`, each as if it had been traded alone.
    """
    names = list(weights)
    if not names:
        return
    n_bars = prices.n_bars - prices.index.get_loc(weights[names[0]].frame.index[0])
    size = max(1, _CELLS // (n_bars * len(prices.symbols)))
    for at in range(0, len(names), size):
        chunk = names[at : at + size]
        results = trade_many(prices, [weights[name] for name in chunk], [terms] * len(chunk))
        yield from zip(chunk, results, strict=True)
