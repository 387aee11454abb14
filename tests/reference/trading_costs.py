"""Rule A5: what a fill costs.

Where the rule leaves something open it is decided here:

- The return of a bar is from the close of the bar before it: the 20 returns before a fill begin
  with the close 21 bars before it. Every bar of the tables counts, also those before the account.
- A range without a close is no observation. Volumes of 0 are observations.
- An estimate is needed where its coefficient is not 0: for impact those of volatility and volume.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from terms import CostTerms, Tables, cell

_BARS = 20
_LEAST = 5
_MOST_SLIPPAGE = 0.5


@dataclass(frozen=True)
class Estimates:
    """Range and volatility of a bar, shares traded on a bar; None where there is no estimate."""

    range: float | None
    volatility: float | None
    volume: float | None

    def suffice(self, costs: CostTerms) -> bool:
        """Tell whether there is an estimate for every cost that needs one."""
        return not (
            (costs.range_slippage != 0 and self.range is None)
            or (costs.volatility_slippage != 0 and self.volatility is None)
            or (costs.impact != 0 and (self.volatility is None or self.volume is None))
        )


def estimates_before(tables: Tables, bar: int, symbol: int) -> Estimates:
    """Look at the 20 bars before a bar, and at nothing of the bar itself."""
    bars = range(max(bar - _BARS, 0), bar)
    ranges: list[float] = []
    returns: list[float] = []
    volumes: list[float] = []
    for seen in bars:
        close = cell(tables.close, seen, symbol)
        ranges.append((cell(tables.high, seen, symbol) - cell(tables.low, seen, symbol)) / close)
        if seen > 0:
            returns.append(close / cell(tables.close, seen - 1, symbol) - 1)
        volumes.append(cell(tables.volume, seen, symbol))
    volume = _mean(_numbers(volumes))
    return Estimates(
        range=_mean(_numbers(ranges)),
        volatility=_deviation(_numbers(returns)),
        volume=None if volume == 0 else volume,
    )


def slip(size: float, costs: CostTerms, estimates: Estimates) -> float:
    """The fraction of the price lost; only what can be estimated counts."""
    lost = costs.slippage
    if estimates.range is not None:
        lost += costs.range_slippage * estimates.range
    if estimates.volatility is not None:
        lost += costs.volatility_slippage * estimates.volatility
    if estimates.volatility is not None and estimates.volume is not None:
        taken = abs(size) / estimates.volume
        lost += costs.impact * estimates.volatility * math.sqrt(taken)
    return min(lost, _MOST_SLIPPAGE)


def commission(size: float, price: float, costs: CostTerms) -> float:
    """Return the money that the broker takes for an order of any size."""
    if size == 0:
        return 0.0
    shares = abs(size)
    asked = costs.fees * shares * price + costs.per_share * shares + costs.fixed
    return max(costs.minimum, asked)


def _numbers(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if len(values) >= _LEAST else None


def _deviation(values: Sequence[float]) -> float | None:
    mean = _mean(values)
    if mean is None:
        return None
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
