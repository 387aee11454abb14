"""Clean drawn prices with their days as texts, and the real tables where there are any.

=============== ==================================================================
``clean``       a long table of 30 drawn symbols x 1500 bars, on the calendar 24/5
``real_table``  ``real_table(name)`` reads a shared file, or skips with the reason
=============== ==================================================================
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from lstmtrader.data.synthetic import SyntheticProvider
from tests.shared_data import shared


def long_table(provider: SyntheticProvider) -> pd.DataFrame:
    """The prices of a provider as a long table without empty rows."""
    prices = provider.fetch()
    fields = {name: getattr(prices, name) for name in ("open", "high", "low", "close", "volume")}
    table = pd.concat({name: frame.stack() for name, frame in fields.items()}, axis=1)
    table = table.rename_axis(["date", "symbol"]).reset_index().dropna(subset=["close"])
    table = table.sort_values(["symbol", "date"], ignore_index=True)
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    return table.assign(adj_close=table["close"])


@pytest.fixture(scope="session")
def clean() -> pd.DataFrame:
    """Drawn prices without an error in them."""
    return long_table(SyntheticProvider(n_symbols=30, n_bars=1500, seed=3, clustering=0.9))


@pytest.fixture(scope="session")
def real_table() -> Callable[[str], pd.DataFrame]:
    """Read one of the real tables, which are no part of the project."""

    def read(name: str) -> pd.DataFrame:
        path = shared(name)
        if name.endswith(".parquet"):
            return pd.read_parquet(path)
        return pd.read_csv(path, low_memory=False)

    return read
