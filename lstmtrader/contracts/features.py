"""Laws of features: a row is known after its bar, needs its lookback, and no more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from lstmtrader.contracts.ground import (
    FUTURES,
    clean_prices,
    first_difference,
    other_future,
    ragged_prices,
    same_bytes,
    telling_bars,
    with_prices,
)
from lstmtrader.contracts.settings import settings_survive
from lstmtrader.errors import ContractError, blaming
from lstmtrader.features.feature import Feature
from lstmtrader.prices import PriceFrame

_REACH = 1e-5  # what may remain of bars before the lookback, in units of the feature
_TRACE = 2e-3  # and of a price there that was ten times too high
_HOLE = 3


def check_feature(feature: Feature, prices: PriceFrame | None = None) -> None:
    """Raise a `ContractError` for the first law that a feature breaks.

    Its name and lookback; one finite number or NaN for each bar and symbol; the prices left as
    they are, the same answer twice; nothing known of later bars, whatever they are; a value from
    the lookback on, and nothing remembered from before it; no value in a hole; the same value
    whatever the price level; settings that can be written and read.

    Parameters
    ----------
    feature : Feature
    prices : PriceFrame, optional
        Prices without holes, at least three lookbacks long, for a feature that needs certain
        symbols or a certain calendar; by default synthetic ones.

    Examples
    --------
    >>> from lstmtrader.features import Return
    >>> check_feature(Return(5)) is None  # no complaint
    True
    """
    says_what_it_is(feature)
    settings_survive(feature, _named(feature))
    for law in FEATURE_LAWS:
        law(feature, prices or ground_of(law, feature.lookback))


def says_what_it_is(feature: Feature) -> None:
    """A name that can be a column's, and a whole number of bars."""
    kind = type(feature).__name__
    if not isinstance(feature, Feature):
        raise ContractError(f"{kind}: a feature has a name, a lookback, and is called with prices")
    name, lookback = feature.name, feature.lookback
    if not isinstance(name, str) or not name.isidentifier():
        raise ContractError(
            f"feature {kind}: expected a name of letters, digits and _; got {name!r}"
        )
    if type(lookback) is not int or lookback < 1:
        raise ContractError(
            f"feature {name}: expected a lookback of at least 1 bar; got {lookback!r}"
        )


def has_the_bars_and_symbols(feature: Feature, prices: PriceFrame) -> None:
    """One float64 for each bar and symbol, NaN or finite."""
    table = _asked(feature, prices)
    if not table.index.equals(prices.index) or not table.columns.equals(prices.close.columns):
        raise ContractError(f"{_named(feature)}: expected the bars and symbols of the prices")
    if not (table.dtypes == np.float64).all():
        raise ContractError(
            f"{_named(feature)}: expected float64; got {', '.join(map(str, set(table.dtypes)))}"
        )
    infinite = table.columns[np.isinf(table.to_numpy()).any(axis=0)]
    if len(infinite):
        raise ContractError(
            f"{_named(feature)}: infinite for {infinite[0]}; make it NaN where it is not known"
        )


def changes_nothing(feature: Feature, prices: PriceFrame) -> None:
    """Neither the prices nor itself: the same question gives the same answer."""
    before = prices.sha256()
    first, second = _asked(feature, prices), _asked(feature, prices)
    if prices.sha256() != before:
        raise ContractError(f"{_named(feature)}: it changed the prices it was handed")
    if not same_bytes(first, second):
        raise ContractError(
            f"{_named(feature)}: asked twice, it gives two answers for "
            f"{first_difference(first, second)}; it must depend on its prices alone"
        )


def knows_no_future(feature: Feature, prices: PriceFrame) -> None:
    """Row t is the same to the last bit whatever comes after t."""
    now = _asked(feature, prices)
    for bar in telling_bars(prices):
        for how in FUTURES:
            then = _asked(feature, other_future(prices, bar, how)).iloc[: bar + 1]
            known = now.iloc[: bar + 1][list(then.columns)]
            if not same_bytes(known, then):
                raise ContractError(
                    f"{_named(feature)}: its value of {first_difference(known, then)} changes "
                    f"with prices after {prices.index[bar]:%Y-%m-%d} ({how}); row t may read rows "
                    "up to t only"
                )


def is_warm_from_its_lookback_on(feature: Feature, prices: PriceFrame) -> None:
    """A value on every bar from the lookback on, where no price is missing."""
    table = _asked(feature, prices).iloc[feature.lookback - 1 :]
    finite = np.isfinite(table.to_numpy())
    if not finite.all():
        bar, symbol = np.argwhere(~finite)[0]
        raise ContractError(
            f"{_named(feature)}: no value of {table.columns[symbol]} on {table.index[bar]:%Y-%m-%d}"
            f", bar {feature.lookback + bar}; with a lookback of {feature.lookback} there is one "
            f"from bar {feature.lookback} on"
        )


def needs_no_more_than_its_lookback(feature: Feature, prices: PriceFrame) -> None:
    """The same bars give the same value whatever came before them."""
    last = prices.n_bars - 1
    whole = _asked(feature, prices)
    alone = _asked(feature, prices.bars(last - feature.lookback + 1, last + 1)).iloc[-1]
    _close(feature, alone, whole.iloc[last], whole, _REACH, "depends on bars before its lookback")


def forgets_a_bad_tick(feature: Feature, prices: PriceFrame) -> None:
    """One price ten times too high, just before the lookback begins, leaves no trace after it."""
    last = prices.n_bars - 1

    def tick(table: pd.DataFrame) -> pd.DataFrame:
        table.iloc[last - feature.lookback] *= 10
        return table

    whole = _asked(feature, prices)
    then = _asked(feature, with_prices(prices, tick)).iloc[last]
    fault = "remembers a bad tick before its lookback"
    _close(feature, then, whole.iloc[last], whole, _TRACE, fault)


def leaves_holes(feature: Feature, prices: PriceFrame) -> None:
    """No value where there is no price; after the warm-up it is as if new."""
    start = feature.lookback + 10
    stop, symbol = start + _HOLE, len(prices.symbols) // 2

    def dig(table: pd.DataFrame) -> pd.DataFrame:
        table.iloc[start:stop, symbol] = np.nan
        return table

    holed = with_prices(prices, dig)
    table = _asked(feature, holed)
    if table.iloc[start:stop, symbol].notna().any():
        raise ContractError(
            f"{_named(feature)}: it has a value where there is no price; fill nothing in"
        )
    later = table.iloc[stop + feature.lookback - 1 :, symbol]
    if later.isna().any():
        raise ContractError(
            f"{_named(feature)}: no value {feature.lookback} bars after a hole, which is its "
            "lookback"
        )
    fresh = _asked(feature, holed.bars(stop, holed.n_bars)).iloc[feature.lookback - 1 :, symbol]
    fault = "remembers, after a hole, bars before its lookback"
    _close(feature, fresh, later, table, _REACH, fault)


def knows_no_price_level(feature: Feature, prices: PriceFrame) -> None:
    """Half of every price, as after a split, gives the same values: adjusted prices have no level.

    Halving is exact in binary: any difference is a dependence on the level.
    """
    now = _asked(feature, prices)
    halved = _asked(feature, with_prices(prices, lambda table: table * 0.5))
    if not np.allclose(halved, now, rtol=1e-12, atol=1e-12, equal_nan=True):
        raise ContractError(
            f"{_named(feature)}: it depends on the level of the prices; a later split would "
            "change it: use returns or ratios"
        )


Law = Callable[[Feature, PriceFrame], None]

FEATURE_LAWS: tuple[Law, ...] = (
    has_the_bars_and_symbols,
    changes_nothing,
    knows_no_future,
    is_warm_from_its_lookback_on,
    needs_no_more_than_its_lookback,
    forgets_a_bad_tick,
    leaves_holes,
    knows_no_price_level,
)
"""What is asked of a feature on prices; each of them stands alone."""

_WITHOUT_HOLES = (
    is_warm_from_its_lookback_on,
    needs_no_more_than_its_lookback,
    forgets_a_bad_tick,
    leaves_holes,
)


def ground_of(law: Law, lookback: int) -> PriceFrame:
    """Return the synthetic prices that a law is asked on: clean ones, or with all that is amiss."""
    return clean_prices(lookback) if law in _WITHOUT_HOLES else ragged_prices(lookback)


def _named(feature: Feature) -> str:
    return f"feature {feature.name}"


def _asked(feature: Feature, prices: PriceFrame) -> pd.DataFrame:
    with blaming(_named(feature)):
        table = feature(prices)
    if not isinstance(table, pd.DataFrame):
        raise ContractError(f"{_named(feature)}: expected a DataFrame; got {type(table).__name__}")
    return table


def _close(
    feature: Feature,
    got: pd.Series,
    expected: pd.Series,
    table: pd.DataFrame,
    tolerance: float,
    fault: str,
) -> None:
    """Compare to a tolerance that grows with the unit of a feature that is large."""
    unit = max(1.0, float(np.nanstd(table.to_numpy())))
    left, right = got.to_numpy(dtype=np.float64), expected.to_numpy(dtype=np.float64)
    if not np.allclose(left, right, rtol=1e-7, atol=tolerance * unit, equal_nan=True):
        raise ContractError(
            f"{_named(feature)}: it {fault} of {feature.lookback} bars; give it a longer lookback "
            "or a shorter memory"
        )
