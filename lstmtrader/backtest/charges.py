"""What orders of given sizes cost, for several accounts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.market import Market

MOST_SLIPPAGE = 0.5

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fills:
    """What orders are filled at.

    Parameters
    ----------
    price, commission, paid : arrays of shape (n_accounts, n_symbols)
        Of each fill: its price, its commission in money, and the cash that it takes with it.
    need : array of shape (n_accounts,)
        Cash that all of an account take together.
    """

    price: Array
    commission: Array
    paid: Array
    need: Array


class Charges:
    """The costs of several accounts; arrays are of shape (n_accounts, n_symbols) or (…, 1).

    Parameters
    ----------
    costs : sequence of Costs
        One for each account.
    market : Market
        With the estimates that these costs need.
    """

    def __init__(self, costs: Sequence[Costs], market: Market) -> None:
        self._market = market
        self._fees = _column(costs, "fees")
        self._slippage = _column(costs, "slippage")
        self._range = _column(costs, "range_slippage")
        self._volatility = _column(costs, "volatility_slippage")
        self._impact = _column(costs, "impact")
        self._per_share = _column(costs, "per_share")
        self._fixed = _column(costs, "fixed")
        self._minimum = _column(costs, "minimum")
        self._flat = bool(self._fixed.any() or self._minimum.any())
        self._by_share = bool(self._per_share.any())
        self._uses = [
            (name, uses)
            for name, uses in (
                ("range", self._range),
                ("volatility", self._volatility + self._impact),
                ("volume", self._impact),
            )
            if uses.any()
        ]
        self.straight = np.array([one.proportional for one in costs])
        """Accounts whose orders need twice the cash when they are twice as big."""

    def rows(self, rows: NDArray[np.intp]) -> Charges:
        """Keep some of the accounts."""
        part = object.__new__(Charges)
        part.__dict__.update(self.__dict__)
        for name, value in self.__dict__.items():
            if isinstance(value, np.ndarray):
                part.__dict__[name] = value[rows]
        part._uses = [(name, uses[rows]) for name, uses in self._uses]
        return part

    def estimated(self, bar: int) -> NDArray[np.bool_] | None:
        """Where everything that an account's costs need is known; None if nothing is needed."""
        known: NDArray[np.bool_] | None = None
        for name, uses in self._uses:
            there = (uses == 0) | ~np.isnan(self._market.estimates[name][bar])
            known = there if known is None else known & there
        return known

    def slip(self, bar: int, size: Array) -> Array:
        """Slippage of orders as a fraction of their reference price."""
        slip = self._slippage
        estimates = self._market.estimates
        if "range" in estimates:
            slip = slip + self._range * np.nan_to_num(estimates["range"][bar])
        if "volatility" in estimates:
            risk = np.nan_to_num(estimates["volatility"][bar])
            slip = slip + self._volatility * risk
            if "volume" in estimates:
                share = np.nan_to_num(np.abs(size) / estimates["volume"][bar])
                slip = slip + self._impact * risk * np.sqrt(share)
        return slip if slip is self._slippage else np.minimum(slip, MOST_SLIPPAGE)

    def price(self, bar: int, size: Array, base: Array) -> Array:
        """Price of each fill, from the reference price `base`."""
        return base * (1 + np.sign(size) * self.slip(bar, size))

    def commission(self, size: Array, price: Array) -> Array:
        """Commission of each fill, in money."""
        shares = np.abs(size)
        rate = self._fees * price
        if self._by_share:
            rate = rate + self._per_share
        paid: Array = shares * rate
        if self._flat:
            paid = np.where(shares > 0, np.maximum(self._minimum, paid + self._fixed), 0.0)
        return paid

    def need(self, bar: int, size: Array, base: Array) -> Array:
        """Cash that all orders of an account take together, of shape (n_accounts,)."""
        return self.fills(bar, size, base).need

    def fills(self, bar: int, size: Array, base: Array) -> Fills:
        """Fill orders, from their reference prices `base`."""
        price = self.price(bar, size, base)
        commission = self.commission(size, price)
        paid = size * price + commission
        return Fills(price, commission, paid, paid.sum(axis=1))

    def marginal(self, bar: int, size: Array, base: Array) -> Array:
        """Cash that one share more takes: of an order that shrinks, the side it shrinks to."""
        buying = size > 0
        side = np.where(buying, 1.0, -1.0)
        price = base * (1 + side * self.slip(bar, size))
        taken: Array = price * (1 + side * self._fees) + side * self._per_share
        return taken


def _column(costs: Sequence[Costs], name: str) -> Array:
    return np.array([[getattr(one, name)] for one in costs], dtype=np.float64)
