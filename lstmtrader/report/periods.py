"""Returns of calendar months and years, compounded from bar returns."""

from __future__ import annotations

import pandas as pd


def monthly_returns(returns: pd.Series) -> pd.DataFrame:
    """Compound bar returns by calendar month.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
        Simple returns; NaN counts as no move.

    Returns
    -------
    DataFrame of shape (n_years, 12)
        Years down, months 1 to 12 across; NaN where there is no bar.
    """
    bars = returns.index
    growth = (1 + returns.fillna(0.0)).groupby([bars.year, bars.month]).prod() - 1
    return growth.unstack().reindex(columns=range(1, 13))


def yearly_returns(strategy: pd.Series, benchmark: pd.Series) -> pd.DataFrame:
    """Compound bar returns of both accounts by calendar year.

    Returns
    -------
    DataFrame
        Indexed by year; strategy, benchmark (NaN without bars) and bars: the larger number of
        bars either account has in that year, which tells whole years from parts.
    """
    columns = {}
    counts = []
    for name, returns in (("strategy", strategy), ("benchmark", benchmark)):
        by_year = (1 + returns.fillna(0.0)).groupby(returns.index.year)
        columns[name] = by_year.prod() - 1
        counts.append(by_year.size())
    table = pd.DataFrame(columns)
    table["bars"] = pd.concat(counts, axis=1).max(axis=1).astype(int)
    return table.sort_index()
