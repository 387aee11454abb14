"""Which decisions become orders, and what becomes of an order that cannot be filled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import pandas as pd

from lstmtrader.bounds import one_of, whole
from lstmtrader.clock import Calendar
from lstmtrader.errors import ConfigError


class Unfilled(StrEnum):
    """What becomes of an order, or the rest of one, that its bar could not fill."""

    CANCEL = "cancel"
    CARRY = "carry"


@dataclass(frozen=True)
class Rebalancing:
    """When the account is brought to its target weights.

    Parameters
    ----------
    every : int or {"week", "month"}
        Every so many bars from the first decision on, or on the decision of the last session of
        each week or month by the trading calendar. Other decisions are not traded.
    drift : float
        Trade a bar's orders only when Σ|target - held| is more than this; 0 always trades.
    delay : int
        Bars by which orders are filled later than the execution says: what if I were late?
    unfilled : {"cancel", "carry"}
        What becomes of orders without a price, and of what exceeds `Limits.participation`.
        Carried ones keep their target weight until they are filled or the symbol gets a new one.

    Examples
    --------
    >>> Rebalancing(every="month").every
    'month'
    >>> Rebalancing(every=5, delay=1).delay
    1
    """

    every: int | Literal["week", "month"] = 1
    drift: float = 0.0
    delay: int = 0
    unfilled: Unfilled = Unfilled.CANCEL

    def __post_init__(self) -> None:
        object.__setattr__(self, "unfilled", one_of(Unfilled, unfilled=self.unfilled))
        if self.every not in ("week", "month"):
            if isinstance(self.every, str):
                raise ConfigError(
                    f"every: expected a number of bars, week or month; got {self.every!r}"
                )
            whole(1, every=self.every)
        whole(0, delay=self.delay)
        if not 0 <= self.drift < 10:
            raise ConfigError(f"drift: expected a sum of weights from 0; got {self.drift}")

    def keeps(self, index: pd.DatetimeIndex, bars: np.ndarray, calendar: Calendar) -> np.ndarray:
        """Say which decisions are traded.

        Parameters
        ----------
        index : DatetimeIndex of shape (n_decisions,)
        bars : int array of shape (n_decisions,)
            The bars of the decisions, counted from any bar.
        calendar : Calendar

        Returns
        -------
        bool array of shape (n_decisions,)
        """
        if isinstance(self.every, int):
            kept: np.ndarray = (bars - bars[0]) % self.every == 0
            return kept
        return calendar.ends_of(index, self.every)
