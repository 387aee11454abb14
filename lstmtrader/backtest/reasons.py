"""Why an order was not filled as it was wanted."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray


class Reason(IntFlag):
    """Flags of an order; of several, the highest is the one that is named.

    The first ones say what became of the decision before it was an order, the others what became
    of the order.
    """

    PER_NAME = 1 << 0
    SCALED_TO_GROSS = 1 << 1
    SCALED_TO_NET = 1 << 2
    BAND = 1 << 3
    TURNOVER = 1 << 4
    LOT = 1 << 5
    CASH = 1 << 6
    PARTICIPATION = 1 << 7
    NO_ESTIMATE = 1 << 8
    NO_PRICE = 1 << 9
    MARGIN = 1 << 10
    RUINED = 1 << 11
    CARRIED = 1 << 12
    """Not a reason: the order was left over from an earlier bar."""
    DELISTED = 1 << 13
    """Not a reason: the account closed the position because the symbol stopped trading."""
    LIQUIDATED = 1 << 14
    """Not a reason: the account closed the position for want of margin."""


def mark(flags: NDArray[np.uint16], where: NDArray[np.bool_], reason: Reason) -> None:
    """Add a reason to the flags of some orders."""
    flags[where] |= np.uint16(reason)


def marked(flags: NDArray[np.uint16], reason: Reason) -> NDArray[np.bool_]:
    """Say which orders have any of some reasons."""
    found: NDArray[np.bool_] = np.bitwise_and(flags, np.uint16(reason)) != 0
    return found


ORIGINS = Reason.CARRIED | Reason.DELISTED | Reason.LIQUIDATED
"""Flags that say where an order came from rather than why it fell short."""

WORDS = {
    Reason.PER_NAME: "cut to the limit per name",
    Reason.SCALED_TO_GROSS: "scaled to gross limit",
    Reason.SCALED_TO_NET: "scaled to net limit",
    Reason.BAND: "inside the no-trade band",
    Reason.TURNOVER: "scaled to turnover limit",
    Reason.LOT: "rounded to lots",
    Reason.CASH: "scaled to cash",
    Reason.PARTICIPATION: "cut to a share of the volume",
    Reason.NO_ESTIMATE: "without an estimate of their costs",
    Reason.NO_PRICE: "without a price",
    Reason.MARGIN: "dropped in a liquidation",
    Reason.RUINED: "with nothing left to trade",
}
