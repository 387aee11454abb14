"""Prices the contract suites share: clean ones, and ones with all that real data has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.prices import PriceFrame

Change = Callable[[pd.DataFrame], pd.DataFrame]
FIELDS = ("open", "high", "low", "close")


@pytest.fixture(scope="package")
def clean() -> PriceFrame:
    """Three symbols with opens, a price on every bar."""
    return SyntheticProvider(n_symbols=3, n_bars=420, seed=5, clustering=0.9).fetch()


@pytest.fixture(scope="package")
def ragged() -> PriceFrame:
    """Four symbols: one listed late, one delisted, holes in all."""
    return SyntheticProvider(
        n_symbols=4, n_bars=420, seed=6, listed_late=1, delisted=1, holes=6
    ).fetch()


@pytest.fixture(scope="session")
def changed() -> Callable[[PriceFrame, Change], PriceFrame]:
    """Apply one change to every price field of a frame."""

    def apply(prices: PriceFrame, change: Change) -> PriceFrame:
        tables = {name: getattr(prices, name) for name in FIELDS}
        return replace(
            prices,
            **{name: change(table.copy()) for name, table in tables.items() if table is not None},
        )

    return apply


@pytest.fixture(scope="session")
def after() -> Callable[[int, float], Change]:
    """Change every price after bar t: each by its own factor, up to `size` times or a part."""

    def make(t: int, size: float) -> Change:
        def change(table: pd.DataFrame) -> pd.DataFrame:
            rest = table.iloc[t + 1 :]
            draws = np.random.default_rng(0).uniform(-1, 1, rest.shape)
            table.iloc[t + 1 :] = rest * size**draws
            return table

        return change

    return make
