"""Wanted against held: every order that was not filled as asked, with the reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

_TOLERANCE = 1e-9


def unfilled_orders(
    orders: np.ndarray,
    reference: np.ndarray,
    sizing: np.ndarray,
    shares: np.ndarray,
    cash: np.ndarray,
    capital: float,
) -> pd.DataFrame:
    """List the target weights that the account did not reach on their fill bar.

    Parameters
    ----------
    orders : array of shape (n_bars, n_symbols)
        Target weights on their fill bar, NaN for none.
    reference, sizing : array of shape (n_bars, n_symbols)
        Fill price before slippage (NaN: none) and the price the account was sized with.
    shares, cash : array of shape (n_bars, n_symbols) and (n_bars,)
        After the bar's fills.
    capital : float
        Cash before the first bar.

    Returns
    -------
    DataFrame
        date and symbol (positions), wanted and achieved weight, reason: ``no_price`` (the order
        was dropped) or ``cash`` (it was cut). Weights are fractions of the value that sized them.
    """
    shares_before = np.vstack([np.zeros((1, shares.shape[1])), shares[:-1]])
    cash_before = np.concatenate([[capital], cash[:-1]])
    price = np.where(np.isnan(sizing), 0.0, sizing)
    value = cash_before + (shares_before * price).sum(axis=1)
    achieved = shares * price / value[:, None]
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
