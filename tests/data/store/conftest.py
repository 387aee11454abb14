"""A store in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmtrader.data.store import PriceStore


@pytest.fixture
def store(tmp_path: Path) -> PriceStore:
    return PriceStore(tmp_path / "prices.duckdb")
