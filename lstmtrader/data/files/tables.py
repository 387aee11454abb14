"""Reading price files: one long table out of long, wide and one-per-symbol files."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pandas as pd

from lstmtrader.data.rows.columns import missing_column, recognise
from lstmtrader.errors import ConfigError, DataError

_CSV = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv", ".tsv.gz")
_PARQUET = (".parquet", ".pq")
_NULLS = ["", "null", "None", "NaN", "nan", "N/A", "#N/A", "-", "--"]


class Layout(StrEnum):
    """How prices lie in files.

    ``long``
        One row a bar; a column names the symbol (without one, the file is one symbol's and its
        name is the symbol).
    ``wide``
        One row a time, one column a symbol, closes only.
    ``one_per_symbol``
        A folder of files named after their symbols.
    """

    LONG = "long"
    WIDE = "wide"
    ONE_PER_SYMBOL = "one_per_symbol"


def is_table(path: Path) -> bool:
    """Whether the name is that of a file this module reads."""
    return path.name.lower().endswith((*_CSV, *_PARQUET))


def stem(path: Path) -> str:
    """File name without its endings: the symbol, in a folder of one file a symbol."""
    name = path.name
    for ending in sorted((*_CSV, *_PARQUET), key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def read_table(path: Path) -> pd.DataFrame:
    """Read one file as it is.

    Raises
    ------
    DataError
        If it is missing, empty, or neither CSV nor Parquet.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file")
    lower = path.name.lower()
    try:
        if lower.endswith(_PARQUET):
            table = pd.read_parquet(path)
            if not isinstance(table.index, pd.RangeIndex):
                table = table.reset_index()
        elif lower.endswith(_CSV):
            table = _read_csv(path)
        else:
            raise DataError(f"{path}: expected a file that ends in {', '.join((*_CSV, *_PARQUET))}")
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path}: the file is empty") from error
    except (OSError, EOFError, ValueError) as error:
        # Broken gzip or Parquet, ragged lines, bytes that are no text.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path}: cannot be read: {reason}") from error
    if table.empty:
        raise DataError(f"{path}: the file has no rows")
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    sep = _separator(path)
    header = pd.read_csv(path, nrows=0, sep=sep, encoding="utf-8-sig")
    # The symbols NA and TRUE are texts, not a hole and a truth value.
    texts = [name for name, field in recognise(header.columns, {}).items() if field == "symbol"]
    nulls = {name: _NULLS for name in header.columns if name not in texts}
    return pd.read_csv(
        path, sep=sep, dtype=dict.fromkeys(texts, "str"), na_values=nulls,
        keep_default_na=False, low_memory=False, encoding="utf-8-sig",
    )  # fmt: skip


def _separator(path: Path) -> str:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig") as file:
        first = str(file.readline())
    return max(",;\t|", key=first.count)


def to_long(table: pd.DataFrame, columns: Mapping[str, str], where: str) -> pd.DataFrame:
    """Turn wide closes into a long table; empty cells before and after a symbol's life go.

    Raises
    ------
    DataError
        If no column holds the times.
    """
    known = {name: field for name, field in recognise(table.columns, columns).items()
             if field == "time"}  # fmt: skip
    if not known:
        raise DataError(f"{where}: {missing_column('time', table.columns)}")
    time = next(iter(known))
    closes = table.set_index(time)
    parts = []
    for symbol in closes.columns:
        there = closes[symbol].notna().to_numpy().nonzero()[0]
        if len(there) == 0:
            raise DataError(f"{where}: {symbol} has no price; leave the column out")
        cut = closes[symbol].iloc[there[0] : there[-1] + 1]
        parts.append(
            pd.DataFrame({"symbol": str(symbol), "time": cut.index, "close": cut.to_numpy()})
        )
    return pd.concat(parts, ignore_index=True)


def folder_tables(path: Path, columns: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Read a folder of files named after their symbols; the columns get their known names.

    Raises
    ------
    DataError
        If it is no folder, has no such file, or a file cannot be read.
    """
    if not path.is_dir():
        raise DataError(f"{path}: expected a folder of one file a symbol")
    files = sorted(each for each in path.iterdir() if each.is_file() and is_table(each))
    if not files:
        raise DataError(f"{path}: the folder has no CSV or Parquet file")
    tables: dict[str, pd.DataFrame] = {}
    for file in files:
        symbol = stem(file)
        if symbol in tables:
            raise DataError(f"{path}: two files for {symbol}; keep one")
        table = read_table(file)
        try:
            known = recognise(table.columns, columns)
        except ConfigError as error:
            raise ConfigError(f"{file}: {error}") from error
        if "time" not in known.values():
            raise DataError(f"{file}: {missing_column('time', table.columns)}")
        named = table[list(known)].rename(columns=known).assign(symbol=symbol)
        tables[symbol] = named
    return tables
