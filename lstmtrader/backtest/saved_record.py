"""SavedRecord: an account as its run folder has it, for whoever looks at it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lstmtrader.backtest.reconciliation import fell_short, summarise
from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.clock import Execution
from lstmtrader.errors import RunError

_COSTS = ("fees", "slippage", "debit", "borrow")
_RECEIPTS = ("interest", "dividends")
_TABLES = ("equity", "weights", "held", "trades", "orders", "delisted")
_BY_BAR = ("equity", "weights", "held")


@dataclass(frozen=True, eq=False)
class SavedRecord:
    """A `TrackRecord` that was read from a folder; equal to the fresh one to the last bit.

    Parameters
    ----------
    by_bar : DataFrame
        Equity, return, gross, net, turnover, and what was paid and received, a row a bar.
    targets, weights : DataFrame
        Target weights on the bars they were decided, and weights held at each close.
    trades, orders, delisted : DataFrame
    capital : float
    periods_per_year : int
    execution : Execution
    lag : int
        Bars from the first decision to the first possible fill.
    ruined_on : Timestamp, optional
    liquidations : DatetimeIndex
    """

    by_bar: pd.DataFrame
    targets: pd.DataFrame
    weights: pd.DataFrame
    trades: pd.DataFrame
    orders: pd.DataFrame
    delisted: pd.DataFrame
    capital: float
    periods_per_year: int
    execution: Execution
    lag: int
    ruined_on: pd.Timestamp | None
    liquidations: pd.DatetimeIndex

    @property
    def equity(self) -> pd.Series:
        """Account value at each close."""
        return self.by_bar["equity"]

    @property
    def returns(self) -> pd.Series:
        """Simple return of each bar from the first possible fill on."""
        return self.by_bar["return"].iloc[self.lag :]

    @property
    def gross(self) -> pd.Series:
        """Gross exposure held at each close."""
        return self.by_bar["gross"]

    @property
    def net(self) -> pd.Series:
        """Net exposure held at each close."""
        return self.by_bar["net"]

    @property
    def turnover(self) -> pd.Series:
        """Turnover of each bar, buys plus sells, over the equity before it."""
        return self.by_bar["turnover"]

    @property
    def costs_paid(self) -> pd.DataFrame:
        """Money paid per bar, a column a kind."""
        return self._some(_COSTS)

    @property
    def received(self) -> pd.DataFrame:
        """Money received per bar, a column a kind."""
        return self._some(_RECEIPTS)

    @property
    def unfilled(self) -> pd.DataFrame:
        """Orders that missed more than a thousandth of what was wanted, the worst first."""
        return fell_short(self.orders)

    def frame(self) -> pd.DataFrame:
        """Return `by_bar`."""
        return self.by_bar

    def order_summary(self) -> str:
        """One line on what became of the orders."""
        return summarise(self.orders, self.liquidations)

    def _some(self, names: tuple[str, ...]) -> pd.DataFrame:
        return self.by_bar[[name for name in names if name in self.by_bar.columns]]


def save_record(folder: Path, record: TrackRecord) -> None:
    """Write an account into an existing folder; `read_record` reads it again."""
    tables = {
        "equity": record.frame(),
        "weights": record.targets,
        "held": record.weights,
        "trades": record.trades,
        "orders": record.orders,
        "delisted": record.delisted,
    }
    for name, table in tables.items():
        by_bar = name in _BY_BAR
        kept = table.rename_axis("date") if by_bar else table
        kept.to_parquet(folder / f"{name}.parquet", index=by_bar)
    facts = {
        "capital": record.capital,
        "periods_per_year": record.periods_per_year,
        "execution": record.execution.value,
        "lag": len(record.equity) - len(record.returns),
        "ruined_on": None if record.ruined_on is None else record.ruined_on.isoformat(),
        "liquidations": [bar.isoformat() for bar in record.liquidations],
    }
    (folder / "account.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path) -> SavedRecord:
    """Read an account that `save_record` wrote.

    Raises
    ------
    RunError
        If a file is missing or is not what was written.
    """
    try:
        read = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
        facts = json.loads((folder / "account.json").read_text(encoding="utf-8"))
        bars = read["equity"].index
        ruined = facts["ruined_on"]
        return SavedRecord(
            by_bar=read["equity"],
            targets=read["weights"],
            weights=read["held"],
            trades=read["trades"],
            orders=read["orders"],
            delisted=read["delisted"],
            capital=float(facts["capital"]),
            periods_per_year=int(facts["periods_per_year"]),
            execution=Execution(facts["execution"]),
            lag=int(facts["lag"]),
            ruined_on=None if ruined is None else pd.Timestamp(ruined),
            liquidations=bars[bars.isin([pd.Timestamp(one) for one in facts["liquidations"]])],
        )
    except (OSError, KeyError, ValueError) as error:
        raise RunError(f"{folder}: no account can be read from it ({error})") from error
