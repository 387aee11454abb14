"""The returns of trials on disk: files of many trials each, whole or absent, never half-written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.errors import RunError

FOLDER = ".trials"
"""Beside the ledger; inside it one folder for each set of prices."""

_TRIALS_A_FILE = 10_000  # 40 MB


@dataclass(frozen=True, eq=False)
class ReturnStore:
    """The block returns of the trials on one set of prices, in files of many trials each.

    Parameters
    ----------
    runs : Path
        The folder of runs.
    data_hash : str
        SHA-256 of the prices.
    """

    runs: Path
    data_hash: str

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self.runs / FOLDER / self.data_hash[:16]

    def add(self, returns: Mapping[str, np.ndarray]) -> None:
        """Keep the block returns of trials, by config hash; what is kept already stays as it is.

        To be called by one process at a time: the ledger's lock is held around it.

        Raises
        ------
        RunError
            If the blocks are not those of the other trials on these prices.
        """
        if not returns:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("*.part"):
            left.unlink()  # of a writer that was killed
        kept, lengths = set(), {len(one) for one in returns.values()}
        for path in self._files():
            with _opened(path) as file:
                kept |= set(file["hashes"].tolist())
                lengths.add(int(file["n_blocks"]))
        if len(lengths) > 1:
            raise RunError(
                f"{self.folder}: trials on the same prices have blocks of their own; "
                f"expected one number of blocks, got {', '.join(map(str, sorted(lengths)))}"
            )
        fresh = [one for one in returns if one not in kept]
        for start in range(0, len(fresh), _TRIALS_A_FILE):
            part = fresh[start : start + _TRIALS_A_FILE]
            _write(self.folder, part, np.stack([returns[one] for one in part], dtype=np.float32))

    def read(self) -> pd.DataFrame:
        """Return the block returns of every trial that has some.

        Returns
        -------
        DataFrame of shape (n_blocks, n_trials), float32
            A column for each config hash; NaN where a trial has no bars. No rows without trials.

        Raises
        ------
        RunError
            If a file is damaged.
        """
        hashes: dict[str, None] = {}
        parts = []
        for path in self._files():
            with _opened(path) as file:
                mine, values = file["hashes"].tolist(), file["returns"]
            new = [number for number, one in enumerate(mine) if one not in hashes]
            hashes |= dict.fromkeys(mine)
            parts.append(values if len(new) == len(mine) else values[new])
        if not parts:
            return pd.DataFrame(dtype=np.float32)
        return pd.DataFrame(np.concatenate(parts).T, columns=list(hashes), copy=False)

    def _files(self) -> Iterator[Path]:
        return iter(sorted(self.folder.glob("*.npz")))


def _write(folder: Path, hashes: list[str], values: np.ndarray) -> None:
    # Named by the trials in it: one that was written by a process killed before it could count
    # them is replaced by the next.
    stem = hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16]
    part = folder / f"{stem}.part"
    with part.open("wb") as file:
        np.savez(file, hashes=np.array(hashes), n_blocks=values.shape[1], returns=values)
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / f"{stem}.npz")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Mapping[str, np.ndarray]]:
    """Open a file whose arrays are read when they are asked for."""
    try:
        # Opened here: what is no archive would else be left open.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            yield file
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(
            f"{path}: no returns of trials ({error}); move it away to go on without them"
        ) from error
