from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lstmtrader.data.yahoo.source import YahooSource
from tests.data.yahoo.replay import LoopbackSession, Replay, serving
from tests.shared_data import shared

Connect = Callable[..., YahooSource]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is cached outside the test's own folder."""
    monkeypatch.setenv("LSTMTRADER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def server() -> Iterator[Replay]:
    with serving(Replay()) as replay:
        yield replay


@pytest.fixture
def pauses() -> list[float]:
    """Every pause that a source made."""
    return []


@pytest.fixture
def connect(server: Replay, pauses: list[float]) -> Connect:
    """Make a source that talks to the server and notes its pauses instead of making them."""

    def make(**settings: Any) -> YahooSource:
        return YahooSource(
            **{"timeout": 5.0, "session": LoopbackSession(server.port), **settings},
            sleep=pauses.append,
        )

    return make


@pytest.fixture
def recorded() -> None:
    """Yahoo's own replies, see `tests.shared_data`."""
    shared("yahoo_chart")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)
