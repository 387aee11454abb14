"""BacktestResult: the account, bar by bar and fill by fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.backtest.costs import Costs, LimitedWeights, Limits
from lstmtrader.clock import Execution


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """One simulated account. All frames share the bars from the first decision on.

    Parameters
    ----------
    capital : float
        Money before the first bar.
    equity : Series of shape (n_bars,)
        Account value at each close, after that bar's fills and costs. Unless fills are at the
        same close, the first entry is still the capital.
    positions : DataFrame of shape (n_bars, n_symbols)
        Shares held after the bar's fills.
    weights : DataFrame of shape (n_bars, n_symbols)
        Weights held at the close: position value over equity.
    trades : DataFrame
        One row a fill: date, symbol, size (signed shares), reference (price before slippage),
        price, fees, slippage (both in money).
    unfilled : DataFrame
        Wanted but not (fully) held after the fill bar: date, symbol, wanted and achieved weight,
        reason (``no_price`` or ``cash``).
    delisted : DataFrame
        Positions closed because the symbol stopped trading: date, symbol, price.
    limited : LimitedWeights
        The weights asked for, scaled into the limits, with the factors.
    execution, costs, limits
        The assumptions.
    periods_per_year : int
        From the calendar.
    ruined_on : Timestamp, optional
        The bar on which equity reached zero; the account ends there.
    """

    capital: float
    equity: pd.Series
    positions: pd.DataFrame
    weights: pd.DataFrame
    trades: pd.DataFrame
    unfilled: pd.DataFrame
    delisted: pd.DataFrame
    limited: LimitedWeights
    execution: Execution
    costs: Costs
    limits: Limits
    periods_per_year: int
    ruined_on: pd.Timestamp | None = None

    @property
    def returns(self) -> pd.Series:
        """Simple return of each bar from the first possible fill on, shape (n_bars - lag,)."""
        every = (self.equity / self._equity_before - 1).rename("return")
        return every.iloc[self.execution.lag :]

    @property
    def _equity_before(self) -> pd.Series:
        return self.equity.shift(1, fill_value=self.capital)

    @property
    def gross(self) -> pd.Series:
        """Gross exposure Σ|w| held at the close."""
        return self.weights.abs().sum(axis=1).rename("gross")

    @property
    def net(self) -> pd.Series:
        """Net exposure Σw held at the close."""
        return self.weights.sum(axis=1).rename("net")

    @property
    def turnover(self) -> pd.Series:
        """Turnover Σ|Δw| of each bar, buys plus sells: traded value over the equity before it."""
        value = (self.trades["size"] * self.trades["reference"]).abs()
        traded = value.groupby(self.trades["date"]).sum().reindex(self.equity.index, fill_value=0.0)
        return (traded / self._equity_before).rename("turnover")

    @property
    def costs_paid(self) -> pd.DataFrame:
        """Fees and slippage in money per bar, shape (n_bars, 2)."""
        paid = self.trades.groupby("date")[["fees", "slippage"]].sum()
        return paid.reindex(self.equity.index, fill_value=0.0)

    def order_summary(self) -> str:
        """One line on what became of the orders."""
        parts = [f"{len(self.trades):,} fills".replace(",", " ")]
        scaled_gross = int((self.limited.to_gross < 1).sum())
        scaled_cash = int((self.limited.to_cash < 1).sum())
        if scaled_gross:
            parts.append(f"{scaled_gross} decisions scaled to gross {self.limits.gross:g}")
        if scaled_cash:
            parts.append(f"{scaled_cash} scaled to cash after costs")
        names = {"no_price": "without a price", "cash": "cut for cash"}
        for reason, count in self.unfilled["reason"].value_counts(sort=False).items():
            parts.append(f"{count} {names[str(reason)]}")
        if len(self.delisted):
            parts.append(f"{len(self.delisted)} closed at delisting")
        return "; ".join(parts)

    def frame(self) -> pd.DataFrame:
        """Equity, return, gross, net, turnover and costs in one table, a row a bar."""
        columns = [self.equity, self.returns, self.gross, self.net, self.turnover]
        table = pd.concat(columns, axis=1).join(self.costs_paid)
        table.index.name = "date"
        return table.astype(np.float64)
