"""How much an account held, traded and paid, and how much money it could have traded with.

Averages and rates are over the bars that have a return.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lstmtrader.backtest.market import Market
from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.prices import PriceFrame


def gross_exposure(record: TrackRecord) -> float:
    """Mean of Σ|w| held at the closes; NaN without bars."""
    return _mean(_on_bars(record, record.gross))


def net_exposure(record: TrackRecord) -> float:
    """Mean of Σw held at the closes; NaN without bars."""
    return _mean(_on_bars(record, record.net))


def time_in_market(record: TrackRecord) -> float:
    """Fraction of the closes at which anything was held; NaN without bars."""
    return _mean(_on_bars(record, record.gross) > 0)


def turnover_per_year(record: TrackRecord) -> float:
    """Turnover Σ|Δw| a year, buys plus sells: 2 buys and sells the whole account once."""
    years = _years(record)
    return float(record.turnover.sum()) / years if years else math.nan


def holding_period(record: TrackRecord) -> float:
    """Mean bars that money stays in a position: mean gross exposure over one-sided turnover a bar.

    One-sided turnover is half of buys plus sells; what is still held at the end counts as sold
    there. NaN without turnover.
    """
    held = _on_bars(record, record.gross)
    turned = float(record.turnover.sum() + (held[-1] if len(held) else 0.0)) / 2
    return float(held.sum()) / turned if turned > 0 and len(held) else math.nan


def costs_by_kind(record: TrackRecord) -> dict[str, float]:
    """Money paid a year over the mean equity, by kind: fees, slippage, debit, borrow.

    Returns
    -------
    dict of str to float
        The kinds that the account knows; they add up to all costs. NaN without bars.
    """
    years, equity = _years(record), _mean(_on_bars(record, record.equity))
    paid = record.costs_paid
    sums = paid.to_numpy().sum(axis=0)
    return {
        str(kind): float(sums[at]) / equity / years if years else math.nan
        for at, kind in enumerate(paid.columns)
    }


def capacity(record: TrackRecord, prices: PriceFrame, coefficient: float = 1.0) -> float:
    """Estimate the capital at which market impact would have eaten the whole gain.

    Each fill is charged ``coefficient x volatility x sqrt(order / volume)`` of its value, with the
    volatility of a bar and the mean volume of the 20 bars before it, as `Costs.impact` does. As a
    fraction of equity that grows with the square root of the capital, so that ::

        capacity = capital x (log growth of the account / Σ impact over equity)²

    To first order: orders, path and all other costs stay as they were. That errs on the careful
    side, as an account that gains less trades less. One that was traded with an impact already
    pays for this one on top.

    Parameters
    ----------
    record : TrackRecord
    prices : PriceFrame
        Those that were traded.
    coefficient : float
        Of the square-root law; about 1 in the literature.

    Returns
    -------
    float
        Money at the start. NaN without volumes, without fills that have both estimates, without
        an impact, and for an account that ended no higher than it began. Fills without estimates
        are charged the average of the others.

    References
    ----------
    Almgren, R., Thum, C., Hauptmann, E. and Li, H. (2005). Direct Estimation of Equity Market
    Impact. Risk, 18(7), 58-62.
    Tóth, B. et al. (2011). Anomalous price impact and the critical nature of liquidity in
    financial markets. Physical Review X, 1, 021006.
    """
    final, fills = float(record.equity.iloc[-1]), record.trades
    if prices.volume is None or fills.empty or not final > record.capital:
        return math.nan
    known = frozenset({"volatility", "volume"})
    first = int(prices.index.get_loc(record.equity.index[0]))
    estimates = Market.of(prices, first, record.execution, estimates=known).estimates
    bar = record.equity.index.get_indexer(pd.DatetimeIndex(fills["date"]))
    symbol = prices.close.columns.get_indexer(fills["symbol"])
    shares = np.abs(fills["size"].to_numpy())
    before = np.concatenate([[record.capital], record.equity.to_numpy()[:-1]])[bar]
    traded = shares * fills["reference"].to_numpy() / before
    slip = (
        coefficient
        * estimates["volatility"][bar, symbol]
        * np.sqrt(shares / estimates["volume"][bar, symbol])
    )
    there = ~np.isnan(slip)
    if not traded[there].sum() > 0:
        return math.nan
    charged = float((slip * traded)[there].sum() / traded[there].sum() * traded.sum())
    if not charged > 0:
        return math.nan
    return record.capital * (math.log(final / record.capital) / charged) ** 2


def _on_bars(record: TrackRecord, series: pd.Series) -> np.ndarray:
    """Cut a series of all bars to those that have a return, which are the last ones."""
    return np.asarray(series)[len(series) - len(record.returns) :]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan


def _years(record: TrackRecord) -> float:
    return len(record.returns) / record.periods_per_year
