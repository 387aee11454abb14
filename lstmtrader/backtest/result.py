"""BacktestResult: the account, bar by bar and fill by fill."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from lstmtrader.backtest.books import Books
from lstmtrader.backtest.charges import Charges
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.decisions import Decisions
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.market import Market
from lstmtrader.backtest.reasons import Reason, marked
from lstmtrader.backtest.reconciliation import fell_short, reconcile, summarise
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """One simulated account. All frames share the bars from the first decision on.

    Parameters
    ----------
    equity : Series of shape (n_bars,)
        Account value at each close, after that bar's fills and costs. Unless fills are at the
        same close, the first entry is still the capital.
    terms : Terms
        The assumptions.
    periods_per_year : int
        From the calendar.
    ruined_on : Timestamp, optional
        The bar on which equity reached zero; the account ends there.
    market : Market
    books : Books
        Of this account alone: arrays of shape (n_bars, 1, n_symbols) and (n_bars, 1).
    decisions : Decisions
    """

    equity: pd.Series
    terms: Terms
    periods_per_year: int
    ruined_on: pd.Timestamp | None
    market: Market
    books: Books
    decisions: Decisions

    @staticmethod
    def of(
        market: Market,
        books: Books,
        decisions: Decisions,
        terms: Terms,
        account: int,
        periods_per_year: int,
    ) -> BacktestResult:
        """Take one of several accounts, up to the bar on which it ended."""
        mine = books.account(account)
        stop, ruined = int(mine.stops[0]), bool(mine.ruined[0])
        index, equity = market.index[:stop], mine.equity[:, 0]
        return BacktestResult(
            equity=pd.Series(equity, index=index, name="equity"),
            terms=terms,
            periods_per_year=periods_per_year,
            ruined_on=index[-1] if ruined else None,
            market=market,
            books=mine,
            decisions=decisions,
        )

    @property
    def capital(self) -> float:
        """Money before the first bar."""
        return self.terms.capital

    @property
    def execution(self) -> Execution:
        """When orders were filled."""
        return self.terms.execution

    @property
    def costs(self) -> Costs:
        """What trading and holding cost."""
        return self.terms.costs

    @property
    def limits(self) -> Limits:
        """What could be held."""
        return self.terms.limits

    @property
    def targets(self) -> pd.DataFrame:
        """Target weights inside the limits, on the bars they were decided."""
        return pd.DataFrame(
            self.decisions.weights, index=self.decisions.index, columns=self.market.symbols
        )

    def _frame(self, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index=self.equity.index, columns=self.market.symbols)

    @property
    def positions(self) -> pd.DataFrame:
        """Shares held after the bar's fills, shape (n_bars, n_symbols)."""
        return self._frame(self.books.shares[:, 0])

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Weights held at the close, position value over equity; 0 where nothing is left."""
        shares, equity = self.books.shares[:, 0], self.equity.to_numpy()[:, None]
        held = (shares != 0) & (equity > 0)
        value = shares * self.market.close[: len(shares)]
        return self._frame(np.divide(value, equity, out=np.zeros_like(shares), where=held))

    @cached_property
    def trades(self) -> pd.DataFrame:
        """One row a fill: date, symbol, signed size, reference, price, fees, slippage.

        `reference` is the price before slippage, `fees` and `slippage` are money.
        """
        books, market = self.books, self.market
        bar, symbol = np.nonzero(~np.isnan(books.price[:, 0]))
        before = np.where(bar[:, None] > 0, books.shares[bar - 1, 0], 0.0)
        size = books.shares[bar, 0, symbol] - before[np.arange(len(bar)), symbol]
        price, reference = books.price[bar, 0, symbol], market.sizing[bar, symbol]
        return pd.DataFrame(
            {
                "date": market.index[bar],
                "symbol": np.array(market.symbols, dtype=object)[symbol],
                "size": size,
                "reference": reference,
                "price": price,
                "fees": Charges([self.costs], market).commission(size, price)[0],
                "slippage": (price - reference) * size,
            }
        )

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Every order, wanted and achieved, with the reason of any difference; see `reconcile`."""
        return reconcile(self.market, self.books, self.decisions)

    @cached_property
    def unfilled(self) -> pd.DataFrame:
        """Orders that missed more than a thousandth of what was wanted, the worst first."""
        return fell_short(self.orders)

    @cached_property
    def delisted(self) -> pd.DataFrame:
        """Positions closed because the symbol stopped trading: date, symbol, price."""
        closed = marked(self.books.reasons[:, 0], Reason.DELISTED)
        fresh = closed & ~np.vstack([np.zeros((1, closed.shape[1]), dtype=bool), closed[:-1]])
        bar, symbol = np.nonzero(fresh)
        return pd.DataFrame(
            {
                "date": self.market.index[bar],
                "symbol": np.array(self.market.symbols, dtype=object)[symbol],
                "price": self.market.close[bar, symbol],
            }
        )

    @property
    def liquidations(self) -> pd.DatetimeIndex:
        """Bars on which the account was sold off for want of margin."""
        index: pd.DatetimeIndex = self.equity.index[self.books.liquidated[:, 0]]
        return index

    @property
    def returns(self) -> pd.Series:
        """Simple return of each bar from the first possible fill on, shape (n_bars - lag,)."""
        every = (self.equity / self._equity_before - 1).rename("return")
        return every.iloc[self.terms.lag :]

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

    @cached_property
    def turnover(self) -> pd.Series:
        """Turnover Σ|Δw| of each bar, buys plus sells: traded value over the equity before it."""
        shares = self.books.shares[:, 0]
        before = np.vstack([np.zeros((1, shares.shape[1])), shares[:-1]])
        reference = np.nan_to_num(self.market.sizing[: len(shares)])
        traded = (np.abs(shares - before) * reference).sum(axis=1)
        return (pd.Series(traded, index=self.equity.index) / self._equity_before).rename("turnover")

    @cached_property
    def costs_paid(self) -> pd.DataFrame:
        """Money paid per bar: fees, slippage, and debit interest and borrowing fees if any."""
        books = self.books
        shares = books.shares[:, 0]
        before = np.vstack([np.zeros((1, shares.shape[1])), shares[:-1]])
        gap = np.nan_to_num(books.price[:, 0] - self.market.sizing[: len(shares)])
        paid = {
            "fees": Charges([self.costs], self.market)
            .commission(shares - before, np.nan_to_num(books.price[:, 0]))
            .sum(axis=1),
            "slippage": (gap * (shares - before)).sum(axis=1),
        }
        for name in ("debit", "borrow"):
            if name in books.flows:
                paid[name] = -books.flows[name][:, 0]
        return pd.DataFrame(paid, index=self.equity.index)

    @property
    def received(self) -> pd.DataFrame:
        """Money received per bar: interest and dividends (negative where shorts paid them)."""
        flows = {
            name: self.books.flows[name][:, 0]
            for name in ("interest", "dividends")
            if name in self.books.flows
        }
        return pd.DataFrame(flows, index=self.equity.index)

    def order_summary(self) -> str:
        """One line on what became of the orders."""
        return summarise(self.orders, self.liquidations)

    def frame(self) -> pd.DataFrame:
        """Equity, return, gross, net, turnover, costs and receipts in one table, a row a bar."""
        columns = [self.equity, self.returns, self.gross, self.net, self.turnover]
        table = pd.concat(columns, axis=1).join(self.costs_paid).join(self.received)
        # A new axis: that of the equity is nobody's to rename.
        return table.rename_axis("date").astype(np.float64)
