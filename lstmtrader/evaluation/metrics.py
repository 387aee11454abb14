"""Performance figures of a series of bar returns: pure functions, one definition each.

All take simple returns per bar (NaN rows are dropped) and, where they annualise, the number of
bars a year of the trading calendar. A figure that is not defined (an empty series, no
dispersion) is NaN, never 0 or infinity.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.backtest.result import BacktestResult

# Below this a standard deviation is rounding, not dispersion.
_NO_DISPERSION = 1e-14


def _clean(returns: pd.Series) -> np.ndarray:
    values = np.asarray(returns, dtype=np.float64)
    return values[~np.isnan(values)]


def total_return(returns: pd.Series) -> float:
    """Compound return over the whole series, Π(1 + r) - 1."""
    values = _clean(returns)
    return float(np.prod(1 + values) - 1) if len(values) else math.nan


def cagr(returns: pd.Series, periods_per_year: int) -> float:
    """Compound annual growth rate by bars: Π(1 + r)^(periods_per_year / n) - 1."""
    values = _clean(returns)
    if not len(values):
        return math.nan
    growth = float(np.prod(1 + values))
    return growth ** (periods_per_year / len(values)) - 1 if growth > 0 else -1.0


def volatility(returns: pd.Series, periods_per_year: int) -> float:
    """Annualised standard deviation of the bar returns, ddof 1."""
    values = _clean(returns)
    if len(values) < 2:
        return math.nan
    return float(values.std(ddof=1) * math.sqrt(periods_per_year))


def sharpe_ratio(returns: pd.Series, periods_per_year: int) -> float:
    """Annualised Sharpe ratio against a rate of zero; NaN without dispersion.

    References
    ----------
    Sharpe, W. F. (1994). The Sharpe Ratio. Journal of Portfolio Management, 21(1), 49-58.
    """
    values = _clean(returns)
    if len(values) < 2:
        return math.nan
    deviation = values.std(ddof=1)
    if deviation <= _NO_DISPERSION * max(1.0, float(np.abs(values).max())):
        return math.nan
    return float(values.mean() / deviation * math.sqrt(periods_per_year))


def sortino_ratio(returns: pd.Series, periods_per_year: int) -> float:
    """Annualised mean over downside deviation, target 0, over *all* bars; NaN without losses.

    References
    ----------
    Sortino, F. A. and van der Meer, R. (1991). Downside risk. Journal of Portfolio Management,
    17(4), 27-31.
    """
    values = _clean(returns)
    if not len(values):
        return math.nan
    downside = math.sqrt(float(np.mean(np.minimum(values, 0) ** 2)))
    return float(values.mean()) / downside * math.sqrt(periods_per_year) if downside else math.nan


def drawdowns(returns: pd.Series) -> pd.Series:
    """Loss from the highest equity so far, the initial capital included; 0 at a new high."""
    equity = (1 + returns.fillna(0.0)).cumprod()
    return (equity / equity.cummax().clip(lower=1.0) - 1).rename("drawdown")


def max_drawdown(returns: pd.Series) -> float:
    """Deepest drawdown as a fraction up to 0; a loss on the first bar counts."""
    values = _clean(returns)
    return float(drawdowns(pd.Series(values)).min()) if len(values) else math.nan


def calmar_ratio(returns: pd.Series, periods_per_year: int) -> float:
    """CAGR over the depth of the maximum drawdown; NaN without a drawdown."""
    depth = -max_drawdown(returns)
    return cagr(returns, periods_per_year) / depth if depth > 0 else math.nan


def hit_rate(returns: pd.Series) -> float:
    """Fraction of bars with a gain among bars that were not flat."""
    values = _clean(returns)
    moved = values[values != 0]
    return float((moved > 0).mean()) if len(moved) else math.nan


def performance(result: BacktestResult) -> dict[str, float]:
    """Return the figures of one account that the summary and the report show.

    Returns
    -------
    dict
        Fractions, not percent; `turnover_per_year` counts buys and sells (1 = the account once);
        `costs_per_year` is costs paid over average equity and years. Averages are over the bars
        that have a return.
    """
    returns, periods = result.returns, result.periods_per_year
    bars = returns.index
    years = len(returns) / periods
    paid = float(result.costs_paid.to_numpy().sum())
    return {
        "total_return": total_return(returns),
        "cagr": cagr(returns, periods),
        "volatility": volatility(returns, periods),
        "sharpe": sharpe_ratio(returns, periods),
        "sortino": sortino_ratio(returns, periods),
        "max_drawdown": max_drawdown(returns),
        "calmar": calmar_ratio(returns, periods),
        "hit_rate": hit_rate(returns),
        "gross_exposure": float(result.gross[bars].mean()),
        "net_exposure": float(result.net[bars].mean()),
        "turnover_per_year": float(result.turnover.sum()) / years if years else math.nan,
        "costs_per_year": paid / float(result.equity[bars].mean()) / years if years else math.nan,
        "final_equity": float(result.equity.iloc[-1]),
    }
