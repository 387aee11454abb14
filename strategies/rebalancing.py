"""When strategies that do not trade on every bar decide. Itself no strategy."""

from __future__ import annotations

import numpy as np
import pandas as pd


def each_nth(weights: pd.DataFrame, every: int) -> pd.DataFrame:
    """Decide on every `every`-th bar, from the first with a position on, and hold between."""
    wanted = weights.fillna(0.0).ne(0.0).any(axis=1).to_numpy()
    if not wanted.any():
        return weights
    since = np.arange(len(weights)) - wanted.argmax()
    return weights.where(pd.Series((since < 0) | (since % every == 0), index=weights.index), axis=0)


def gated(weights: pd.DataFrame, allowed: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Weights where `allowed`, 0 elsewhere; where it becomes so again, the latest decision.

    `allowed` is bool, of each bar and symbol or of each bar.
    """
    again = allowed & ~allowed.shift(1, fill_value=False)
    return weights.where(~again, weights.ffill(), axis=0).where(allowed, 0.0, axis=0)
