"""The plain-Python ledger, and vectorbt as a reader of its manual would use it."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))


@pytest.fixture(scope="session")
def vectorbt() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vectorbt
    return vectorbt
