"""Random markets and random terms, so that every rule of the account is met by many examples.

Both are plain Python. What is chosen is chosen by a function, so that the same terms are drawn
with `random` in a loop and by hypothesis, which shrinks them towards the defaults.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from ledger import Account, keep_ledger
from terms import (
    CostTerms,
    LimitTerms,
    RebalancingTerms,
    SizingTerms,
    Tables,
    Terms,
)

NAN = math.nan
CAPITAL = 1_000_000.0
TIMINGS = ("next_open", "next_close", "same_close")

Choose = Callable[[Sequence[Any]], Any]

# How a market is drawn, beside its seed.
MARKETS = {
    "n_bars": st.sampled_from([3, 12, 20, 30, 45]),
    "n_symbols": st.integers(1, 5),
    "volatility": st.sampled_from([0.01, 0.1, 0.4]),
    "holes": st.sampled_from([0.0, 0.1, 0.3]),
    "shorts": st.booleans(),
    "holds": st.sampled_from([0.0, 0.2, 0.6]),
    "size": st.sampled_from([0.2, 0.6, 1.5, 3.0]),
}

# What each setting may be when it is not the default.
COSTS = {
    "fees": (0.0, 0.001, 0.01),
    "slippage": (0.002, 0.02),
    "fixed": (5.0, 500.0),
    "per_share": (0.005, 0.1),
    "minimum": (10.0, 1000.0),
    "range_slippage": (0.1, 1.0),
    "volatility_slippage": (0.1, 1.0),
    "impact": (0.1, 1.0),
    "borrow": (0.02, 2.0),
    "borrow_by_symbol": ({"S0": 0.5, "S2": 0.0}, {"S1": 5.0}),
    "cash_rate": (0.03, 1.0),
    "debit_rate": (0.06, 2.0),
    "haircut": (0.3, 0.9),
}
LIMITS = {
    "gross": (2.0, 0.5, 4.0),
    "net": (1.5, 0.3, 3.0),
    "per_name": (0.4, 0.1),
    "turnover": (0.5, 0.1, 1.0),
    "participation": (0.1, 0.01, 1.0),
    "maintenance": (0.0, 0.4, 0.8),
}
SIZING = {"lot": (1.0, 100.0), "band": (0.02, 0.1, 0.4)}
REBALANCING = {
    "every": (2, 5, "week", "month"),
    "drift": (0.05, 0.3),
    "delay": (1, 3),
    "unfilled": ("carry",),
}
SETTINGS = tuple(COSTS | LIMITS | SIZING | REBALANCING)
_YEARS = (252, 52, 12)


class Market:
    """Random prices with holes, late listings and delistings, and decisions on them.

    Tables are nested lists, bars x symbols, a bar for each day from Monday to Friday. Each field
    has holes of its own, but symbols have a close and an open on their first and last bar.
    """

    def __init__(
        self,
        seed: tuple[int, ...],
        n_bars: int,
        n_symbols: int,
        volatility: float,
        holes: float,
        shorts: bool,
        holds: float,
        size: float,
    ) -> None:
        rng = Random(repr(seed))
        # Most markets crash or soar on one bar: margin calls and ruin need it.
        shock, factor = rng.randrange(n_bars), rng.choice((0.4, 0.5, 0.6, 0.7, 1.5, 1.8, 1.0))
        columns = [_symbol(rng, n_bars, volatility, holes, shock, factor) for _ in range(n_symbols)]
        self.symbols = [f"S{number}" for number in range(n_symbols)]
        self.dates = weekdays(n_bars)
        self.close, self.open, self.high, self.low, self.volume, self.dividends = (
            [[columns[symbol][field][bar] for symbol in range(n_symbols)] for bar in range(n_bars)]
            for field in range(6)
        )
        # Some bars have no row at all, and the first decision need not be on the first bar. What
        # is seldom decided is held through thick and thin.
        least = rng.choice((-1.0, -0.3)) if shorts else 0.0
        often = rng.choice((0.8, 0.2))
        self.first = rng.randrange(max(1, n_bars // 3))
        self.decisions = {
            bar: [_weight(rng, least, holds, size) for _ in range(n_symbols)]
            for bar in range(self.first, n_bars)
            if bar == self.first or rng.random() < often
        }

    @property
    def tables(self) -> Tables:
        """The tables as the ledger takes them."""
        return Tables(
            close=self.close,
            open=self.open,
            high=self.high,
            low=self.low,
            volume=self.volume,
            dividends=self.dividends,
            symbols=self.symbols,
        )

    def by_ledger(self, terms: Terms) -> Account:
        """Keep the account of this market."""
        return keep_ledger(self.tables, self.decisions, terms, session_ends(self.dates))


def _symbol(
    rng: Random, n_bars: int, volatility: float, holes: float, shock: int, factor: float
) -> list[list[float]]:
    """Close, open, high, low, volume and dividends of one symbol, with a jump on one bar."""
    start = rng.randrange(n_bars) if rng.random() < 0.2 else 0
    stop = rng.randrange(start + 1, n_bars + 1) if rng.random() < 0.3 else n_bars
    usual = 10 ** rng.uniform(2.5, 6.5)
    idle = 1.0 if rng.random() < 0.05 else 0.1
    price = rng.uniform(5, 200)
    rows = []
    for bar in range(n_bars):
        if bar == shock:
            price *= factor * math.exp(rng.gauss(0, 0.3))
        open_ = price * math.exp(volatility * rng.gauss(0, 0.7))
        close = open_ * math.exp(volatility * rng.gauss(0, 1))
        high = max(open_, close) * math.exp(volatility * abs(rng.gauss(0, 0.5)))
        low = min(open_, close) * math.exp(-volatility * abs(rng.gauss(0, 0.5)))
        volume = 0.0 if rng.random() < idle else float(round(usual * math.exp(rng.gauss(0, 1))))
        dividend = price * rng.uniform(0, 0.05) if rng.random() < 0.1 else 0.0
        price = close
        row = [close, open_, high, low, volume, dividend]
        for field in range(len(row)):
            lost = rng.random() < holes and not (field < 2 and bar in (start, stop - 1))
            if lost or not start <= bar < stop:
                row[field] = NAN
        rows.append(row)
    return [list(column) for column in zip(*rows, strict=True)]


def _weight(rng: Random, least: float, holds: float, size: float) -> float:
    weight = size * rng.uniform(least, 1.0)
    chance = rng.random()
    if chance < holds:
        return NAN
    return 0.0 if chance > 0.88 else weight


def weekdays(n_bars: int) -> list[date]:
    """Days from Monday to Friday, from New Year 2024 on, a Monday."""
    return [date(2024, 1, 1) + timedelta(days=7 * (bar // 5) + bar % 5) for bar in range(n_bars)]


def session_ends(dates: Sequence[date]) -> dict[str, set[int]]:
    """Bars that are the last weekday of their week or month, whatever follows in the data."""

    def last(bar: int, period: Callable[[date], tuple[int, ...]]) -> bool:
        day = dates[bar]
        following = day + timedelta(days=3 if day.weekday() == 4 else 1)
        return period(day) != period(following)

    return {
        "week": {bar for bar in range(len(dates)) if last(bar, lambda day: day.isocalendar()[:2])},
        "month": {bar for bar in range(len(dates)) if last(bar, lambda day: (day.year, day.month))},
    }


def draw_terms(choose: Choose, timing: str | None = None, capital: float = CAPITAL) -> Terms:
    """Draw the terms of an account: all default, a few settings changed, or many.

    Some accounts may borrow, whatever else is drawn: there is no margin call without it.
    """
    none, few, many = (False,), (False,) * 7 + (True,), (False, False, True)
    chance = choose((none, few, many))
    leveraged = choose((False, True))

    def drawn(settings: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
        changed = [name for name in settings if choose(chance)]
        return {name: choose(settings[name]) for name in changed}

    limits = drawn(LIMITS)
    if leveraged:
        limits |= {"gross": choose((2.0, 4.0)), "net": choose((1.5, 3.0))}
    return Terms(
        timing=choose(TIMINGS) if timing is None else timing,
        costs=CostTerms(**drawn(COSTS)),
        limits=LimitTerms(**limits),
        sizing=SizingTerms(**drawn(SIZING)),
        rebalancing=RebalancingTerms(**drawn(REBALANCING)),
        capital=capital,
        periods_per_year=choose(_YEARS),
    )


@st.composite
def terms(draw: st.DrawFn, timing: str | None = None) -> Terms:
    """Draw terms; they shrink towards the defaults."""
    return draw_terms(lambda options: draw(st.sampled_from(options)), timing)


def changed_settings(drawn: Terms) -> set[str]:
    """Names of the settings that are not the default."""
    plain = Terms()
    pairs = (
        (drawn.costs, plain.costs),
        (drawn.limits, plain.limits),
        (drawn.sizing, plain.sizing),
        (drawn.rebalancing, plain.rebalancing),
    )
    return {
        name
        for ours, default in pairs
        for name in SETTINGS
        if hasattr(ours, name) and getattr(ours, name) != getattr(default, name)
    }


def example(seed: int) -> tuple[Market, Terms]:
    """Draw a market and terms from one seed, as a loop needs them."""
    rng = Random(seed)
    market = Market(
        (seed,),
        n_bars=rng.choice([3, 12, 20, 30, 45]),
        n_symbols=rng.randint(1, 5),
        volatility=rng.choice([0.01, 0.1, 0.4]),
        holes=rng.choice([0.0, 0.1, 0.3]),
        shorts=rng.random() < 0.5,
        holds=rng.choice([0.0, 0.2, 0.6]),
        size=rng.choice([0.2, 0.6, 1.5, 3.0]),
    )
    return market, draw_terms(rng.choice)
