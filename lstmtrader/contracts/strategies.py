"""Laws of strategies: what is held at t follows from what was known at t."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.audit.perturbation import How
from lstmtrader.contracts.forecasts import random_forecast
from lstmtrader.contracts.ground import (
    FUTURES,
    first_difference,
    other_future,
    ragged_prices,
    same_bytes,
    with_prices,
)
from lstmtrader.contracts.settings import settings_survive
from lstmtrader.errors import ConfigError, ContractError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide

_FIRST = 150  # bars of history before the first forecast
_CUTS = 3
_ROUNDING = 1e-12
_QUICK = (How.MILD, How.JUMP)


def check_strategy(strategy: Strategy, prices: PriceFrame | None = None) -> None:
    """Raise a `ContractError` for the first law that a strategy breaks.

    One finite weight or NaN for each bar and symbol, and something held at all; forecasts and
    prices left as they are, the same answer twice; nothing known of later prices and forecasts,
    whatever they are; no new position without a forecast; the same weights whatever the price
    level; settings that can be written and read. All this for every kind of forecast it trades,
    of random forecasts from bar 150 on.

    Parameters
    ----------
    strategy : Strategy
    prices : PriceFrame, optional
        At least 300 bars, for a strategy that needs certain symbols or a longer history; by
        default synthetic ones.

    Examples
    --------
    >>> from strategies.long_flat import LongFlat
    >>> check_strategy(LongFlat()) is None  # no complaint
    True
    """
    name = _named(strategy)
    if not isinstance(strategy, Strategy):
        raise ContractError(f"{name}: expected a method target_weights(forecast, prices)")
    settings_survive(strategy, name)
    told = prices or ragged_prices()
    for number, kind in enumerate(kinds_of(strategy)):
        # A fresh one each time: a strategy that overwrites it must not hide that.
        fresh = partial(random_forecast, told, kind, _FIRST, details=_needs(strategy))
        held = weights_of(strategy, fresh(), told)
        for law in STRATEGY_LAWS:
            if law is knows_no_future and number:
                # One kind is asked of many futures; the others may only take another branch.
                knows_no_future(strategy, fresh(), told, held, thorough=False)
            else:
                law(strategy, fresh(), told, held)


def kinds_of(strategy: Strategy) -> tuple[ForecastKind, ...]:
    """The kinds of forecast a strategy trades; all, if it does not say."""
    said = getattr(strategy, "trades", None)
    if said is None:
        return tuple(ForecastKind)
    try:
        kinds = tuple(sorted(ForecastKind(one) for one in said))
    except (TypeError, ValueError) as error:
        raise ContractError(
            f"{_named(strategy)}: trades: expected kinds of forecast; got {said!r}"
        ) from error
    if not kinds:
        raise ContractError(f"{_named(strategy)}: trades is empty: it would trade nothing")
    return kinds


def weights_of(strategy: Strategy, forecast: Forecast, prices: PriceFrame) -> pd.DataFrame:
    """What a strategy holds; asked once of a forecast and prices, it is what each law begins with.

    One row a bar of the forecast, each weight finite or NaN: `decide` refuses all else.
    """
    try:
        return decide(strategy, forecast, prices).frame
    except ConfigError as error:
        raise ContractError(f"{_named(strategy)}: {error}") from error


def answers_every_bar(
    strategy: Strategy, forecast: Forecast, prices: PriceFrame, held: pd.DataFrame
) -> None:
    """One column a symbol, and something is held."""
    del prices
    if tuple(held.columns) != forecast.symbols:
        raise ContractError(
            f"{_named(strategy)}: expected a column for each symbol, "
            f"{', '.join(forecast.symbols)}; got {', '.join(map(str, held.columns))}"
        )
    if not (held.fillna(0).abs() > 0).any(axis=None):
        raise ContractError(
            f"{_named(strategy)}: it holds nothing on any of {len(held)} bars of random "
            f"{forecast.kind} forecasts, so that nothing can be told of it; give it settings with "
            "which it trades, or leave that kind out of trades"
        )


def changes_neither(
    strategy: Strategy, forecast: Forecast, prices: PriceFrame, held: pd.DataFrame
) -> None:
    """Neither forecast nor prices nor itself: the same question gives the same answer."""
    before = _fingerprint(forecast), prices.sha256()
    again = weights_of(strategy, forecast, prices)
    if _fingerprint(forecast) != before[0] or prices.sha256() != before[1]:
        raise ContractError(
            f"{_named(strategy)}: it changed the forecast or the prices it was given"
        )
    if not same_bytes(held, again):
        raise ContractError(
            f"{_named(strategy)}: asked twice, it gives two weights of "
            f"{first_difference(held, again)}; it must depend on forecast and prices alone"
        )


def knows_no_future(
    strategy: Strategy,
    forecast: Forecast,
    prices: PriceFrame,
    held: pd.DataFrame,
    *,
    thorough: bool = True,
) -> None:
    """Neither later prices nor later forecasts, their gaps and their end included, reach back."""
    offset = prices.index.get_loc(forecast.index[0])
    for row in _decisions(held, _CUTS if thorough else 1):
        bar = prices.index[offset + row]
        for what, said, told in _other_worlds(forecast, prices, row, offset, thorough):
            then = weights_of(strategy, said, told).iloc[: row + 1]
            known = held.iloc[: row + 1][list(then.columns)]
            if not same_bytes(known, then):
                raise ContractError(
                    f"{_named(strategy)}: its weight of {first_difference(known, then)} changes "
                    f"with {what} after {bar:%Y-%m-%d}; row t may read rows up to t only"
                )


def opens_nothing_without_a_forecast(
    strategy: Strategy, forecast: Forecast, prices: PriceFrame, held: pd.DataFrame
) -> None:
    """On a bar without any forecast, and in a symbol without one, no more than is held already.

    Of nothing but bars without a forecast: weight 0 or NaN.
    A strategy that no forecast moves, such as buying and holding, is none that this is asked of.
    """
    shape = forecast.members.shape[1:]
    nothing = forecast.where(np.zeros(shape, dtype=bool))
    unmoved = weights_of(strategy, nothing, prices)
    holds = unmoved.fillna(0) != 0
    if holds.any(axis=None) and same_bytes(unmoved, held):
        return
    said = np.ones(shape, dtype=bool)
    middle = shape[0] // 2
    said[middle] = False
    said[middle + 5 :, -1] = False
    some = weights_of(strategy, forecast.where(said), prices)
    before = some.ffill().shift(1).fillna(0)
    more = (some.abs() > before.abs() + _ROUNDING) | (some * before < 0)
    opened = (more & ~said) | holds
    if opened.any(axis=None):
        bar, symbol = np.argwhere(opened.to_numpy())[0]
        raise ContractError(
            f"{_named(strategy)}: it wants a position in {some.columns[symbol]} on "
            f"{some.index[bar]:%Y-%m-%d}, where there is no forecast; a NaN is no opinion: give "
            "0, or NaN to hold what there is"
        )


def knows_no_price_level(
    strategy: Strategy, forecast: Forecast, prices: PriceFrame, held: pd.DataFrame
) -> None:
    """Half of every price, as after a split, gives the same weights."""
    halved = weights_of(strategy, forecast, with_prices(prices, lambda table: table * 0.5))
    if not same_bytes(held, halved):
        raise ContractError(
            f"{_named(strategy)}: its weight of {first_difference(held, halved)} depends on the "
            "level of the prices; a later split would change it: use returns or ratios"
        )


Law = Callable[[Strategy, Forecast, PriceFrame, pd.DataFrame], None]

STRATEGY_LAWS: tuple[Law, ...] = (
    answers_every_bar,
    changes_neither,
    knows_no_future,
    opens_nothing_without_a_forecast,
    knows_no_price_level,
)
"""What is asked of a strategy on a forecast and prices, given what it holds there."""


def _named(strategy: Strategy) -> str:
    return f"strategy {type(strategy).__name__}"


def _needs(strategy: Strategy) -> tuple[str, ...]:
    return tuple(getattr(strategy, "needs", ()))


def _decisions(weights: pd.DataFrame, most: int) -> list[int]:
    """Some rows on which something is decided: who holds would not show that it looks ahead."""
    decided = np.flatnonzero(weights.notna().any(axis=1).to_numpy())
    decided = decided[decided < len(weights) - 1]
    picked = np.linspace(0, len(decided) - 1, most + 2).astype(int)[1:-1]
    return [int(row) for row in np.unique(decided[picked])] if len(decided) else []


def _other_worlds(
    forecast: Forecast, prices: PriceFrame, row: int, offset: int, thorough: bool
) -> Iterator[tuple[str, Forecast, PriceFrame]]:
    for size in (1.01, 1e4):
        said = _otherwise(forecast, row, size)
        yield "other forecasts", said, prices
    for how in FUTURES if thorough else _QUICK:
        told = other_future(prices, offset + row, how)
        if how is How.TRUNCATE:
            cut = _first_rows(forecast, row + 1, told.symbols)
            yield "the end of forecasts and prices", cut, told
            continue
        yield f"other prices ({how})", forecast, told
        if how in _QUICK:
            yield f"other forecasts and prices ({how})", said, told


def _otherwise(forecast: Forecast, row: int, size: float) -> Forecast:
    """Later forecasts swapped among the symbols, moved, and every third of them missing."""

    def remade(values: np.ndarray) -> np.ndarray:
        values = values.copy()
        values[:, row + 1 :] = values[:, row + 1 :][..., ::-1] * np.float32(size)
        values[:, row + 1 :: 3] = np.nan
        return values

    details = {name: remade(values) for name, values in forecast.details.items()}
    return replace(forecast, members=remade(forecast.members), details=details)


def _first_rows(forecast: Forecast, rows: int, symbols: tuple[str, ...]) -> Forecast:
    columns = [forecast.symbols.index(symbol) for symbol in symbols]
    return replace(
        forecast,
        members=forecast.members[:, :rows, columns],
        index=forecast.index[:rows],
        symbols=symbols,
        details={name: one[:, :rows, columns] for name, one in forecast.details.items()},
    )


def _fingerprint(forecast: Forecast) -> dict[str, Any]:
    arrays = {"members": forecast.members, **forecast.details}
    return {name: array.tobytes() for name, array in arrays.items()}
