"""Law: what vectorbt is told to execute it values as its own portfolio would, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader import vbt

N_BARS, N_ACCOUNTS, N_SYMBOLS = 60, 3, 4


@pytest.mark.parametrize("commissions", [False, True])
def test_the_value_is_that_of_a_portfolio_of_vectorbt(vectorbt: Any, commissions: bool) -> None:
    """Accounts beside each other, long and short, with late listings and bars without orders."""
    rng = np.random.default_rng(1)
    close = 50 * np.exp(rng.normal(0, 0.05, (N_BARS, N_SYMBOLS)).cumsum(axis=0))
    close[:7, 2] = np.nan
    shape = (N_BARS, N_ACCOUNTS, N_SYMBOLS)
    ordered = (rng.random(shape) < 0.4) & ~np.isnan(close)[:, None]
    price = np.where(ordered, close[:, None] * rng.uniform(0.99, 1.01, shape), np.nan)
    wanted = pd.DataFrame(np.where(ordered, rng.normal(0, 10, shape), np.nan).reshape(N_BARS, -1))
    shares = wanted.ffill().fillna(0.0).to_numpy().reshape(shape)
    fees, capital = np.array([0.0, 0.001, 0.02]), np.array([1e4, 1e5, 1e6])
    commission = rng.uniform(0, 3, shape) if commissions else None

    flat = (N_BARS, N_ACCOUNTS * N_SYMBOLS)
    portfolio = vectorbt.Portfolio.from_orders(
        pd.DataFrame(np.tile(close, (1, N_ACCOUNTS))),
        size=wanted.to_numpy(),
        size_type="targetamount",
        price=price.reshape(flat),
        fees=0.0 if commissions else np.repeat(fees, N_SYMBOLS),
        fixed_fees=commission.reshape(flat) if commissions else 0.0,
        init_cash=capital,
        cash_sharing=True,
        group_by=np.repeat(np.arange(N_ACCOUNTS), N_SYMBOLS),
        engine="rust",
        freq="1D",
    )
    value = vbt.simulate(close, shares, price, fees=fees, commission=commission, capital=capital)
    assert len(portfolio.orders.values) == ordered.sum()
    np.testing.assert_array_equal(value, portfolio.value(engine="rust").to_numpy())


def test_an_account_without_orders_keeps_its_cash() -> None:
    nothing = np.full((5, 2, 1), np.nan)
    close = np.linspace(10.0, 12.0, 5)[:, None]
    capital = np.array([100.0, 200.0])
    value = vbt.simulate(close, np.zeros((5, 2, 1)), nothing, fees=np.zeros(2), capital=capital)
    np.testing.assert_array_equal(value, np.tile(capital, (5, 1)))
