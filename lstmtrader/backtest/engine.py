"""The backtest: the one place that lags weights, and the one that hands orders to vectorbt.

Rules of the account, in order:

1. A decision at the close of ``t`` is filled on bar ``t + lag``.
2. All orders of a bar are sized from one value: cash + shares x reference price, before costs.
3. Sells run before buys.
4. Buys fill at reference x (1 + slippage), sells at reference x (1 - slippage); fees are charged
   on the filled value.
5. Equity is marked at the close, after the day's trades.
6. A symbol without a price is sized and marked at its last close; an order for it is dropped and
   listed. When it never trades again, the position is closed at that last close.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader import vbt
from lstmtrader.backtest.costs import Costs, Limits, limit_exposure
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
    index, symbols = prices.index[first:], list(prices.symbols)

    raw_close = prices.close.iloc[first:]
    close = prices.close.ffill().iloc[first:].to_numpy()
    reference = prices.fill_price(timing).iloc[first:].to_numpy(copy=True)
    # Known when the orders are sized: the fill price, else the latest close before it.
    before = prices.close.ffill().shift(1 if timing.price == "open" else 0).iloc[first:].to_numpy()
    sizing = np.where(np.isnan(reference), before, reference)

    wanted = limited.weights.frame.reindex(columns=symbols).reindex(index).to_numpy()
    orders = np.full_like(wanted, np.nan)
    orders[timing.lag :] = wanted[: len(wanted) - timing.lag]

    settled = _last_bars(raw_close)
    for symbol, bar in settled.items():
        # The first bar without the symbol settles whatever is held at the last close.
        reference[bar, symbol] = sizing[bar, symbol] = close[bar - 1, symbol]
        orders[bar, symbol] = 0.0

    simulation = vbt.simulate(
        close,
        orders,
        reference,
        sizing,
        fees=costs.fees,
        slippage=costs.slippage,
        capital=capital,
    )
    ruin = np.flatnonzero(simulation.value <= 0)
    stop = int(ruin[0]) + 1 if len(ruin) else len(index)
    value = np.maximum(simulation.value[:stop], 0.0)
    shares = simulation.shares[:stop]
    with np.errstate(divide="ignore", invalid="ignore"):
        held = np.where(shares == 0, 0.0, shares * close[:stop] / value[:, None])

    fills = simulation.orders[simulation.orders["bar"] < stop]
    unfilled = unfilled_orders(
        orders[:stop], reference[:stop], sizing[:stop], shares, simulation.cash[:stop], capital
    )
    return BacktestResult(
        capital=capital,
        equity=pd.Series(value, index=index[:stop], name="equity"),
        positions=pd.DataFrame(shares, index=index[:stop], columns=symbols),
        weights=pd.DataFrame(held, index=index[:stop], columns=symbols),
        trades=_trades(fills, reference, index, symbols),
        unfilled=_named(unfilled, index, symbols),
        delisted=_delisted(settled, close, shares, index, symbols),
        limited=limited,
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


def _last_bars(close: pd.DataFrame) -> dict[int, int]:
    """Map symbols that stop trading before the end to their first bar without a price."""
    traded = close.notna().to_numpy()
    n_bars = len(traded)
    stops = n_bars - traded[::-1].argmax(axis=0)
    return {
        symbol: int(bar)
        for symbol, bar in enumerate(stops)
        if traded[:, symbol].any() and bar < n_bars
    }


def _trades(
    fills: pd.DataFrame, reference: np.ndarray, index: pd.DatetimeIndex, symbols: list[str]
) -> pd.DataFrame:
    bar, symbol = fills["bar"].to_numpy(), fills["symbol"].to_numpy()
    size, price = fills["size"].to_numpy(), fills["price"].to_numpy()
    before_slippage = reference[bar, symbol]
    return pd.DataFrame(
        {
            "date": index[bar],
            "symbol": np.array(symbols, dtype=object)[symbol],
            "size": size,
            "reference": before_slippage,
            "price": price,
            "fees": fills["fees"].to_numpy(),
            "slippage": (price - before_slippage) * size,
        }
    )


def _named(table: pd.DataFrame, index: pd.DatetimeIndex, symbols: list[str]) -> pd.DataFrame:
    return table.assign(
        date=index[table["date"].to_numpy()],
        symbol=np.array(symbols, dtype=object)[table["symbol"].to_numpy()],
    )


def _delisted(
    settled: dict[int, int],
    close: np.ndarray,
    shares: np.ndarray,
    index: pd.DatetimeIndex,
    symbols: list[str],
) -> pd.DataFrame:
    rows = [
        (index[bar], symbols[symbol], close[bar - 1, symbol])
        for symbol, bar in settled.items()
        if 0 < bar < len(shares) and shares[bar - 1, symbol] != 0
    ]
    return pd.DataFrame(rows, columns=["date", "symbol", "price"])
