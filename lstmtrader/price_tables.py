"""From pandas to the fields of a PriceFrame: which columns are symbols, and which are fields."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lstmtrader.errors import DataError

FIELDS = ("open", "high", "low", "close", "volume", "dividends")


def fields_of(table: pd.DataFrame | pd.Series, symbol: str | None) -> Mapping[str, pd.DataFrame]:
    """Return the tables of a price table by field, ``close`` among them.

    Parameters
    ----------
    table : DataFrame or Series
        Closes of shape (n_bars, n_symbols); or columns of two levels, field and symbol in either
        order; or with `symbol` the fields of that one symbol, or a Series of its closes.
    symbol : str, optional
        The name of the one symbol.

    Raises
    ------
    DataError
        If it cannot be told what the columns are, or a field is not known.
    """
    if isinstance(table, pd.Series):
        name = table.name if symbol is None else symbol
        if not isinstance(name, str) or not name:
            raise DataError("prices: a Series needs a name, or symbol=, to be called by")
        return {"close": table.to_frame(name)}
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"prices: expected a DataFrame or a Series; got {type(table).__name__}")
    columns = table.columns
    if columns.nlevels == 1:
        if symbol is not None:
            named = {_field(name): table[[name]].set_axis([symbol], axis=1) for name in columns}
            return _with_close(named)
        if {"close", "open"} <= {str(name).lower() for name in columns}:
            raise DataError(
                "prices: the columns are the fields of one symbol, not symbols; name it: "
                'from_pandas(table, symbol="…")'
            )
        return {"close": table}
    if columns.nlevels != 2 or symbol is not None:
        raise DataError(
            "prices: expected columns of one level (symbols), or of two (field and symbol) and "
            "no symbol="
        )
    levels = [{str(name).lower() for name in columns.unique(level)} for level in (0, 1)]
    with_close = [level for level in (0, 1) if "close" in levels[level]]
    if len(with_close) != 1:
        raise DataError("prices: expected a field named close in one level of the columns")
    level = with_close[0]
    names = list(columns.unique(level))
    return _with_close(
        {_field(name): table.xs(name, axis=1, level=level).rename_axis(columns=None)
         for name in names}
    )  # fmt: skip


def _field(name: object) -> str:
    field = str(name).lower()
    if field not in FIELDS:
        raise DataError(f"prices: {name!r} is no field; expected one of {', '.join(FIELDS)}")
    return field


def _with_close(named: Mapping[str, pd.DataFrame]) -> Mapping[str, pd.DataFrame]:
    if "close" not in named:
        raise DataError(f"prices: no close among the fields {', '.join(named)}")
    symbols = named["close"].columns
    made = {}
    for name, table in named.items():
        if name != "close":
            strange = [one for one in table.columns if one not in symbols]
            if strange:
                raise DataError(f"prices: {strange[0]} has {name} but no close")
            table = table.reindex(columns=symbols)
        made[name] = table
    return made
