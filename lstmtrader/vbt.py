"""The only file that imports vectorbt: an order simulator and the indicators.

vectorbt takes seconds to import and changes things that are not its own, so it is imported inside
the functions, and what it changed is put back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.isolation import untouched


@cache
def _vectorbt() -> Any:
    with untouched():
        import vectorbt
    return vectorbt


@dataclass(frozen=True, eq=False)
class Simulation:
    """What vectorbt made of the orders.

    Parameters
    ----------
    value, cash : float64 array of shape (n_bars,)
        Equity and cash at the close.
    shares : float64 array of shape (n_bars, n_symbols)
        Held after the bar's orders.
    orders : DataFrame
        One row a fill: bar, symbol (positions), size (signed shares), price, fees.
    """

    value: np.ndarray
    cash: np.ndarray
    shares: np.ndarray
    orders: pd.DataFrame


def simulate(
    close: np.ndarray,
    target_weights: np.ndarray,
    fill_price: np.ndarray,
    sizing_price: np.ndarray,
    *,
    fees: float,
    slippage: float,
    capital: float,
) -> Simulation:
    """Run target-weight orders of one account through vectorbt's Rust engine.

    All arrays are float64 of shape (n_bars, n_symbols). The orders of bar ``t`` are filled on
    bar ``t``: whoever calls has lagged them already.

    Parameters
    ----------
    close : array
        Marks the account; the last known close where there is none.
    target_weights : array
        NaN holds, 0 closes.
    fill_price : array
        Reference price before slippage; NaN drops the order.
    sizing_price : array
        Values the account before the bar's orders, once for all of them.
    fees, slippage : float
        Fractions of the traded value and of the price.
    capital : float
        Cash at the start.
    """
    portfolio = _vectorbt().Portfolio.from_orders(
        pd.DataFrame(close),
        size=target_weights,
        size_type="targetpercent",
        price=fill_price,
        val_price=sizing_price,
        fees=fees,
        slippage=slippage,
        init_cash=capital,
        # One account, and sells before the buys they pay for: all three are needed for that.
        cash_sharing=True,
        group_by=True,
        call_seq="auto",
        engine="rust",
        freq="1D",  # only labels durations; every statistic is ours
    )
    records = portfolio.orders.records
    sign = np.where(records["side"].to_numpy() == 0, 1.0, -1.0)
    orders = pd.DataFrame(
        {
            "bar": records["idx"].to_numpy(),
            "symbol": records["col"].to_numpy(),
            "size": records["size"].to_numpy() * sign,
            "price": records["price"].to_numpy(),
            "fees": records["fees"].to_numpy(),
        }
    )
    return Simulation(
        value=portfolio.value().to_numpy(),
        cash=portfolio.cash().to_numpy(),
        shares=portfolio.assets().to_numpy(),
        orders=orders,
    )


def rsi(close: pd.DataFrame, window: int) -> pd.DataFrame:
    """Relative strength index (Wilder, 1978) with simple averages, 0 to 100, NaN in warm-up."""
    result = _vectorbt().RSI.run(close, window=window, ewm=False).rsi
    return pd.DataFrame(result.to_numpy(), index=close.index, columns=close.columns)


def rolling_std(values: pd.DataFrame, window: int) -> pd.DataFrame:
    """Rolling standard deviation (ddof 1), NaN until `window` values are there.

    Exactly 0 where all values of a window are equal: vectorbt's running sums leave rounding there,
    and a division by rounding is a huge number.
    """
    result = _vectorbt().MSTD.run(values, window=window, ewm=False, ddof=1).mstd.to_numpy()
    rolling = values.rolling(window)
    motionless = (rolling.max() == rolling.min()).to_numpy()
    deviation = np.where(motionless, 0.0, result)
    return pd.DataFrame(deviation, index=values.index, columns=values.columns)


def exponential_mean(close: pd.DataFrame, span: int) -> pd.DataFrame:
    """Exponential moving average with weight ``2 / (span + 1)`` on the latest bar."""
    result = _vectorbt().MA.run(close, window=span, ewm=True).ma
    return pd.DataFrame(result.to_numpy(), index=close.index, columns=close.columns)
