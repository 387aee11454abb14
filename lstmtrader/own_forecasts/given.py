"""What is given from outside: forecasts and prices, checked and brought together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.backtest.terms import Terms
from lstmtrader.bounds import one_of
from lstmtrader.clock import Calendar, Execution
from lstmtrader.errors import ConfigError, DataError
from lstmtrader.evaluation.benchmark import check_covers
from lstmtrader.features.feature import Target
from lstmtrader.features.target import Direction, ForwardRank, ForwardReturn, ForwardVolatility
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame

_MOST_NAMES = 10


def own_prices(prices: pd.DataFrame | PriceFrame, calendar: Calendar | str | None) -> PriceFrame:
    """Return the prices that were given; `DataError` or `ConfigError` if they are none."""
    if not isinstance(prices, PriceFrame):
        return PriceFrame.from_pandas(prices, calendar=calendar)
    known = Calendar(calendar) if isinstance(calendar, str) else calendar
    if known is not None and known != prices.calendar:
        raise ConfigError(
            f"calendar: the prices have {prices.calendar.name} already; got {known.name}"
        )
    return prices


def own_forecast(forecasts: pd.DataFrame | Forecast, kind: ForecastKind | str | None) -> Forecast:
    """Return the forecasts that were given, with their kind; see `Forecast.from_pandas`."""
    if not isinstance(forecasts, Forecast):
        made = Forecast.from_pandas(forecasts, ForecastKind.RETURN if kind is None else kind)
    else:
        made = forecasts
        if kind is not None and one_of(ForecastKind, kind=kind) is not made.kind:
            raise ConfigError(f"kind: the forecasts are of {made.kind} already; got {kind}")
    if np.isnan(made.members).all():
        raise DataError("forecasts: every one is missing")
    return made


def check_bars(bars: pd.DatetimeIndex, known: pd.DatetimeIndex) -> None:
    """Raise `DataError` where a bar of the forecasts has no prices."""
    if str(bars.tz) != str(known.tz):
        zones = [("no time zone" if one.tz is None else str(one.tz)) for one in (bars, known)]
        raise DataError(
            f"forecasts: their bars have {zones[0]}, those of the prices {zones[1]}; bring both "
            "to the same"
        )
    strange = bars.difference(known)
    if len(strange):
        raise DataError(
            f"forecasts: {len(strange)} of {len(bars)} bars have no prices, the first on "
            f"{strange[0]}; the prices run from {known[0]} to {known[-1]}"
        )


def check_symbols(symbols: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise `DataError` where a symbol of the forecasts has no prices."""
    strange = [one for one in symbols if one not in known]
    if strange:
        raise DataError(
            f"forecasts: {len(strange)} of {len(symbols)} symbols have no prices: {_named(strange)}"
        )


def those_forecast(prices: PriceFrame, symbols: tuple[str, ...]) -> tuple[PriceFrame, list[str]]:
    """Keep the symbols that have a column of forecasts, and say which have none."""
    if symbols == prices.symbols:
        return prices, []
    rest = [one for one in prices.symbols if one not in symbols]
    said = (
        f"{len(rest)} of {len(prices.symbols)} symbols with prices have no column of forecasts and "
        f"are left out, of buy & hold too: {_named(rest)}."
    )
    return prices.select(symbols, None, None), [said] if rest else []


def undecided(bars: pd.DatetimeIndex, known: pd.DatetimeIndex) -> list[str]:
    """Say how many bars between the first forecast and the last have none."""
    between = int(known.get_loc(bars[-1])) - int(known.get_loc(bars[0])) + 1
    if between == len(bars):
        return []
    said = (
        f"{between - len(bars)} of {between} bars from the first forecast to the last have no row "
        "of forecasts: nothing is decided on them, and positions stay."
    )
    return [said]


def _named(symbols: list[str]) -> str:
    rest = len(symbols) - _MOST_NAMES
    return ", ".join(symbols[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def timing_for(execution: Execution | str | None, prices: PriceFrame) -> Execution:
    """Return the earliest execution that the prices allow, where none was asked for."""
    if execution is not None:
        return one_of(Execution, execution=execution)
    return Execution.NEXT_CLOSE if prices.open is None else Execution.NEXT_OPEN


def target_for(kind: ForecastKind, target: Target | None, horizon: int) -> Target:
    """Give the plain target of a kind of forecast, or check the one that was given."""
    if target is not None:
        if horizon != 1 and horizon != target.horizon:
            raise ConfigError(
                f"horizon: the target has {target.horizon} bars; got {horizon}: give one of them"
            )
        return target
    if kind is ForecastKind.VOLATILITY:
        raise ConfigError(
            "target: there is no plain one for forecasts of volatility; give a target, or their "
            "logarithms as log_volatility"
        )
    if kind is ForecastKind.LOG_VOLATILITY:
        return ForwardVolatility(horizon)
    if kind is ForecastKind.PROBABILITY:
        return Direction(horizon)
    if kind is ForecastKind.RANK:
        return ForwardRank(horizon)
    return ForwardReturn(horizon, scaled=kind is ForecastKind.SCALED_RETURN)


def held_for_comparison(
    prices: PriceFrame, traded: PriceFrame, benchmark: str | None, first: int, terms: Terms
) -> PriceFrame:
    """Return the prices of what is bought once and held; `first` is the first decision."""
    if benchmark is None:
        return traded
    if benchmark not in prices.symbols:
        raise DataError(f"benchmark: {benchmark} is not among the prices")
    held = replace(prices, members=None).select((benchmark,), None, None)
    terms.check(held)
    check_covers(held, first)
    return held


def own_rivals(
    baselines: Mapping[str, pd.DataFrame | Forecast], forecast: Forecast
) -> dict[str, Forecast]:
    """Return other forecasts of the same bars and symbols; `DataError` where they are not."""
    made = {}
    for name, one in baselines.items():
        rival = one if isinstance(one, Forecast) else Forecast.from_pandas(one, forecast.kind)
        if not rival.index.equals(forecast.index) or rival.symbols != forecast.symbols:
            raise DataError(f"baselines: {name} has other bars or symbols than the forecasts")
        made[name] = rival
    return made
