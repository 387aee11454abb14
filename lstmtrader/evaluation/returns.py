"""What every figure of merit does to a series of returns first."""

from __future__ import annotations

import numpy as np
import pandas as pd


def cleaned(returns: pd.Series) -> np.ndarray:
    """Return simple returns without NaN rows, up to a loss of everything.

    A return of -1 (or less) is kept and ends the series: there is no account to go on with.

    Parameters
    ----------
    returns : Series of shape (n_bars,)

    Returns
    -------
    float64 array of shape (n,)
        May be empty.
    """
    values = np.asarray(returns, dtype=np.float64)
    values = values[~np.isnan(values)]
    ruin = np.flatnonzero(values <= -1)
    return values[: ruin[0] + 1] if len(ruin) else values
