"""The backtest: the one place that lags weights, and what becomes of them.

Rules of the account, in order:

1. A decision at the close of ``t`` is filled on bar ``t + lag``.
2. All orders of a bar are sized from one value: cash + shares x reference price, before costs.
3. Sells run before buys.
4. Buys fill at reference x (1 + slippage), sells at reference x (1 - slippage); fees are charged
   on the filled value.
5. Equity is marked at the close, after the day's trades.
6. A symbol without a price is sized and marked at its last close; an order for it is dropped and
   listed. When it never trades again, the position is closed at that last close.
7. Cash never goes below zero. Where a bar's orders would need more, its long targets are scaled
   by one factor until they do not; if that is not enough to cover the shorts, all covers are
   filled to the same fraction, and listed.
8. An account worth nothing or less, at a close or when orders are sized, ends on that bar.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.backtest.costs import Costs, LimitedWeights, Limits, limit_exposure
from lstmtrader.backtest.funding import simulate_funded, weights_of
from lstmtrader.backtest.market import Market
from lstmtrader.backtest.reconciliation import unfilled_orders
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Execution
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


def run_backtest(
    prices: PriceFrame,
    weights: TargetWeights,
    costs: Costs | None = None,
    timing: Execution = Execution.NEXT_OPEN,
    *,
    limits: Limits | None = None,
    capital: float = 1_000_000.0,
) -> BacktestResult:
    """Trade target weights in one account.

    Parameters
    ----------
    prices : PriceFrame
        Must hold every bar and symbol of the weights.
    weights : TargetWeights
        Decisions; NaN holds. Bars without a row hold.
    costs : Costs, optional
        Default `Costs()`: 2 basis points of fees.
    timing : Execution
        When orders are filled.
    limits : Limits, optional
        Default `Limits()`: gross exposure up to 1.
    capital : float
        Money at the start.

    Returns
    -------
    BacktestResult
        From the bar of the first decision to the last bar of the prices.

    Raises
    ------
    DataError
        If a decision is on a bar or for a symbol that the prices do not have, or opens are
        needed and missing.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=2, n_bars=30).fetch()
    >>> half = pd.DataFrame(0.5, index=prices.index[:1], columns=list(prices.symbols))
    >>> run_backtest(prices, TargetWeights(half)).order_summary()
    '2 fills; 1 scaled to cash after costs'
    """
    costs, limits, timing = costs or Costs(), limits or Limits(), Execution(timing)
    first = _first_bar(prices, weights)
    limited = limit_exposure(weights, limits, costs)
    market = Market.of(prices, first, timing)
    index, symbols = market.index, market.symbols

    wanted = limited.weights.frame.reindex(columns=symbols).reindex(index).to_numpy()
    orders = np.full_like(wanted, np.nan)
    orders[timing.lag :] = wanted[: len(wanted) - timing.lag]
    account = simulate_funded(market, orders, costs, capital)

    simulation, value = account.simulation, account.value
    ruin = np.flatnonzero((simulation.value <= 0) | (value <= 0))
    stop = int(ruin[0]) + 1 if len(ruin) else len(index)
    equity, shares = simulation.value[:stop].copy(), simulation.shares[:stop]
    if len(ruin):
        equity[-1] = 0.0
    held = weights_of(shares, market.close[:stop], equity)
    achieved = weights_of(shares, market.sizing[:stop], value[:stop])

    account.scale[stop:] = 1.0
    funded = np.where(orders > 0, orders * account.scale[:, None], orders)
    fills = simulation.orders[simulation.orders["bar"] < stop]
    return BacktestResult(
        capital=capital,
        equity=pd.Series(equity, index=index[:stop], name="equity"),
        positions=pd.DataFrame(shares, index=index[:stop], columns=symbols),
        weights=pd.DataFrame(held, index=index[:stop], columns=symbols),
        trades=_trades(fills, market),
        unfilled=_named(unfilled_orders(funded[:stop], market.reference[:stop], achieved), market),
        delisted=_delisted(market, shares),
        limited=_with_cash(limited, account.scale[timing.lag :], index),
        execution=timing,
        costs=costs,
        limits=limits,
        periods_per_year=prices.periods_per_year,
        ruined_on=index[stop - 1] if len(ruin) else None,
    )


def _first_bar(prices: PriceFrame, weights: TargetWeights) -> int:
    frame = weights.frame
    if len(frame) == 0:
        raise DataError("weights: no decisions")
    strange = frame.columns.difference(prices.close.columns)
    if len(strange):
        raise DataError(f"weights: symbol {strange[0]} is not in the prices")
    outside = frame.index.difference(prices.index)
    if len(outside):
        raise DataError(f"weights: the decision of {outside[0]} is not on a bar of the prices")
    return int(prices.index.get_loc(frame.index[0]))


def _with_cash(
    limited: LimitedWeights, scale: np.ndarray, index: pd.DatetimeIndex
) -> LimitedWeights:
    """Bring what the account could not pay for into the decisions it was asked by."""
    if (scale == 1).all():
        return limited
    frame = limited.weights.frame
    factor = pd.Series(1.0, index=index)
    factor.iloc[: len(scale)] = scale
    factor = factor.reindex(frame.index)
    scaled = frame.where(~(frame > 0), frame.mul(factor, axis=0))
    return LimitedWeights(TargetWeights(scaled), limited.to_gross, limited.to_cash * factor)


def _trades(fills: pd.DataFrame, market: Market) -> pd.DataFrame:
    bar, symbol = fills["bar"].to_numpy(), fills["symbol"].to_numpy()
    size, price = fills["size"].to_numpy(), fills["price"].to_numpy()
    before_slippage = market.sizing[bar, symbol]
    return pd.DataFrame(
        {
            "date": market.index[bar],
            "symbol": np.array(market.symbols, dtype=object)[symbol],
            "size": size,
            "reference": before_slippage,
            "price": price,
            "fees": fills["fees"].to_numpy(),
            "slippage": (price - before_slippage) * size,
        }
    )


def _named(table: pd.DataFrame, market: Market) -> pd.DataFrame:
    return table.assign(
        date=market.index[table["date"].to_numpy()],
        symbol=np.array(market.symbols, dtype=object)[table["symbol"].to_numpy()],
    )


def _delisted(market: Market, shares: np.ndarray) -> pd.DataFrame:
    rows = []
    for symbol in np.flatnonzero(market.gone[: len(shares)].any(axis=0)):
        bar = int(market.gone[:, symbol].argmax())
        if shares[bar - 1, symbol] != 0:
            name, price = market.symbols[symbol], market.close[bar, symbol]
            rows.append((market.index[bar], name, price))
    return pd.DataFrame(rows, columns=["date", "symbol", "price"])
