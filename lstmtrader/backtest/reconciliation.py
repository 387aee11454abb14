"""Wanted against held: every order that was not filled as asked, with the reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

_TOLERANCE = 1e-9


def unfilled_orders(
    orders: np.ndarray, reference: np.ndarray, achieved: np.ndarray
) -> pd.DataFrame:
    """List the target weights that the account did not reach on their fill bar.

    Parameters
    ----------
    orders : array of shape (n_bars, n_symbols)
        Target weights on their fill bar, NaN for none.
    reference : array of shape (n_bars, n_symbols)
        Fill price before slippage; NaN where there was none.
    achieved : array of shape (n_bars, n_symbols)
        Weights after the bar's fills, as fractions of the value that sized its orders.

    Returns
    -------
    DataFrame
        date and symbol (positions), wanted and achieved weight, reason: ``no_price`` (the order
        was dropped) or ``cash`` (there was not enough to cover a short, or nothing left at all).
    """
    missed = ~np.isnan(orders) & (np.abs(achieved - orders) > _TOLERANCE)
    bar, symbol = np.nonzero(missed)
    reason = np.where(np.isnan(reference[bar, symbol]), "no_price", "cash")
    return pd.DataFrame(
        {
            "date": bar,
            "symbol": symbol,
            "wanted": orders[bar, symbol],
            "achieved": achieved[bar, symbol],
            "reason": reason.astype(object),
        }
    )
