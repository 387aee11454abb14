"""Intervals of an account's figures by the stationary bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.significance.blocks import MIN_BARS, block_length, disperse, paired
from lstmtrader.evaluation.significance.libraries import resampling

FIGURES = ("sharpe", "cagr", "max_drawdown")
_COLUMNS = ("strategy", "benchmark", "difference")
# Bars x replications that are worked on at once: what fits into the cache of a core.
_CELLS = 250_000


def bootstrap_intervals(
    strategy: pd.Series,
    benchmark: pd.Series,
    periods_per_year: int,
    *,
    level: float = 0.95,
    replications: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Intervals of Sharpe ratio, CAGR and maximum drawdown, and of the difference of two accounts.

    Each account is resampled by itself, on its own bars, so that its interval does not depend on
    what it is compared with. For the difference both are resampled together, the same bars of
    each, so that what they have in common cancels as it does in life. Blocks have a mean length
    of `block_length`, so that autocorrelation up to about that length is kept; clusters of
    volatility that last longer are broken up, which makes deep drawdowns rarer than they are.

    Parameters
    ----------
    strategy, benchmark : Series
        Simple returns per bar; their difference is that on the bars that both have.
    periods_per_year : int
        From the calendar.
    level : float
        Coverage of the intervals: between the quantiles (1 - level)/2 and (1 + level)/2 of the
        replications (percentile intervals, not studentised).
    replications : int
    seed : int
        The same seed gives the same intervals to the last bit.

    Returns
    -------
    DataFrame
        Indexed by ``sharpe`` (annualised), ``cagr`` and ``max_drawdown`` (up to 0; the initial
        capital counts as a high); columns ``strategy``, ``benchmark`` and ``difference``
        (strategy minus benchmark), each with ``_low`` and ``_high``. Bounds are NaN below
        `MIN_BARS` bars, for an account that was ruined (no bar follows its last), and where a
        replication leaves the figure undefined: too little happened to be resampled.

    References
    ----------
    Politis, D. N. and Romano, J. P. (1994). The Stationary Bootstrap. Journal of the American
    Statistical Association, 89(428), 1303-1313. Ledoit, O. and Wolf, M. (2008). Robust performance
    hypothesis testing with the Sharpe ratio. Journal of Empirical Finance, 15(5), 850-859.
    """
    if not 0 < level < 1:
        raise ConfigError(f"level: expected above 0 and below 1; got {level}")
    if replications < 1:
        raise ConfigError(f"replications: expected at least 1; got {replications}")
    table = np.full((len(FIGURES), len(_COLUMNS), 3), np.nan)
    ends = [(1 - level) / 2, (1 + level) / 2]
    for place, accounts in enumerate(([strategy], [benchmark], [strategy, benchmark])):
        values = paired(accounts)
        if len(values):
            point = [_figures(one[None], periods_per_year)[0] for one in values.T]
            table[:, place, 0] = _less(point)
        if len(values) >= MIN_BARS:
            drawn = _less(_replicate(values, periods_per_year, replications, seed))
            table[:, place, 1:] = np.quantile(drawn, ends, axis=0).T
    names = [f"{column}{end}" for column in _COLUMNS for end in ("", "_low", "_high")]
    return pd.DataFrame(
        table.reshape(len(FIGURES), -1), index=pd.Index(FIGURES, name="figure"), columns=names
    )


def _replicate(
    values: np.ndarray, periods_per_year: int, replications: int, seed: int
) -> np.ndarray:
    """Figures of resampled accounts, shape (n_accounts, replications, n_figures)."""
    n_bars = len(values)
    ruined = (values <= -1).any(axis=0)
    draw = resampling().StationaryBootstrap(block_length(values), np.arange(n_bars), seed=seed)
    draws = (drawn[0][0] for drawn in draw.bootstrap(replications))
    figures = np.full((values.shape[1], replications, len(FIGURES)), np.nan)
    size = max(1, _CELLS // n_bars)
    for start in range(0, replications, size):
        rows = slice(start, min(start + size, replications))
        bars = np.stack([next(draws) for _ in range(rows.start, rows.stop)])
        for account in np.flatnonzero(~ruined):
            figures[account, rows] = _figures(values[:, account][bars], periods_per_year)
    return figures


def _figures(paths: np.ndarray, periods_per_year: int) -> np.ndarray:
    """Figures of every path of returns: (n_paths, n_bars) to (n_paths, n_figures)."""
    n_paths, n_bars = paths.shape
    figures = np.full((n_paths, len(FIGURES)), np.nan)
    moving = disperse(paths.T)
    if moving.any():
        of = paths[moving]
        figures[moving, 0] = of.mean(axis=1) / of.std(axis=1, ddof=1) * math.sqrt(periods_per_year)
    with np.errstate(divide="ignore"):  # a loss of everything is minus infinity
        equity = np.log1p(np.maximum(paths, -1)).cumsum(axis=1)
    figures[:, 1] = np.expm1(equity[:, -1] * periods_per_year / n_bars)
    highest = np.maximum(np.maximum.accumulate(equity, axis=1), 0)
    figures[:, 2] = np.expm1((equity - highest).min(axis=1))
    return figures


def _less(figures: np.ndarray | list[np.ndarray]) -> np.ndarray:
    """Figures of one account, or of the first less those of the second."""
    return figures[0] if len(figures) == 1 else figures[0] - figures[1]
