"""What dearer trading does to an account, and how dear it may get before the gains are gone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from lstmtrader.backtest.engine import trade_many
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
from lstmtrader.evaluation.metrics import cagr, sharpe_ratio
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

LEVELS_BP = (0, 1, 2, 5, 10, 20, 50)
"""Slippage on top of the terms, in basis points, that a report shows."""

_BASIS_POINT = 1e-4
_MOST = 0.05
_BEYOND = (0.01, 0.02)
_PRECISION = 1e-5
_NEAR = 0.8 * _PRECISION


def cost_levels(
    prices: PriceFrame,
    weights: TargetWeights,
    terms: Terms,
    levels_bp: Sequence[float] = LEVELS_BP,
    base: BacktestResult | None = None,
) -> pd.DataFrame:
    """Trade the same weights at several costs.

    Parameters
    ----------
    prices : PriceFrame
    weights : TargetWeights
    terms : Terms
    levels_bp : sequence of float
        Slippage on top of the terms, in basis points of every fill.
    base : BacktestResult, optional
        The account at no slippage on top, where it is known already: saves time.

    Returns
    -------
    DataFrame of shape (n_levels, 2)
        Indexed by the level in basis points; columns ``sharpe`` and ``cagr``.
    """
    asked = [one for one in levels_bp if base is None or one != 0]
    traded = _traded(prices, weights, terms, [_BASIS_POINT * one for one in asked])
    known = dict(zip(asked, traded, strict=True))
    if base is not None:
        known[0] = base
    results = [known[one] for one in levels_bp]
    years = prices.periods_per_year
    return pd.DataFrame(
        {
            "sharpe": [sharpe_ratio(one.returns, years) for one in results],
            "cagr": [cagr(one.returns, years) for one in results],
        },
        index=pd.Index(levels_bp, name="slippage_bp"),
    )


def break_even_slippage(
    prices: PriceFrame,
    weights: TargetWeights,
    terms: Terms,
    levels: pd.DataFrame | None = None,
) -> float:
    """Return the slippage on top of the terms at which the account ends where it began.

    Parameters
    ----------
    prices : PriceFrame
    weights : TargetWeights
    terms : Terms
    levels : DataFrame, optional
        The `cost_levels` of the same three, where they are known already: saves time.

    Returns
    -------
    float
        As a fraction of every fill, to 1e-5; NaN for an account that ends no higher without it,
        infinite for one that gains even at 5 % a fill, and for one that never trades.
    """
    known = {0.0: math.nan}
    if levels is None:
        levels = cost_levels(prices, weights, terms)
    known |= dict(zip(levels.index * _BASIS_POINT, _growth(levels["cagr"]), strict=True))

    def ask(slippages: Iterable[float]) -> None:
        fresh = [one for one in slippages if math.isnan(known.get(one, math.nan))]
        if fresh:
            results = _traded(prices, weights, terms, fresh)
            rates = [cagr(one.returns, one.periods_per_year) for one in results]
            known.update(zip(fresh, _growth(rates), strict=True))

    ask([0.0])
    if all(growth > 0 for growth in known.values()):
        most = min(_MOST, 0.1 - 1e-9 - terms.costs.slippage)
        ask(one for one in (*_BEYOND, most) if max(known) < one <= most)
    if known[0.0] <= 0:
        # What slippage does not touch is not traded.
        dearest = max(known) if len(known) > 1 else _MOST / 10
        ask([dearest])
        return math.inf if known[dearest] == known[0.0] == 0 else math.nan
    if all(growth > 0 for growth in known.values()):
        return math.inf
    low, high = _bracket(known)
    even = False
    while high - low > 2 * _PRECISION:
        guess = _crossing(known, low, high)
        asked = [guess - _NEAR, guess + _NEAR]
        if even:  # the curve is not smooth: what halves the bracket at the least
            asked += np.linspace(low, high, 5)[1:-1].tolist()
        ask(one for one in asked if low < one < high)
        low, high = _bracket(known)
        even = True
    return (low + high) / 2


def _traded(
    prices: PriceFrame, weights: TargetWeights, terms: Terms, slippages: Sequence[float]
) -> list[BacktestResult]:
    base = terms.costs
    costs = [replace(base, slippage=base.slippage + one) for one in slippages]
    return trade_many(prices, [weights] * len(costs), [replace(terms, costs=one) for one in costs])


def _growth(rates: Iterable[float]) -> list[float]:
    """Growth in logarithms; none for an account without returns, -inf for a ruined one."""
    with np.errstate(divide="ignore"):
        growth: list[float] = np.log1p(np.nan_to_num(np.array(list(rates)))).tolist()
    return growth


def _bracket(known: dict[float, float]) -> tuple[float, float]:
    """The first level that loses, and the one before it.

    With more slippage than that an account may end higher, but only by chance.
    """
    levels = sorted(known)
    at = next(number for number, one in enumerate(levels) if known[one] <= 0)
    return levels[at - 1], levels[at]


def _crossing(known: dict[float, float], low: float, high: float) -> float:
    """Guess where growth is zero, by a polynomial through the levels around the bracket.

    Growth is nearly a straight line in slippage, as each fill costs its share.
    """
    levels = sorted(known)
    at = levels.index(high)
    near = [one for one in levels[max(at - 2, 0) : at + 2] if math.isfinite(known[one])]
    growth = [known[one] for one in near]
    if high in near and all(a > b for a, b in pairwise(growth)):
        guess = 0.0
        for one in near:
            others = [known[other] for other in near if other != one]
            guess += one * math.prod(other / (other - known[one]) for other in others)
        if low < guess < high:
            return guess
    return (low + high) / 2
