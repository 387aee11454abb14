"""Real market data, which the project may not ship: where they are, and what happens without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(name: str) -> Path:
    """The path of a file or folder of the shared data.

    A test that asks for one that is missing is skipped: its owners do not let it be copied into
    the project, so that most clones do not have it. Every law tested on it is tested on drawn
    prices or written replies as well, and those tests run everywhere.
    """
    path = Path(os.environ.get("LSTMTRADER_SHARED_DATA") or _BESIDE) / name
    if not path.exists():
        pytest.skip(f"no {path}; LSTMTRADER_SHARED_DATA names the folder that has {name}")
    return path
