"""The only file that imports vectorbt: an order simulator and the indicators.

vectorbt takes seconds to import and changes things that are not its own, so it is imported inside
the functions, and what it changed is put back.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from lstmtrader.isolation import untouched

Engine = Literal["rust", "numba"]

# As vectorbt numbers them.
_TARGET_AMOUNT = 3
_BOTH_SIDES = 2


@cache
def _vectorbt() -> Any:
    with untouched():
        import vectorbt
    return vectorbt


def load() -> None:
    """Import vectorbt now rather than when it is first needed."""
    _kernels()


def simulate(
    close: np.ndarray,
    shares: np.ndarray,
    price: np.ndarray,
    *,
    fees: np.ndarray,
    commission: np.ndarray | None = None,
    capital: np.ndarray,
    engine: Engine = "rust",
) -> np.ndarray:
    """Execute the fills of several accounts in one simulation of vectorbt.

    Bar ``t`` of the arrays is filled on bar ``t``: whoever calls has lagged them already, and has
    decided on every size, so that vectorbt is never short of cash and has nothing to cut.

    Parameters
    ----------
    close : float64 array of shape (n_bars, n_symbols)
        Marks the accounts; the last known close where there is none.
    shares : float64 array of shape (n_bars, n_accounts, n_symbols)
        Held after the bar's fills; traded only where there is a `price`.
    price : float64 array of shape (n_bars, n_accounts, n_symbols)
        Price of each fill, slippage included; NaN for no order.
    fees : float64 array of shape (n_accounts,)
        Fraction of the value of each fill, where no `commission` is given.
    commission : float64 array of shape (n_bars, n_accounts, n_symbols), optional
        Money paid for each fill.
    capital : float64 array of shape (n_accounts,)
        Cash at the start.
    engine : {"rust", "numba"}
        The second compiles for half a minute; it is there to check the first.

    Returns
    -------
    float64 array of shape (n_bars, n_accounts)
        Value of each account at the close.
    """
    n_bars, n_accounts, n_symbols = shares.shape
    shape = (n_bars, n_accounts * n_symbols)
    dispatch, columns_of = _books()
    # One purse for the symbols of an account.
    purses = np.full(n_accounts, n_symbols)
    orders, _ = dispatch.simulate_from_orders(
        shape,
        purses,
        capital,
        dispatch.build_call_seq(shape, purses, engine=engine),
        np.where(np.isnan(price), np.nan, shares).reshape(shape),
        price.reshape(shape),
        size_type=np.asarray(_TARGET_AMOUNT),
        fees=np.repeat(fees, n_symbols) if commission is None else np.asarray(0.0),
        fixed_fees=np.asarray(0.0) if commission is None else commission.reshape(shape),
        close=close if n_accounts == 1 else np.tile(close, (1, n_accounts)),
        max_orders=max(np.count_nonzero(~np.isnan(price)), 1),
        max_logs=1,
        engine=engine,
    )
    columns = columns_of(orders["col"], shape[1], engine=engine)
    flow = dispatch.cash_flow(shape, orders, columns, False, engine=engine)
    flow = dispatch.cash_flow_grouped(flow, purses, engine=engine)
    cash = dispatch.cash_grouped(shape, flow, purses, capital, engine=engine)
    held = dispatch.asset_flow(shape, orders, columns, _BOTH_SIDES, engine=engine)
    held = dispatch.assets(held, engine=engine)
    marks = np.where(held.reshape(shares.shape) == 0, 0.0, close[:, None]).reshape(shape)
    worth = dispatch.asset_value(marks, held, engine=engine)
    worth = dispatch.asset_value_grouped(worth, purses, engine=engine)
    value: np.ndarray = dispatch.value(cash, worth, engine=engine)
    return value


def _books() -> tuple[Any, Any]:
    """What vectorbt's portfolio calls: the same bits, without the labels it makes at each step."""
    _vectorbt()
    from vectorbt.portfolio import dispatch
    from vectorbt.records.dispatch import col_map

    return dispatch, col_map


def rsi(close: pd.DataFrame, window: int) -> pd.DataFrame:
    """Relative strength index (Wilder, 1978) with simple averages, 0 to 100, NaN in warm-up."""
    _vectorbt()
    from vectorbt.indicators import dispatch

    values = _plain(close)
    averages = dispatch.rsi_cache(values, [window], [False], False, engine="rust")
    result = dispatch.rsi_apply(values, window, False, False, averages, engine="rust")
    return pd.DataFrame(result, index=close.index, columns=close.columns)


def rolling_std(values: pd.DataFrame, window: int) -> pd.DataFrame:
    """Rolling standard deviation (ddof 1), NaN until `window` values are there.

    Exactly 0 where all values of a window are equal: vectorbt's running sums leave rounding there,
    and a division by rounding is a huge number.
    """
    plain = _plain(values)
    deviation = _kernels().rolling_std(plain, window, window, 1, engine="rust")
    # No window is still where no bar repeats the one before: nearly always, and soon seen.
    if window == 1 or (plain[1:] == plain[:-1]).any():
        deviation = np.where(_motionless(plain, window), 0.0, deviation)
    return pd.DataFrame(deviation, index=values.index, columns=values.columns)


def _motionless(values: np.ndarray, window: int) -> np.ndarray:
    """Where the last `window` values are one and the same; false where one is NaN."""
    moved = np.ones(values.shape, dtype=bool)
    moved[1:] = ~(values[1:] == values[:-1])
    bars = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(moved, bars, 0), axis=0)
    still: np.ndarray = (bars - last >= window - 1) & ~np.isnan(values)
    return still


def exponential_mean(close: pd.DataFrame, span: int) -> pd.DataFrame:
    """Exponential moving average with weight ``2 / (span + 1)`` on the latest bar."""
    result = _kernels().ewm_mean(_plain(close), span, span, False, engine="rust")
    return pd.DataFrame(result, index=close.index, columns=close.columns)


def _kernels() -> Any:
    """What vectorbt's indicators call: the same bits, without the labels they make first."""
    _vectorbt()
    from vectorbt.generic import dispatch

    return dispatch


def _plain(values: pd.DataFrame) -> np.ndarray:
    return np.ascontiguousarray(values.to_numpy(dtype=np.float64))
