"""A target that looks at the path of a trade: which barrier does it touch first?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.bounds import above_zero, at_least
from lstmtrader.clock import Execution
from lstmtrader.features.returns import rolling_volatility
from lstmtrader.forecast import ForecastKind
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class TripleBarrier:
    """1 or -1 for the barrier that a trade touches first, 0 where time runs out before.

    Let ``P(0)`` be the fill of a decision at ``t`` and ``s`` the volatility of one-bar log returns
    known at the close of ``t``, per bar and not scaled to the horizon. The barriers are at
    ``log(P(k) / P(0)) >= upper * s`` and ``<= -lower * s``, for ``k = 1 ... horizon`` bars after
    the fill. `P` is the price that orders are filled at (opens with ``next_open``, else closes):
    a barrier that only a high or a low touched counts as not touched, since an order could not
    have been filled there by these clocks.

    NaN where the volatility is unknown or zero, where the fill or a price before the touch is
    missing, and where the whole path is not over yet: a touch is not told earlier than a miss.

    Parameters
    ----------
    horizon : int
        Bars from the fill to the vertical barrier.
    upper, lower : float
        Distance of the barriers, in units of one-bar volatility.
    volatility_window : int
        Bars of that volatility.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning, chapter 3. Wiley.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> target = TripleBarrier(horizon=5)
    >>> target.kind.value
    'direction'
    >>> labels = target(prices, Execution.NEXT_OPEN)
    >>> labels.iloc[-7].round(3).tolist(), int(labels.iloc[-6:].notna().to_numpy().sum())
    ([0.0, -1.0, 1.0], 0)
    """

    horizon: int = 10
    upper: float = 2.0
    lower: float = 2.0
    volatility_window: int = 60

    def __post_init__(self) -> None:
        at_least(1, horizon=self.horizon)
        at_least(2, volatility_window=self.volatility_window)
        above_zero(upper=self.upper, lower=self.lower)

    @property
    def kind(self) -> ForecastKind:
        """Side of the move."""
        return ForecastKind.DIRECTION

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        """See `Target`."""
        fill = np.log(prices.fill_price(execution).to_numpy(dtype=np.float64))
        size = rolling_volatility(prices, self.volatility_window).to_numpy()
        label = np.full(fill.shape, np.nan)
        rows = max(len(fill) - execution.label_span(self.horizon), 0)
        entry, size = fill[execution.lag :][:rows], size[:rows]
        side = np.zeros_like(entry)
        undecided = np.isfinite(entry) & (size > 0)
        side[~undecided] = np.nan
        for bars in range(1, self.horizon + 1):
            move = fill[execution.lag + bars :][:rows] - entry
            reached = (move >= self.upper * size) * 1.0 - (move <= -self.lower * size)
            # No price: what happened there is unknown, and so is everything after it.
            reached[np.isnan(move)] = np.nan
            side[undecided] = reached[undecided]
            undecided &= reached == 0
        label[:rows] = side
        return pd.DataFrame(label, index=prices.index, columns=prices.close.columns)
