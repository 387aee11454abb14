"""Point-in-time universes: who belonged when."""

from __future__ import annotations

from collections.abc import Iterable
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


_MOST_NAMES = 10
_COLUMNS = {
    "symbol": ("ticker", "symbol"),
    "start": ("start_date", "start"),
    "end": ("end_date", "end"),
}


@dataclass(frozen=True)
class Membership:
    """Spells of membership from a CSV file: ticker, start_date, end_date.

    A symbol may have several spells. The start is the first day inside, the end the first day
    outside; an empty end means «until today». ``BRK.B`` and ``BRK-B`` are the same symbol.
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

        Survivorship is counted: members that are not among the prices are what a backtest on these
        prices cannot have held.
        """
        spells = self.spells()
        first, last = prices.index[0].normalize(), prices.index[-1].normalize()
        spells = spells[(spells["start"] <= last) & ~(spells["end"] <= first)]
        days = prices.index.tz_localize(None).normalize()
        here = {_plain(symbol): symbol for symbol in prices.symbols}
        mask = pd.DataFrame(False, index=prices.index, columns=list(prices.symbols))
        absent = set()
        for member, start, end in spells[["symbol", "start", "end"]].itertuples(index=False):
            symbol = here.get(_plain(member))
            if symbol is None:
                absent.add(member)
                continue
            mask.loc[(days >= start) & (pd.isna(end) | (days < end)), symbol] = True
        if not mask.to_numpy().any():
            raise DataError(f"{self.path}: none of the symbols was a member on any bar")
        name = Path(self.path).name
        bars = int((mask & prices.close.isna()).to_numpy().sum())
        counted = (
            f"universe {name}: {spells['symbol'].nunique()} members between {first:%Y-%m-%d} and "
            f"{last:%Y-%m-%d}; {len(absent)} of them are not among the prices of this run, which "
            f"is survivorship where they could not be had{_some(absent)}; {bars} bars of members "
            "without a price"
        )
        notes = [counted]
        never = mask.columns[~mask.any().to_numpy()]
        if len(never):
            notes.append(f"universe {name}: never members, and so never traded{_some(never)}")
        return replace(prices, members=mask, notes=(*prices.notes, *notes))


def _plain(symbol: str) -> str:
    return symbol.replace(".", "-").upper()


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = ", …" if len(listed) > _MOST_NAMES else ""
    return f" ({', '.join(listed[:_MOST_NAMES])}{more})" if listed else ""
