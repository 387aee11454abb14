"""TrackRecord: what readers may ask of an account, fresh from the engine or from its folder."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from lstmtrader.clock import Execution


class TrackRecord(Protocol):
    """One account, bar by bar and fill by fill; see `lstmtrader.backtest.result.BacktestResult`."""

    @property
    def equity(self) -> pd.Series:
        """Account value at each close, shape (n_bars,)."""
        ...

    @property
    def capital(self) -> float:
        """Money before the first bar."""
        ...

    @property
    def periods_per_year(self) -> int:
        """Bars a year, from the calendar."""
        ...

    @property
    def execution(self) -> Execution:
        """When orders were filled."""
        ...

    @property
    def ruined_on(self) -> pd.Timestamp | None:
        """The bar on which equity reached zero."""
        ...

    @property
    def returns(self) -> pd.Series:
        """Simple return of each bar from the first possible fill on."""
        ...

    @property
    def gross(self) -> pd.Series:
        """Gross exposure held at each close."""
        ...

    @property
    def net(self) -> pd.Series:
        """Net exposure held at each close."""
        ...

    @property
    def turnover(self) -> pd.Series:
        """Turnover of each bar, buys plus sells, over the equity before it."""
        ...

    @property
    def costs_paid(self) -> pd.DataFrame:
        """Money paid per bar, a column a kind: fees, slippage, debit, borrow."""
        ...

    @property
    def received(self) -> pd.DataFrame:
        """Money received per bar, a column a kind: interest, dividends."""
        ...

    @property
    def weights(self) -> pd.DataFrame:
        """Weights held at each close, shape (n_bars, n_symbols)."""
        ...

    @property
    def targets(self) -> pd.DataFrame:
        """Target weights inside the limits, on the bars they were decided."""
        ...

    @property
    def trades(self) -> pd.DataFrame:
        """One row a fill: date, symbol, size, reference, price, fees, slippage."""
        ...

    @property
    def orders(self) -> pd.DataFrame:
        """Every order, wanted and achieved."""
        ...

    @property
    def unfilled(self) -> pd.DataFrame:
        """Orders that missed more than a thousandth of what was wanted, the worst first."""
        ...

    @property
    def delisted(self) -> pd.DataFrame:
        """Positions closed because the symbol stopped trading: date, symbol, price."""
        ...

    @property
    def liquidations(self) -> pd.DatetimeIndex:
        """Bars on which the account was sold off for want of margin."""
        ...

    def frame(self) -> pd.DataFrame:
        """Equity, return, gross, net, turnover, costs and receipts in one table, a row a bar."""
        ...

    def order_summary(self) -> str:
        """One line on what became of the orders."""
        ...
