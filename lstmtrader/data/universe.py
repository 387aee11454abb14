"""Point-in-time universes: who belonged when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame


@runtime_checkable
class Universe(Protocol):
    """Says which symbols belonged on which bar."""

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        """Return the same prices with `members` set."""
        ...


_COLUMNS = {
    "symbol": ("ticker", "symbol"),
    "start": ("start_date", "start"),
    "end": ("end_date", "end"),
}


@dataclass(frozen=True)
class Membership:
    """Spells of membership from a CSV file: ticker, start_date, end_date.

    A symbol may have several spells. Both days are included; an empty end means «until today».
    What belongs only later is masked before, so that a backtest cannot pick tomorrow's index.

    Parameters
    ----------
    path : str
        CSV with the columns ticker (or symbol), start_date (or start), end_date (or end).
    """

    path: str

    def spells(self) -> pd.DataFrame:
        """Return the table as symbol, start, end; NaT for an open end.

        Raises
        ------
        DataError
            Missing file or column, a start that is no date, or an end before its start.
        """
        try:
            table = pd.read_csv(Path(self.path).expanduser(), dtype=str)
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path}: cannot be read as CSV ({error})") from error
        found = {}
        for name, choices in _COLUMNS.items():
            column = next((choice for choice in choices if choice in table.columns), None)
            if column is None:
                raise DataError(
                    f"{self.path}: expected a column {' or '.join(choices)}; "
                    f"got {', '.join(table.columns)}"
                )
            found[name] = table[column].str.strip()
        spells = pd.DataFrame(found)
        for name in ("start", "end"):
            days = pd.to_datetime(spells[name], errors="coerce", format="%Y-%m-%d")
            wrong = days.isna() & (spells[name].notna() if name == "end" else True)
            if wrong.any():
                line = int(np.argmax(wrong)) + 2
                raise DataError(
                    f"{self.path}: line {line}: {name} {spells[name].iloc[line - 2]!r} is no date "
                    "such as 2020-01-31"
                )
            spells[name] = days
        if (spells["end"] < spells["start"]).any():
            line = int(np.argmax(spells["end"] < spells["start"])) + 2
            raise DataError(f"{self.path}: line {line}: the end is before the start")
        return spells

    def restrict(self, prices: PriceFrame, /) -> PriceFrame:
        """Return the prices with the mask of their members, and a note on who is missing.

        Survivorship is counted: members that the prices do not have at all are what a backtest
        on these prices cannot have held.
        """
        spells = self.spells()
        first, last = prices.index[0], prices.index[-1].normalize()
        ends = spells["end"].fillna(pd.Timestamp.max.normalize())
        spells = spells[(spells["start"] <= last) & (ends >= first.normalize())]
        days = prices.index.normalize()
        mask = pd.DataFrame(False, index=prices.index, columns=list(prices.symbols))
        for symbol, start, end in zip(
            spells["symbol"], spells["start"], spells["end"], strict=True
        ):
            if symbol in mask.columns:
                inside = (days >= start) & (pd.isna(end) | (days <= end))
                mask.loc[inside, symbol] = True
        belonged = set(spells["symbol"])
        absent = belonged - set(prices.symbols)
        bars = (mask & prices.close.isna()).to_numpy().sum()
        note = (
            f"universe {Path(self.path).name}: {len(belonged)} members between "
            f"{first:%Y-%m-%d} and {last:%Y-%m-%d}, {len(absent)} of them "
            f"without prices (survivorship); {bars} bars of members without a price"
        )
        if not mask.to_numpy().any():
            raise DataError(f"{self.path}: none of the symbols was a member on any bar")
        return replace(prices, members=mask, notes=(*prices.notes, note))
