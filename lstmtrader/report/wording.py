"""Numbers as text, and the names of figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from lstmtrader.report.labels import HOLD, with_hold

MISSING = "–"
_THIN_SPACE = "\u202f"
_NBSP = "\u00a0"


def number(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign and thin spaces by thousands; NaN as a dash."""
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}".replace(",", _THIN_SPACE)
    if not float(f"{value:.{digits}f}"):
        text = text.lstrip("-")
    return text.replace("-", "\u2212")


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction in percent."""
    text = number(value * 100, digits)
    return text if text == MISSING else f"{text}{_THIN_SPACE}%"


def small_share(value: float) -> str:
    """Return a fraction that is best near zero, in percent; what would be rounded to it says so."""
    return f"under 0.01{_THIN_SPACE}%" if 0 < value < 1e-4 else percent(value, 2)


def count(value: float) -> str:
    """Return a whole number."""
    return number(value, 0)


def date(value: pd.Timestamp) -> str:
    """Return a date, with the time where there is one; a missing one as a dash."""
    if pd.isna(value):
        return MISSING
    return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"


def _times(value: float) -> str:
    text = number(value, 2)
    return text if text == MISSING else f"{text}{_THIN_SPACE}×"


def bars(value: float) -> str:
    """Return a number of bars."""
    text = number(value, 0 if not math.isfinite(value) or value == round(value) else 1)
    if text == MISSING:
        return text
    return f"{text}{_NBSP}{'bar' if value == 1 else 'bars'}"


def loss(value: float) -> str:
    """Return a loss with three significant digits, whatever its size."""
    if not math.isfinite(value) or value == 0:
        return number(value, 0)
    # The exponent of the rounded number: 0.9999 has three digits as 1.00.
    exponent = int(f"{value:.2e}".partition("e")[2])
    return number(value, max(0, 2 - exponent))


def basis_points(value: float) -> str:
    """Return basis points; infinitely many are more than any that were tried."""
    if value == math.inf:
        return "more than tried"
    if 0 < value < 0.05:
        return f"less than 0.1{_NBSP}bp"
    text = number(value, 1)
    return text if text == MISSING else f"{text}{_NBSP}bp"


def span(low: float, high: float, digits: int = 2) -> str:
    """Return an interval in words; without both ends a dash."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return MISSING
    return f"{number(low, digits)} to {number(high, digits)}"


def _costs(value: float) -> str:
    return percent(value, 2)


# Figures of any account by itself.
METRICS: dict[str, tuple[str, Callable[[float], str]]] = {
    "total_return": ("Total return", percent),
    "cagr": ("Return a year", percent),
    "volatility": ("Volatility a year", percent),
    "sharpe": ("Sharpe ratio", number),
    "sortino": ("Sortino ratio", number),
    "max_drawdown": ("Maximum drawdown", percent),
    "longest_drawdown": ("Longest drawdown", bars),
    "calmar": ("Calmar ratio", number),
    "omega": ("Omega ratio", number),
    "hit_rate": ("Bars with a gain", percent),
    "profit_factor": ("Gains over losses", number),
    "var_95": ("Value at risk, 95\u00a0%", lambda value: percent(value, 2)),
    "cvar_95": ("Expected shortfall, 95\u00a0%", lambda value: percent(value, 2)),
    "skew": ("Skewness", number),
    "kurtosis": ("Excess kurtosis", number),
    "gross_exposure": ("Gross exposure, mean", percent),
    "net_exposure": ("Net exposure, mean", percent),
    "time_in_market": ("Time in the market", percent),
    "holding_period": ("Holding period, mean", bars),
    "turnover_per_year": ("Turnover a year, Σ|Δw|", _times),
    "costs_per_year": ("Costs a year, of equity", _costs),
    "fees_per_year": ("Fees a year", _costs),
    "slippage_per_year": ("Slippage a year", _costs),
    "debit_per_year": ("Interest on debt a year", _costs),
    "borrow_per_year": ("Borrowing fees a year", _costs),
    "final_equity": ("Final equity", count),
}
# Figures that need more than one account.
RELATIVE: dict[str, tuple[str, Callable[[float], str]]] = {
    "beta": ("Beta to buy & hold", number),
    "alpha": ("Alpha a year", percent),
    "correlation": ("Correlation with buy & hold", number),
    "tracking_error": ("Tracking error a year", percent),
    "information_ratio": ("Information ratio", number),
    "psr": ("Probabilistic Sharpe ratio", number),
    "break_even_bp": ("Break-even slippage", basis_points),
    "capacity": ("Capacity", count),
}
_EVERY = METRICS | RELATIVE

# Shown where either account paid them.
_IF_PAID = ("debit_per_year", "borrow_per_year")
KEY_FIGURES = (
    "total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "longest_drawdown",
    "cvar_95", "beta", "turnover_per_year", "costs_per_year", "break_even_bp",
)  # fmt: skip
GROUPS: dict[str, tuple[str, ...]] = {
    "Return": ("total_return", "cagr", "final_equity", "hit_rate", "profit_factor", "omega"),
    "Risk": (
        "volatility", "max_drawdown", "longest_drawdown", "var_95", "cvar_95", "skew", "kurtosis",
    ),
    "Return for risk": ("sharpe", "psr", "sortino", "calmar"),
    "Beside buy & hold": ("beta", "alpha", "correlation", "tracking_error", "information_ratio"),
    "Trading": ("gross_exposure", "net_exposure", "time_in_market", "holding_period"),
    "Costs": (
        "turnover_per_year", "costs_per_year", "fees_per_year", "slippage_per_year",
        "debit_per_year", "borrow_per_year", "break_even_bp", "capacity",
    ),
}  # fmt: skip


def labelled(key: str, value: float) -> tuple[str, str]:
    """Return the name of a figure and its value as text."""
    label, form = _EVERY.get(key, (key.replace("_", " ").capitalize(), number))
    return label, form(value)


def metric_rows(
    strategy: Mapping[str, float],
    benchmark: Mapping[str, float],
    keys: Sequence[str],
    hold: str = HOLD,
) -> list[tuple[str, str, str]]:
    """Return label, strategy and benchmark for those of the figures that either account has.

    `hold` is the name of the benchmark, for the labels that speak of it.
    """
    rows = []
    for key in keys:
        label, mine = labelled(key, strategy.get(key, math.nan))
        _, other = labelled(key, benchmark.get(key, math.nan))
        if key in RELATIVE and key != "psr":
            other = MISSING  # beside itself: nothing to say
        nothing = key in _IF_PAID and not (strategy.get(key) or benchmark.get(key))
        if (mine, other) != (MISSING, MISSING) and not nothing:
            rows.append((with_hold(label, hold), mine, other))
    return rows


def grouped_rows(
    strategy: Mapping[str, float], benchmark: Mapping[str, float], hold: str = HOLD
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return the rows of every group of figures; what belongs to no group comes last."""
    known = {key for keys in GROUPS.values() for key in keys}
    others = tuple(key for key in dict.fromkeys([*strategy, *benchmark]) if key not in known)
    groups = [*GROUPS.items(), ("Other", others)]
    made = [(name, metric_rows(strategy, benchmark, keys, hold)) for name, keys in groups]
    return [(with_hold(name, hold), rows) for name, rows in made if rows]
