"""Headings: what the columns of a list are called, in print and inside."""

from __future__ import annotations

from lstmtrader.config.locating import nearest
from lstmtrader.errors import ConfigError

HEADINGS = {
    "run": "name",
    "prices": "prices",
    "from": "start",
    "to": "end",
    "Sharpe": "sharpe",
    "CAGR": "cagr",
    "DD": "max_drawdown",
    "B&H": "benchmark_sharpe",
    "turnover": "turnover_per_year",
    "fills": "execution",
    "state": "state",
    "created": "created",
    "kind": "kind",
    "variants": "variants",
    "tradable": "tradable",
    "problem": "problem",
}
"""The column of `Entry.row` by its heading; the last five are not printed by themselves."""


def column_of(word: str) -> str:
    """Return the column that a heading, in any case, or a name inside means.

    Raises
    ------
    ConfigError
        If there is no such column.
    """
    known = {heading.lower(): column for heading, column in HEADINGS.items()}
    known |= {column: column for column in HEADINGS.values()}
    if word.lower() not in known:
        raise ConfigError(f"--sort: no {word}{nearest(word.lower(), known)}")
    return known[word.lower()]
