"""Log returns and their deviation: what features, targets and strategies are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader import vbt
from lstmtrader.prices import PriceFrame


def log_returns(prices: PriceFrame, horizon: int = 1) -> pd.DataFrame:
    """Log return of the close over the last `horizon` bars."""
    return log_ratio(prices.close, horizon, 0)


def log_ratio(prices: pd.DataFrame, earlier: int, later: int) -> pd.DataFrame:
    """Log of the prices `later` bars ago over those `earlier` bars ago; NaN where one is missing.

    Bars ago may be negative: bars ahead, for targets.
    """
    values = prices.to_numpy()
    shifted = [_shifted(values, by) for by in (later, earlier)]
    with np.errstate(all="ignore"):
        ratio = np.log(shifted[0] / shifted[1])
    return pd.DataFrame(ratio, index=prices.index, columns=prices.columns)


def _shifted(values: np.ndarray, by: int) -> np.ndarray:
    """The same rows `by` later, NaN where there are none; laid out in memory as they were."""
    moved = np.full_like(values, np.nan)
    if by >= 0:
        moved[by:] = values[: max(len(values) - by, 0)]
    else:
        moved[:by] = values[-by:]
    return moved


def rolling_volatility(prices: PriceFrame, window: int) -> pd.DataFrame:
    """Standard deviation (ddof 1) of the last `window` one-bar log returns, not annualised."""
    return vbt.rolling_std(log_returns(prices), window)
