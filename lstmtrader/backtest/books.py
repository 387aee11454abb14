"""Books: what became of several accounts, bar by bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Books:
    """What became of several accounts.

    Parameters
    ----------
    shares, price : float64 arrays of shape (n_bars, n_accounts, n_symbols)
        Held after each bar; price of each fill, NaN where there was none.
    reasons : uint16 array of shape (n_bars, n_accounts, n_symbols)
        `Reason` flags.
    cash, equity, value, spent : float64 arrays of shape (n_bars, n_accounts)
        Cash and equity after each bar; the value that sized its orders; what its buys and all
        commissions took.
    flows : dict of str to float64 array of shape (n_bars, n_accounts)
        Money of each night, signed: ``interest``, ``debit``, ``borrow``, ``dividends``.
    stops : int array of shape (n_accounts,)
        Bars until the account ended; all bars if it did not.
    ruined, liquidated : bool arrays of shape (n_accounts,) and (n_bars, n_accounts)
    """

    shares: Array
    price: Array
    reasons: NDArray[np.uint16]
    cash: Array
    equity: Array
    value: Array
    spent: Array
    flows: dict[str, Array]
    stops: NDArray[np.intp]
    ruined: Mask
    liquidated: Mask

    def account(self, number: int) -> Books:
        """Take one account, up to the bar on which it ended."""
        only, stop = slice(number, number + 1), int(self.stops[number])
        return Books(
            shares=self.shares[:stop, only],
            price=self.price[:stop, only],
            reasons=self.reasons[:stop, only],
            cash=self.cash[:stop, only],
            equity=self.equity[:stop, only],
            value=self.value[:stop, only],
            spent=self.spent[:stop, only],
            flows={name: one[:stop, only] for name, one in self.flows.items()},
            stops=self.stops[only],
            ruined=self.ruined[only],
            liquidated=self.liquidated[:stop, only],
        )
