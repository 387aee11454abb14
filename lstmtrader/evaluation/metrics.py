"""Gain and risk of a series of bar returns: pure functions, one definition each.

All take simple returns per bar and, where they annualise, the number of bars a year of the trading
calendar. NaN rows are dropped, and a return of -100 % ends the series. A figure that is not
defined (an empty series, no dispersion, no loss to divide by) is NaN, never 0 or infinity.
Drawdowns are in `lstmtrader.evaluation.drawdown`, tails and moments in
`lstmtrader.evaluation.tails`, comparisons with a benchmark in `lstmtrader.evaluation.relative`.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.evaluation.returns import cleaned, deviation, in_excess, surviving

_SECONDS_A_YEAR = 365.25 * 86_400


def total_return(returns: pd.Series) -> float:
    """Compound return over the whole series, Π(1 + r) - 1, at least -1; NaN if empty."""
    values = cleaned(returns)
    return _growth(values) - 1 if len(values) else math.nan


def cagr(returns: pd.Series, periods_per_year: int) -> float:
    """Compound annual growth rate by bars: Π(1 + r)^(periods_per_year / n) - 1; NaN if empty."""
    values = cleaned(returns)
    if not len(values):
        return math.nan
    return float(_growth(values) ** (periods_per_year / len(values)) - 1)


def cagr_by_calendar(returns: pd.Series, since: pd.Timestamp) -> float:
    """Compound annual growth rate by elapsed time: Π(1 + r)^(365.25 / days) - 1.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
        On timestamps.
    since : Timestamp
        The bar of the capital, before the first return.

    Returns
    -------
    float
        NaN if there are no returns, or no time has passed.
    """
    kept = surviving(returns)
    if not len(kept):
        return math.nan
    years = (kept.index[-1] - since).total_seconds() / _SECONDS_A_YEAR
    return float(_growth(kept.to_numpy()) ** (1 / years) - 1) if years > 0 else math.nan


def volatility(returns: pd.Series, periods_per_year: int) -> float:
    """Annualised standard deviation of the bar returns, ddof 1; NaN below two bars."""
    return deviation(cleaned(returns)) * math.sqrt(periods_per_year)


def sharpe_ratio(
    returns: pd.Series, periods_per_year: int, risk_free: pd.Series | None = None
) -> float:
    """Annualised Sharpe ratio: mean over standard deviation (ddof 1) of excess returns.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
    periods_per_year : int
    risk_free : Series, optional
        Simple returns per bar; bars without one are dropped. None is a rate of zero.

    Returns
    -------
    float
        NaN without dispersion.

    References
    ----------
    Sharpe, W. F. (1994). The Sharpe Ratio. Journal of Portfolio Management, 21(1), 49-58.
    """
    values = cleaned(returns) if risk_free is None else in_excess(returns, risk_free).to_numpy()
    spread = deviation(values)
    return float(values.mean()) / spread * math.sqrt(periods_per_year) if spread > 0 else math.nan


def sortino_ratio(returns: pd.Series, periods_per_year: int) -> float:
    """Annualised mean over downside deviation, target 0, over *all* bars; NaN without losses.

    References
    ----------
    Sortino, F. A. and van der Meer, R. (1991). Downside risk. Journal of Portfolio Management,
    17(4), 27-31.
    """
    values = cleaned(returns)
    if not len(values):
        return math.nan
    downside = math.sqrt(float(np.mean(np.minimum(values, 0) ** 2)))
    return float(values.mean()) / downside * math.sqrt(periods_per_year) if downside else math.nan


def omega_ratio(returns: pd.Series, threshold: float = 0.0) -> float:
    """Sum of what is above a threshold per bar over the sum of what is below; NaN without losses.

    References
    ----------
    Keating, C. and Shadwick, W. F. (2002). A Universal Performance Measure. Journal of
    Performance Measurement, 6(3), 59-84.
    """
    over = cleaned(returns) - threshold
    lost = float(np.maximum(-over, 0).sum())
    return float(np.maximum(over, 0).sum()) / lost if lost else math.nan


def hit_rate(returns: pd.Series) -> float:
    """Fraction of bars with a gain among bars that were not flat; NaN if all were."""
    values = cleaned(returns)
    moved = values[values != 0]
    return float((moved > 0).mean()) if len(moved) else math.nan


def profit_factor(returns: pd.Series) -> float:
    """Sum of the gains over the sum of the losses of bars; NaN without losses.

    It is the Omega ratio at a threshold of zero, under the name that traders know; that of trades
    is in `lstmtrader.evaluation.round_trips.trade_figures`.
    """
    return omega_ratio(returns)


def _growth(values: np.ndarray) -> float:
    # An account is worth nothing at the least, even where a position lost more.
    return max(float(np.prod(1 + values)), 0.0)
