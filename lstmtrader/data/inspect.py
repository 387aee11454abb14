"""The quality gate over a file, or over everything in a store."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lstmtrader.data.files.provider import FilesProvider
from lstmtrader.data.quality.gate import FINDING_COLUMNS, Gate
from lstmtrader.data.store import PriceStore
from lstmtrader.data.yahoo.exchanges import calendar_of
from lstmtrader.errors import ConfigError


def inspect_file(path: Path, calendar: str = "XNYS") -> pd.DataFrame:
    """Return the findings in a long CSV or Parquet file; see `QualityReport.findings`."""
    return FilesProvider(str(path), calendar=calendar).report().findings


def inspect_store(store: PriceStore, calendar: str | None = None) -> pd.DataFrame:
    """Return the findings in every series of a store, raw as it was fetched.

    Parameters
    ----------
    store : PriceStore
    calendar : str, optional
        Of all series; by default told by each symbol's ending. Missing sessions are looked for in
        daily series whose calendar is known.
    """
    found = []
    for row in store.listing().itertuples():
        name = (calendar or _calendar_of(row.symbol)) if row.interval == "1d" else None
        history = store.history(row.provider, row.symbol, row.interval)
        if not history.bars.empty:
            found.append(Gate(calendar=name).inspect(history).findings)
    kept = [findings for findings in found if len(findings)]
    if not kept:
        return pd.DataFrame(columns=list(FINDING_COLUMNS))
    return pd.concat(kept, ignore_index=True)


def _calendar_of(symbol: str) -> str | None:
    try:
        return calendar_of(symbol)
    except ConfigError:
        return None
