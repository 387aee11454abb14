"""What other packages print for one series of returns, beside the definitions here.

One seeded series of 250 daily returns and one of a benchmark; the first day is a loss. Packages
that are not installed are left out, and so is a figure that a package does not have. Those that
differ are explained in `docs/metrics.md`.
"""

from __future__ import annotations

import importlib
import math
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from types import ModuleType

import numpy as np
import pandas as pd

Figures = dict[str, Callable[[], float]]
ROWS = (
    "total return", "CAGR", "volatility", "Sharpe", "Sortino", "max drawdown", "Calmar", "Omega",
    "VaR 95", "CVaR 95", "skew", "kurtosis", "beta", "alpha", "information ratio",
)  # fmt: skip


def series() -> tuple[pd.Series, pd.Series]:
    """Fat-tailed returns and a benchmark that explains some of them."""
    random = np.random.default_rng(2026)
    market = random.standard_t(4, 250) * 0.007 + 0.0003
    own = 0.5 * market + random.standard_t(4, 250) * 0.006 + 0.0015
    own[0] = -0.05
    index = pd.bdate_range("2019-01-01", periods=250)
    return pd.Series(own, index, name="strategy"), pd.Series(market, index, name="benchmark")


def lstmtrader(r: pd.Series, b: pd.Series) -> Figures:
    """Return the figures of this package."""
    from lstmtrader.evaluation import drawdown, metrics, relative, tails

    return {
        "total return": lambda: metrics.total_return(r),
        "CAGR": lambda: metrics.cagr(r, 252),
        "volatility": lambda: metrics.volatility(r, 252),
        "Sharpe": lambda: metrics.sharpe_ratio(r, 252),
        "Sortino": lambda: metrics.sortino_ratio(r, 252),
        "max drawdown": lambda: drawdown.max_drawdown(r),
        "Calmar": lambda: drawdown.calmar_ratio(r, 252),
        "Omega": lambda: metrics.omega_ratio(r),
        "VaR 95": lambda: tails.value_at_risk(r),
        "CVaR 95": lambda: tails.conditional_value_at_risk(r),
        "skew": lambda: tails.skewness(r),
        "kurtosis": lambda: tails.excess_kurtosis(r),
        "beta": lambda: relative.beta(r, b),
        "alpha": lambda: relative.alpha(r, b, 252),
        "information ratio": lambda: relative.information_ratio(r, b, 252),
    }


def vectorbt(r: pd.Series, b: pd.Series) -> Figures:
    """Return the figures of vectorbt, with the year it takes when told that bars are days."""
    importlib.import_module("vectorbt")
    its = r.vbt.returns(freq="1D")
    return {
        "total return": its.total,
        "CAGR": its.annualized,
        "volatility": its.annualized_volatility,
        "Sharpe": its.sharpe_ratio,
        "Sortino": its.sortino_ratio,
        "max drawdown": its.max_drawdown,
        "Calmar": its.calmar_ratio,
        "Omega": its.omega_ratio,
        "VaR 95": its.value_at_risk,
        "CVaR 95": its.cond_value_at_risk,
        "skew": r.skew,
        "kurtosis": r.kurt,
        "beta": lambda: its.beta(b),
        "alpha": lambda: its.alpha(b),
        "information ratio": lambda: its.information_ratio(b),
    }


def of_returns(package: ModuleType, names: Mapping[str, str], r: pd.Series) -> Figures:
    """Return the figures whose functions, given by name, take nothing but the returns."""
    return {row: partial(getattr(package, name), r) for row, name in names.items()}


def quantstats(r: pd.Series, b: pd.Series) -> Figures:
    """Return the figures of quantstats, as its functions come."""
    stats = importlib.import_module("quantstats.stats")
    names = {
        "total return": "comp", "CAGR": "cagr", "volatility": "volatility", "Sharpe": "sharpe",
        "Sortino": "sortino", "max drawdown": "max_drawdown", "Calmar": "calmar", "Omega": "omega",
        "VaR 95": "value_at_risk", "CVaR 95": "conditional_value_at_risk", "skew": "skew",
        "kurtosis": "kurtosis",
    }  # fmt: skip
    return {
        **of_returns(stats, names, r),
        "beta": lambda: stats.greeks(r, b)["beta"],
        "alpha": lambda: stats.greeks(r, b)["alpha"],
        "information ratio": lambda: stats.information_ratio(r, b),
    }


def ffn(r: pd.Series, b: pd.Series) -> Figures:
    """Return the figures of ffn, which starts from prices: the capital is the first of them."""
    core = importlib.import_module("ffn")
    before = r.index[:1] - pd.offsets.BDay()
    prices = pd.concat([pd.Series([1.0], before), (1 + r).cumprod()])
    stats = core.calc_stats(prices)
    return {
        "total return": lambda: stats.total_return,
        "CAGR": lambda: stats.cagr,
        "volatility": lambda: stats.daily_vol,
        "Sharpe": lambda: stats.daily_sharpe,
        "Sortino": lambda: stats.daily_sortino,
        "max drawdown": lambda: stats.max_drawdown,
        "Calmar": lambda: stats.calmar,
        "skew": lambda: stats.daily_skew,
        "kurtosis": lambda: stats.daily_kurt,
        "information ratio": lambda: core.calc_information_ratio(r, b),
    }


def empyrical(r: pd.Series, b: pd.Series) -> Figures:
    """Return the figures of empyrical, which pyfolio prints."""
    core = importlib.import_module("empyrical")
    names = {
        "total return": "cum_returns_final", "CAGR": "annual_return",
        "volatility": "annual_volatility", "Sharpe": "sharpe_ratio", "Sortino": "sortino_ratio",
        "max drawdown": "max_drawdown", "Calmar": "calmar_ratio", "Omega": "omega_ratio",
        "VaR 95": "value_at_risk", "CVaR 95": "conditional_value_at_risk",
    }  # fmt: skip
    return {
        **of_returns(core, names, r),
        "beta": lambda: core.beta(r, b),
        "alpha": lambda: core.alpha(r, b),
        "information ratio": lambda: core.excess_sharpe(r, b),
    }


def skfolio(r: pd.Series, b: pd.Series) -> Figures:
    """Return the figures of skfolio, whose portfolios count a year of 252 days."""
    from skfolio import Portfolio

    del b
    its = Portfolio(r.to_frame(), [1.0], annualized_factor=252, compounded=True)
    return {
        "total return": lambda: float(its.cumulative_returns[-1] - 1),
        "volatility": lambda: its.annualized_standard_deviation,
        "Sharpe": lambda: its.annualized_sharpe_ratio,
        "Sortino": lambda: its.annualized_sortino_ratio,
        "max drawdown": lambda: its.max_drawdown,
        "Calmar": lambda: its.calmar_ratio,
        "VaR 95": lambda: its.value_at_risk,
        "CVaR 95": lambda: its.cvar,
        "skew": lambda: its.skew,
        "kurtosis": lambda: its.kurtosis,
    }


SYSTEMS = {
    "lstmtrader": lstmtrader, "vectorbt": vectorbt, "quantstats": quantstats, "ffn": ffn,
    "empyrical": empyrical, "skfolio": skfolio,
}  # fmt: skip
DISTRIBUTIONS = {"empyrical": "empyrical-reloaded"}


def main() -> None:
    """Print one table."""
    warnings.simplefilter("ignore")
    told: dict[str, dict[str, float]] = {}
    for name, system in SYSTEMS.items():
        try:
            figures = system(*series())
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            continue
        told[name] = {row: float(figures[row]()) for row in ROWS if row in figures}
    names = [
        name if name == "lstmtrader" else f"{name} {version(DISTRIBUTIONS.get(name, name))}"
        for name in told
    ]
    print("| | " + " | ".join(names) + " |")
    print("|---|" + "---:|" * len(names))
    for row in ROWS:
        cells = [told[name].get(row, math.nan) for name in told]
        words = ["–" if math.isnan(cell) else f"{cell:.4f}" for cell in cells]
        print(f"| {row} | " + " | ".join(words) + " |")


if __name__ == "__main__":
    main()
