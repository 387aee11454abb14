"""The orders of one bar: from target weights to signed shares, for several accounts at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lstmtrader.backtest.reasons import Reason, mark

# An order or a position this far below what is held or traded is the rounding of nothing.
ROUNDING = 1e-9

Array = NDArray[np.float64]
Flags = NDArray[np.uint16]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class BarOrders:
    """What accounts want to trade on one bar, all of shape (n_accounts, n_symbols) or (…, 1).

    Parameters
    ----------
    target : array
        Target weights; anything where `active` is False.
    active : bool array
        Asked for, and can be filled.
    forced : bool array
        Closed whatever the limits say: delisted, or liquidated.
    base : array
        Price before slippage; 1 where not active.
    held : array
        Shares held.
    value : array of shape (n_accounts, 1)
        Sizes every order of the bar.
    most : array, optional
        Largest size by participation.
    lot : array of shape (n_accounts, 1), optional
    turnover : array of shape (n_accounts, 1), optional
        Factor that keeps the trades inside the turnover limit.
    """

    target: Array
    active: Mask
    forced: Mask
    base: Array
    held: Array
    value: Array
    most: Array | None = None
    lot: Array | None = None
    turnover: Array | None = None

    @property
    def straight(self) -> Mask:
        """Accounts in which each size is a linear function of the factor of the long targets."""
        straight = np.ones(len(self.target), dtype=bool)
        if self.most is not None:
            straight &= np.isinf(self.most).all(axis=1)
        if self.lot is not None:
            straight &= self.lot[:, 0] == 0
        return straight

    def rows(self, rows: NDArray[np.intp]) -> BarOrders:
        """Keep some of the accounts."""
        return BarOrders(
            *(None if one is None else one[rows] for one in vars(self).values())  # type: ignore[arg-type]
        )

    def within_band(self, band: Array, drift: Array) -> tuple[BarOrders, Mask]:
        """Leave alone what is near enough to its target; say what that is."""
        free = self.active & ~self.forced
        gap = np.where(free, np.abs(self.target - self.held * self.base / self.value), 0.0)
        near = free & (gap <= band) & (band > 0) & (self.target != 0)
        total = gap.sum(axis=1, keepdims=True)
        near |= free & (total <= drift) & (drift > 0)
        return replace(self, active=self.active & ~near), near

    def within_turnover(self, limit: Array) -> BarOrders:
        """Scale the trades, forced ones aside, so that no more than a limit is turned over."""
        wanted = np.where(self.forced, 0.0, np.abs(self._wanted()))
        traded = (wanted * self.base).sum(axis=1, keepdims=True)
        most = limit * self.value
        beyond = traded > most * (1 + ROUNDING)
        factor = np.where(beyond, most / np.where(beyond, traded, 1.0), 1.0)
        return replace(self, turnover=factor)

    def sizes(self, factor: Array | None = None, flags: Flags | None = None) -> Array:
        """Signed shares when the long targets are scaled by a factor for each account.

        Parameters
        ----------
        factor : array of shape (n_accounts, 1), optional
            None for 1.
        flags : uint16 array, optional
            Reasons are added to it.
        """
        size = self._wanted(factor)
        if self.turnover is not None:
            scaled = np.where(self.forced, size, size * self.turnover)
            _flag(flags, scaled != size, Reason.TURNOVER)
            size = scaled
        if self.most is not None:
            cut = np.where(self.forced, size, np.clip(size, -self.most, self.most))
            _flag(flags, cut != size, Reason.PARTICIPATION)
            size = cut
        if self.lot is not None:
            whole = self.whole(size)
            _flag(flags, np.abs(whole - size) > ROUNDING * np.abs(size), Reason.LOT)
            size = whole
        size[np.abs(size) <= ROUNDING * np.abs(self.held)] = 0.0
        return size

    def whole(self, size: Array) -> Array:
        """Round sizes, forced ones aside, towards zero to whole lots."""
        if self.lot is None:
            return size
        lot = np.where(self.lot > 0, self.lot, 1.0)
        whole = np.sign(size) * np.floor(np.abs(size) / lot + ROUNDING) * lot
        return np.where(self.forced | (self.lot == 0), size, whole)

    def _wanted(self, factor: Array | None = None) -> Array:
        weight = self.target
        if factor is not None:
            weight = np.where(weight > 0, weight * factor, weight)
        size: Array = weight * self.value / self.base - self.held
        size[~self.active] = 0.0
        return size


def _flag(flags: Flags | None, where: Mask, reason: Reason) -> None:
    if flags is not None:
        mark(flags, where, reason)
