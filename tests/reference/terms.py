"""What an account is told: the market it trades in and the terms it trades on.

Numbers come as nested lists, bars x symbols, NaN where there is nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Table = Sequence[Sequence[float]]


@dataclass(frozen=True)
class CostTerms:
    """What trading and holding cost: fractions, money, or fractions a year."""

    fees: float = 0.0002
    slippage: float = 0.0
    fixed: float = 0.0
    per_share: float = 0.0
    minimum: float = 0.0
    range_slippage: float = 0.0
    volatility_slippage: float = 0.0
    impact: float = 0.0
    borrow: float = 0.0
    borrow_by_symbol: Mapping[str, float] = field(default_factory=dict)
    cash_rate: float = 0.0
    debit_rate: float = 0.0
    haircut: float = 0.0


@dataclass(frozen=True)
class LimitTerms:
    """What an account may hold and trade."""

    gross: float = 1.0
    net: float = 1.0
    per_name: float | None = None
    turnover: float | None = None
    participation: float | None = None
    maintenance: float = 0.25


@dataclass(frozen=True)
class SizingTerms:
    """From weights to shares. The ledger knows no volatility target (B2)."""

    lot: float = 0.0
    band: float = 0.0
    volatility: float | None = None
    volatility_window: int = 60


@dataclass(frozen=True)
class RebalancingTerms:
    """When decisions become orders, and what becomes of orders that were not filled."""

    every: int | str = 1
    drift: float = 0.0
    delay: int = 0
    unfilled: str = "cancel"


@dataclass(frozen=True)
class Terms:
    """All settings of an account. Timings: "next_open", "next_close", "same_close"."""

    timing: str = "next_open"
    costs: CostTerms = CostTerms()
    limits: LimitTerms = LimitTerms()
    sizing: SizingTerms = SizingTerms()
    rebalancing: RebalancingTerms = RebalancingTerms()
    capital: float = 1_000_000.0
    periods_per_year: int = 252


@dataclass(frozen=True)
class Tables:
    """The market. A table that is not there is one without a single number."""

    close: Table
    open: Table | None = None
    high: Table | None = None
    low: Table | None = None
    volume: Table | None = None
    dividends: Table | None = None
    symbols: Sequence[str] = ()


def cell(table: Table | None, bar: int, symbol: int) -> float:
    """One number of a table, NaN where there is no table."""
    return math.nan if table is None else table[bar][symbol]
