"""The folder of what may be lost, and in it the time zones of symbols asked for before."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """``$LSTMTRADER_HOME/cache``, or the user's cache folder of this system."""
    home = os.environ.get("LSTMTRADER_HOME")
    if home:
        return Path(home).expanduser() / "cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir("lstmtrader"))


class TimezoneCache:
    """Time zones by symbol, in a small file; yfinance asks and tells it.

    A file that cannot be read counts as empty, one that cannot be written as not needed: what is
    lost costs one request.

    Parameters
    ----------
    folder : Path
    """

    NAME = "timezones.json"

    def __init__(self, folder: Path) -> None:
        self._path = folder / self.NAME

    def lookup(self, symbol: str) -> str | None:
        """Return the time zone of a symbol, None if it is not known."""
        found = self._read().get(symbol)
        return found if isinstance(found, str) else None

    def store(self, symbol: str, timezone: str | None) -> None:
        """Remember the time zone of a symbol, or forget it."""
        known = self._read()
        if known.get(symbol) == timezone:
            return
        known[symbol] = timezone
        kept = {name: zone for name, zone in sorted(known.items()) if zone is not None}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Moved into place: another process never sees half a file.
            with tempfile.NamedTemporaryFile(
                "w", dir=self._path.parent, suffix=".tmp", delete=False, encoding="utf-8"
            ) as file:
                json.dump(kept, file, indent=0)
            Path(file.name).replace(self._path)

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}
