"""Which forecast is to be explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError, UnknownSymbolError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.splits import Fold


@dataclass(frozen=True, eq=False)
class Choice:
    """One forecast of one member.

    Parameters
    ----------
    symbol : str
    date : Timestamp
    bar : int
        Position of the bar in the prices.
    fold : Fold
        Whose test slice holds it.
    value : float
        What the run forecast.
    """

    symbol: str
    date: pd.Timestamp
    bar: int
    fold: Fold
    value: float


def choose(
    forecast: Forecast,
    index: pd.DatetimeIndex,
    folds: Sequence[Fold],
    symbol: str | None,
    date: Any,
    member: int,
) -> Choice:
    """Find the forecast that is meant.

    Parameters
    ----------
    forecast : Forecast
        Of the run.
    index : DatetimeIndex
        All bars of the prices.
    folds : sequence of Fold
    symbol : str, optional
        None for the one whose forecast on that bar is furthest from saying nothing: 0, or 0.5 for
        a probability; for volatilities, the wildest.
    date : Timestamp or what makes one, optional
        None for the last bar with a forecast.
    member : int

    Raises
    ------
    UnknownSymbolError
        If the run has no such symbol.
    ConfigError
        If there is no such member or test bar, or no forecast of the symbol on it.
    """
    if not 0 <= member < forecast.n_members:
        raise ConfigError(f"member: expected one of 0 to {forecast.n_members - 1}; got {member}")
    values = forecast.members[member]
    if symbol is not None:
        values = values[:, [_column(forecast, symbol)]]
    there = ~np.isnan(values)
    row = _last(there, symbol) if date is None else _row(forecast.index, date)
    if not there[row].any():
        which = "no symbol has" if symbol is None else f"{symbol} has not"
        raise ConfigError(
            f"date: {which} a forecast on {forecast.index[row]}: it was no member of the universe, "
            "or its window has a hole; choose another bar or symbol"
        )
    best = int(np.argmax(np.where(there[row], _strength(values[row], forecast.kind), -np.inf)))
    moment = forecast.index[row]
    bar = int(index.get_indexer([moment])[0])
    fold = next((one for one in folds if bar in one.test), None)
    if fold is None:
        raise ConfigError(
            f"date: {moment} is a forecast of the run, but in no test slice of its settings: the "
            "run folder was changed"
        )
    name = forecast.symbols[best] if symbol is None else symbol
    return Choice(name, moment, bar, fold, float(values[row, best]))


def _strength(values: np.ndarray, kind: ForecastKind) -> np.ndarray:
    """How much a forecast says: the distance from what says nothing; of volatility, its size."""
    if kind in (ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY):
        return values
    return np.abs(values - (0.5 if kind is ForecastKind.PROBABILITY else 0.0))


def _column(forecast: Forecast, symbol: str) -> int:
    if symbol not in forecast.symbols:
        known = ", ".join(forecast.symbols[:8]) + (", …" if len(forecast.symbols) > 8 else "")
        raise UnknownSymbolError(f"symbol: expected one of {known}; got {symbol!r}")
    return forecast.symbols.index(symbol)


def _last(there: np.ndarray, symbol: str | None) -> int:
    rows = np.flatnonzero(there.any(axis=1))
    if not len(rows):
        raise ConfigError(f"symbol: the run has no forecast{f' of {symbol}' if symbol else ''}")
    return int(rows[-1])


def _row(index: pd.DatetimeIndex, date: Any) -> int:
    try:
        moment = pd.Timestamp(date)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"date: expected a date such as 2015-06-30; got {date!r}") from error
    if moment is pd.NaT:
        raise ConfigError(f"date: expected a date such as 2015-06-30; got {date!r}")
    if index.tz is not None:
        # A plain date or time is meant on the clock of the prices.
        aware = moment.tz is not None
        moment = moment.tz_convert(index.tz) if aware else moment.tz_localize(index.tz)
    elif moment.tz is not None:
        moment = moment.tz_localize(None)
    row = int(index.get_indexer([moment])[0])
    if row >= 0:
        return row
    before = index[index < moment]
    inside = len(before) and moment <= index[-1]
    nearest = f"; the bar before it is {before[-1]}" if inside else ""
    raise ConfigError(
        f"date: expected a test bar, from {index[0]} to {index[-1]}; got {date}{nearest}"
    )
