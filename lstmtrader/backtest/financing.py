"""The nights: interest on cash and debt, fees on short positions, dividends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.market import Market

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Financing:
    """What accounts earn and pay from one close to the next.

    Parameters
    ----------
    cash, debit : arrays of shape (n_accounts,)
        Rates a bar.
    borrow : array of shape (n_accounts, n_symbols)
        Rates a bar.
    dividends : array of shape (n_bars, n_symbols), optional
        Cash a share.
    """

    cash: Array
    debit: Array
    borrow: Array
    dividends: Array | None

    @staticmethod
    def of(costs: Sequence[Costs], market: Market, periods_per_year: int) -> Financing:
        """Turn rates a year into rates a bar."""
        borrow = [
            [one.borrow_by_symbol.get(symbol, one.borrow) for symbol in market.symbols]
            for one in costs
        ]
        return Financing(
            np.array([one.cash_rate for one in costs]) / periods_per_year,
            np.array([one.debit_rate for one in costs]) / periods_per_year,
            np.array(borrow) / periods_per_year,
            market.dividends,
        )

    @cached_property
    def kinds(self) -> list[str]:
        """The kinds of money that flow here."""
        there = {
            "interest": self.cash.any(),
            "debit": self.debit.any(),
            "borrow": self.borrow.any(),
            "dividends": self.dividends is not None,
        }
        return [name for name, flows in there.items() if flows]

    def night(self, bar: int, cash: Array, shares: Array, close: Array) -> dict[str, Array]:
        """Money of the night before a bar, by kind, each of shape (n_accounts,).

        Parameters
        ----------
        bar : int
        cash, shares : arrays of shape (n_accounts,) and (n_accounts, n_symbols)
            Held overnight.
        close : array of shape (n_symbols,)
            Of the bar before.
        """
        short = np.maximum(-shares, 0.0) * close
        free = cash - short.sum(axis=1)
        flows = {}
        for kind in self.kinds:
            if kind == "interest":
                flows[kind] = np.maximum(free, 0.0) * self.cash
            elif kind == "debit":
                flows[kind] = -np.maximum(-free, 0.0) * self.debit
            elif kind == "borrow":
                flows[kind] = -(short * self.borrow).sum(axis=1)
            elif self.dividends is not None:
                flows[kind] = (shares * self.dividends[bar]).sum(axis=1)
        return flows
