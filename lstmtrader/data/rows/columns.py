"""Which column of a table is what: the names that sources use, and the user's own mapping."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from lstmtrader.errors import ConfigError

FIELDS = ("symbol", "time", "open", "high", "low", "close", "volume", "adj_close", "dividends")

_KNOWN = {
    "symbol": ("symbol", "ticker", "sym", "instrument", "secid", "name", "act_symbol"),
    "time": ("time", "date", "datetime", "timestamp", "day", "tradedate", "dt", "index"),
    "open": ("open", "o", "px_open", "openprice"),
    "high": ("high", "h", "px_high", "highprice"),
    "low": ("low", "l", "px_low", "lowprice"),
    "close": ("close", "c", "px_last", "last", "price", "closeprice", "closelast"),
    "volume": ("volume", "v", "vol", "px_volume", "tradevolume"),
    "adj_close": ("adjclose", "adjustedclose", "adjusted", "closeadj", "adjustedcloseprice"),
    "dividends": ("dividends", "dividend"),
}
_BY_NAME = {re.sub("[^a-z]", "", name): field for field, names in _KNOWN.items() for name in names}


def _plain(name: object) -> str:
    # Separators and numbering, as in «1. open», «Adj Close» or «adj_close», carry no meaning.
    return re.sub("[^a-z]", "", str(name).lower())


def recognise(columns: Iterable[object], mapping: Mapping[str, str]) -> dict[object, str]:
    """Name the columns that are known.

    Parameters
    ----------
    columns : iterable
        As the table has them.
    mapping : mapping of str to str
        From a field of `FIELDS` to the name of its column; what it leaves out is guessed from
        common names, whatever their case and separators.

    Returns
    -------
    dict
        From column to field. Columns that are nothing known are left out.

    Raises
    ------
    ConfigError
        If the mapping names an unknown field or a column that is not there, or if two columns
        could be the same field.
    """
    present = list(columns)
    found: dict[object, str] = {}
    for field, column in mapping.items():
        if field not in FIELDS:
            raise ConfigError(
                f"columns: unknown field {field!r}; expected one of {', '.join(FIELDS)}"
            )
        if column not in present:
            near = difflib.get_close_matches(column, [str(name) for name in present], n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {_listed(present)}"
            raise ConfigError(f"columns: there is no column {column!r} for {field}; {hint}")
        found[column] = field
    for name in present:
        guess = _BY_NAME.get(_plain(name))
        if guess is None or guess in mapping or name in found:
            continue
        rival = next((other for other, field in found.items() if field == guess), None)
        if rival is not None:
            raise ConfigError(
                f"columns: both {rival!r} and {name!r} could be {guess}; "
                f"say which: columns: {{{guess}: {rival}}}"
            )
        found[name] = guess
    return found


def _listed(names: list[object]) -> str:
    shown = ", ".join(str(name) for name in names[:12])
    return shown + (", …" if len(names) > 12 else "")


def missing_column(field: str, columns: Iterable[object]) -> str:
    """Say that no column is a field, and what to do."""
    return (
        f"no column is recognised as {field}; there are {_listed(list(columns))}. "
        f"Name it: columns: {{{field}: …}}"
    )
