"""The fits in a cache, for people who want to see them or to be rid of them."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lstmtrader.walkforward.cache import RECORD


@dataclass(frozen=True)
class Entry:
    """One fit in a cache.

    Parameters
    ----------
    key : str
    path : Path
    model, settings : str
    train : tuple of str
        First and last day of the training slice.
    member : int
    n_bytes : int
    used : float
        When it was last used, in seconds since 1970.
    """

    key: str
    path: Path
    model: str
    settings: str
    train: tuple[str, ...]
    member: int
    n_bytes: int
    used: float

    @property
    def idle_days(self) -> float:
        """Days since it was last used."""
        return (time.time() - self.used) / 86_400


def entries(folder: Path) -> list[Entry]:
    """List the fits of a cache, the one used last first; empty if there is no such folder."""
    found = []
    for record in folder.glob(f"*/*/{RECORD}"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            about = json.loads(record.read_text(encoding="utf-8"))
            files = list(record.parent.iterdir())
            found.append(
                Entry(
                    key=record.parent.name,
                    path=record.parent,
                    model=about["model"],
                    settings=about["settings"],
                    train=tuple(about["train"]),
                    member=about["member"],
                    n_bytes=sum(file.stat().st_size for file in files),
                    used=record.stat().st_mtime,
                )
            )
    return sorted(found, key=lambda entry: (-entry.used, entry.key))


def remove(folder: Path, gone: Sequence[Entry]) -> None:
    """Remove fits, and what killed processes left unfinished more than an hour ago."""
    for entry in gone:
        shutil.rmtree(entry.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            entry.path.parent.rmdir()
    for left in folder.glob("*/*/*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 3600:
                left.unlink()
