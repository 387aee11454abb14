"""Bars and symbols of a table: sorted, unique, dates and text, or a sentence that says what not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.errors import LstmtraderError


def check_axes(table: pd.DataFrame, what: str, error: type[LstmtraderError]) -> None:
    """Raise an error unless rows are bars and columns are symbols.

    Parameters
    ----------
    table : DataFrame of shape (n_bars, n_symbols)
    what : str
        What it is called in the message.
    error : type
        Which error to raise.
    """
    index, columns = table.index, table.columns
    if not isinstance(index, pd.DatetimeIndex):
        raise error(f"{what}: expected a DatetimeIndex of bars; got {type(index).__name__}")
    if len(index) == 0 or len(columns) == 0:
        raise error(f"{what}: no bars or no symbols; check symbols, start and end")
    if columns.nlevels > 1:
        raise error(f"{what}: expected one level of columns, the symbols")
    strange = [name for name in columns if not isinstance(name, str) or not name]
    if strange:
        raise error(f"{what}: expected symbols as text; got {strange[0]!r}")
    if index.hasnans:
        raise error(f"{what}: a bar has no date")
    if not index.is_unique:
        raise error(f"{what}: bar {index[index.duplicated()][0]} appears more than once")
    if not index.is_monotonic_increasing:
        late = int(np.argmax(np.diff(index.asi8) < 0)) + 1
        raise error(f"{what}: bars are not sorted; {index[late]} comes after {index[late - 1]}")
    if not columns.is_unique:
        twice = columns[columns.duplicated()][0]
        raise error(f"{what}: symbol {twice} appears more than once")
