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
    tables = [paired(accounts) for accounts in ([strategy], [benchmark], [strategy, benchmark])]
    for place, values in enumerate(tables):
        if len(values):
            point = [_figures(one[None], periods_per_year)[0] for one in values.T]
            table[:, place, 0] = _less(point)
    places = [place for place, values in enumerate(tables) if len(values) >= MIN_BARS]
    long = [tables[place] for place in places]
    resampled = _replicate(long, periods_per_year, replications, seed)
    for place, drawn in zip(places, resampled, strict=True):
        table[:, place, 1:] = np.quantile(_less(drawn), ends, axis=0).T
    names = [f"{column}{end}" for column in _COLUMNS for end in ("", "_low", "_high")]
    return pd.DataFrame(
        table.reshape(len(FIGURES), -1), index=pd.Index(FIGURES, name="figure"), columns=names
    )


def _replicate(
    tables: list[np.ndarray], periods_per_year: int, replications: int, seed: int
) -> list[np.ndarray]:
    """Figures of each table's resampled accounts, shape (n_accounts, replications, n_figures).

    Tables of as many bars, in blocks as long, are resampled by the same bars: these are drawn
    once, and an account that is in several of the tables is looked at once.
    """
    draws = [(len(values), block_length(values)) for values in tables]
    figures: dict[tuple[int, int, bytes], np.ndarray] = {}
    for n_bars, block in dict.fromkeys(draws):
        accounts = {
            one.tobytes(): one
            for values, draw in zip(tables, draws, strict=True)
            if draw == (n_bars, block)
            for one in values.T
        }
        resampled = _resample(list(accounts.values()), block, periods_per_year, replications, seed)
        for account, drawn in zip(accounts, resampled, strict=True):
            figures[n_bars, block, account] = drawn
    return [
        np.stack([figures[*draw, one.tobytes()] for one in values.T])
        for values, draw in zip(tables, draws, strict=True)
    ]


def _resample(
    accounts: list[np.ndarray], block: int, periods_per_year: int, replications: int, seed: int
) -> np.ndarray:
    """Figures of accounts of as many bars, drawn together: as `_replicate`, of one table."""
    n_bars = len(accounts[0])
    draw = resampling().StationaryBootstrap(block, np.arange(n_bars), seed=seed)
    figures = np.full((len(accounts), replications, len(FIGURES)), np.nan)
    size = max(1, _CELLS // n_bars)
    for start in range(0, replications, size):
        rows = slice(start, min(start + size, replications))
        bars = np.stack([draw.update_indices() for _ in range(rows.start, rows.stop)])
        for account, values in enumerate(accounts):
            if (values > -1).all():
                figures[account, rows] = _figures(values[bars], periods_per_year)
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
