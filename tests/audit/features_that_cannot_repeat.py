"""Features whose numbers hang on chance, on the length of the history, or on earlier calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import numpy as np
import pandas as pd

from lstmtrader.prices import PriceFrame
from tests.audit.ground import log_returns

_FIRST_SEEN: list[tuple[pd.Series, pd.Series]] = []
_BY_SYMBOLS: dict[tuple[str, ...], pd.Series] = {}
_CALLS = count()


@dataclass(frozen=True)
class UnseededNoise:
    """Returns with a billionth of noise that nobody seeded."""

    name: str = "unseeded_noise"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        return returns + 1e-9 * np.random.default_rng().standard_normal(returns.shape)


@dataclass(frozen=True)
class SeededByLength:
    """Noise whose seed is the number of bars."""

    name: str = "seeded_by_length"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        rng = np.random.default_rng(len(prices.index))
        return returns + 0.001 * rng.standard_normal(returns.shape)


@dataclass(frozen=True)
class SeededByPrices:
    """Noise whose seed is a hash of all prices."""

    name: str = "seeded_by_prices"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        rng = np.random.default_rng(int(prices.sha256()[:8], 16))
        return returns + 0.001 * rng.standard_normal(returns.shape)


@dataclass(frozen=True)
class NoiseByColumns:
    """Noise with a fixed seed, drawn symbol by symbol: a longer history moves all but the first."""

    name: str = "noise_by_columns"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        draws = np.random.default_rng(1).standard_normal(returns.shape[::-1])
        return returns + 0.001 * draws.T


@dataclass(frozen=True)
class FittedOnFirstSeen:
    """Standardised by the moments of the first prices this process ever saw, whole as they were."""

    name: str = "fitted_on_first_seen"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        if not _FIRST_SEEN:
            _FIRST_SEEN.append((returns.mean(), returns.std()))
        mean, deviation = _FIRST_SEEN[0]
        return (returns - mean) / deviation


@dataclass(frozen=True)
class KeptBySymbols:
    """Over a volatility of the whole history that is kept by symbols only."""

    name: str = "kept_by_symbols"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        if prices.symbols not in _BY_SYMBOLS:
            _BY_SYMBOLS[prices.symbols] = returns.std()
        return returns / _BY_SYMBOLS[prices.symbols]


@dataclass(frozen=True)
class KeptInItself:
    """As above, but each feature keeps its own."""

    name: str = "kept_in_itself"
    lookback: int = 2
    kept: dict[tuple[str, ...], pd.Series] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        returns = log_returns(prices)
        if prices.symbols not in self.kept:
            self.kept[prices.symbols] = returns.std()
        return returns / self.kept[prices.symbols]


@dataclass(frozen=True)
class CountsItsCalls:
    """Returns, a little larger at each call."""

    name: str = "counts_its_calls"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return log_returns(prices) * (1.0 + 0.001 * next(_CALLS))
