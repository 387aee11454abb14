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


def fund(orders: BarOrders, charges: Charges, bar: int, available: Array, flags: Flags) -> Array:
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
    available : array of shape (n_accounts,)
        What may be spent.
    flags : uint16 array of shape (n_accounts, n_symbols)
        Reasons are added to it.
    """
    # Each account by the method that suits it, whatever the others beside it need.
    straight = orders.straight & charges.straight
    if straight.any() and not straight.all():
        size = np.empty_like(orders.held)
        for rows in (np.flatnonzero(straight), np.flatnonzero(~straight)):
            marks = flags[rows]
            part = orders.rows(rows), charges.rows(rows)
            size[rows] = fund(*part, bar, available[rows], marks)
            flags[rows] = marks
        return size
    nothing = np.zeros_like(orders.value)
    base = orders.base
    payable = charges.need(bar, orders.sizes(nothing), base) <= available
    if straight.all():
        factor = _newton(orders, charges, bar, available)
    else:
        factor = _bisected(
            lambda one: charges.need(bar, orders.sizes(one), base) <= available, nothing
        )
    factor = np.where(payable[:, None], factor, 0.0)
    size = orders.sizes(factor, flags)
    asked = orders.sizes(np.ones_like(factor))
    if payable.all():
        mark(flags, _differ(size, asked), Reason.CASH)
        return size

    buying = (size > 0) & ~payable[:, None]

    def covering(share: Array) -> Array:
        shared = orders.whole(np.where(buying, size * share, size))
        return np.where(buying, shared, size)

    if straight.all():
        covers = charges.need(bar, np.where(buying, size, 0.0), base)
        sells = charges.need(bar, np.where(buying, 0.0, size), base)
        room = np.clip(available - sells, 0.0, None)
        share = np.divide(room, covers, out=np.ones_like(room), where=covers > 0)[:, None]
    else:
        share = _bisected(lambda one: charges.need(bar, covering(one), base) <= available, nothing)
    size = covering(share)
    mark(flags, _differ(size, asked), Reason.CASH)
    return size


def _differ(size: Array, asked: Array) -> NDArray[np.bool_]:
    differ: NDArray[np.bool_] = np.abs(size - asked) > ROUNDING * np.abs(asked)
    return differ


def _newton(orders: BarOrders, charges: Charges, bar: int, available: Array) -> Array:
    """Find the factors where need meets cash: a convex function, met from above.

    On the straight pieces that proportional costs make of it, the steps end on the very root.
    """
    factor = np.ones_like(orders.value)
    scaled = orders.target * orders.value / np.where(orders.base > 0, orders.base, 1.0)
    if orders.turnover is not None:
        scaled = scaled * orders.turnover
    scaled[~(orders.active & (orders.target > 0))] = 0.0
    for _ in range(_NEWTON):
        size = orders.sizes(factor)
        excess = charges.need(bar, size, orders.base) - available
        short = excess > _EXACT * orders.value[:, 0]
        if not short.any():
            break
        slope = (scaled * charges.marginal(bar, size, orders.base)).sum(axis=1)
        step = np.divide(excess, slope, out=np.zeros_like(excess), where=short & (slope > 0))
        factor = np.clip(factor - step[:, None], 0.0, 1.0)
    return factor


def _bisected(affordable: Callable[[Array], NDArray[np.bool_]], low: Array) -> Array:
    """Halve [0, 1] until the largest affordable number is known, for each account."""
    high = np.ones_like(low)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = affordable(middle)[:, None]
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return low
