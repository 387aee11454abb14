"""Orders that the cash can pay for: long targets of a bar are scaled pro rata, never cut."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lstmtrader.backtest.charges import Charges
from lstmtrader.backtest.orders import ROUNDING, BarOrders, Flags
from lstmtrader.backtest.reasons import Reason, mark

_NEWTON = 50
_HALVINGS = 60
_EXACT = 1e-14

Array = NDArray[np.float64]


def fund(
    orders: BarOrders,
    charges: Charges,
    bar: int,
    available: Array,
    need: Array,
    asked: Array,
    flags: Flags,
) -> Array:
    """Return the sizes of a bar's orders for accounts that cannot pay for all of them.

    All long targets of an account are scaled by the largest factor that it can pay for. Where not
    even selling every long pays for covering the shorts, all covers are filled to the same
    fraction.

    Parameters
    ----------
    orders : BarOrders
        Those of the accounts that are short of cash, and of no others.
    charges : Charges
        Of the same accounts.
    bar : int
    available, need : arrays of shape (n_accounts,)
        What may be spent, and what the orders need.
    asked : array of shape (n_accounts, n_symbols)
        The sizes of those orders.
    flags : uint16 array of shape (n_accounts, n_symbols)
        Reasons are added to it.
    """
    # Each account by the method that suits it, whatever the others beside it need.
    straight = orders.straight & charges.straight
    if straight.any() and not straight.all():
        size = np.empty_like(asked)
        for rows in (np.flatnonzero(straight), np.flatnonzero(~straight)):
            marks = flags[rows]
            size[rows] = fund(
                orders.rows(rows), charges.rows(rows), bar,
                available[rows], need[rows], asked[rows], marks,
            )  # fmt: skip
            flags[rows] = marks
        return size
    if straight.all():
        size, payable = _newton(orders, charges, bar, available, need, asked, flags)
    else:
        size, payable = _halved(orders, charges, bar, available, flags)
    if not payable.all():
        size = _covered(orders, charges, bar, available, size, ~payable)
    mark(flags, np.abs(size - asked) > ROUNDING * np.abs(asked), Reason.CASH)
    return size


def _newton(
    orders: BarOrders,
    charges: Charges,
    bar: int,
    available: Array,
    need: Array,
    size: Array,
    flags: Flags,
) -> tuple[Array, NDArray[np.bool_]]:
    """Find the factors where need meets cash: a convex function, met from above.

    On the straight pieces that proportional costs make of it, the steps end on the very root.
    Returns the sizes, and which accounts can pay for them.
    """
    factor = np.ones_like(orders.value)
    scaled = orders.target * orders.value / orders.base
    if orders.turnover is not None:
        scaled = scaled * orders.turnover
    scaled[~(orders.active & (orders.target > 0))] = 0.0
    for _ in range(_NEWTON):
        excess = need - available
        short = excess > _EXACT * orders.value[:, 0]
        if not (short & (factor[:, 0] > 0)).any():
            break
        slope = (scaled * charges.marginal(bar, size, orders.base)).sum(axis=1)
        step = np.divide(excess, slope, out=np.zeros_like(excess), where=short & (slope > 0))
        # Without any long target there is nothing to scale.
        step[short & (slope <= 0)] = 1.0
        factor = np.clip(factor - step[:, None], 0.0, 1.0)
        size = orders.sizes(factor)
        need = charges.need(bar, size, orders.base)
    if orders.turnover is not None:
        orders.sizes(factor, flags)
    return size, ~short | (factor[:, 0] > 0)


def _halved(
    orders: BarOrders, charges: Charges, bar: int, available: Array, flags: Flags
) -> tuple[Array, NDArray[np.bool_]]:
    """Find the factors by halving: fixed commissions, impact, lots and caps make no smooth line."""
    nothing = np.zeros_like(orders.value)

    def affordable(factor: Array) -> NDArray[np.bool_]:
        enough: NDArray[np.bool_] = (
            charges.need(bar, orders.sizes(factor), orders.base) <= available
        )
        return enough

    payable = affordable(nothing)
    factor = np.where(payable[:, None], _bisected(affordable, nothing), 0.0)
    return orders.sizes(factor, flags), payable


def _covered(
    orders: BarOrders,
    charges: Charges,
    bar: int,
    available: Array,
    size: Array,
    short: NDArray[np.bool_],
) -> Array:
    """Fill the covers of accounts that are short of cash to the fraction they can pay for."""
    buying = (size > 0) & short[:, None]

    def covering(share: Array) -> Array:
        return np.where(buying, orders.whole(size * share), size)

    if (orders.straight & charges.straight).all():
        covers = charges.need(bar, np.where(buying, size, 0.0), orders.base)
        sells = charges.need(bar, np.where(buying, 0.0, size), orders.base)
        room = np.clip(available - sells, 0.0, None)
        share = np.divide(room, covers, out=np.ones_like(room), where=covers > 0)[:, None]
        return covering(np.minimum(share, 1.0))
    nothing = np.zeros_like(orders.value)
    return covering(
        _bisected(
            lambda share: charges.need(bar, covering(share), orders.base) <= available, nothing
        )
    )


def _bisected(affordable: Callable[[Array], NDArray[np.bool_]], low: Array) -> Array:
    """Halve [0, 1] until the largest affordable number is known, for each account."""
    high = np.ones_like(low)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = affordable(middle)[:, None]
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return low
