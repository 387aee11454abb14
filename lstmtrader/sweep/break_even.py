"""How dear trading may get before the gains are gone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lstmtrader.backtest.engine import trade_many
from lstmtrader.backtest.terms import Terms
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

_MOST = 0.05
_AT_ONCE = 9
_ROUNDS = 4


def break_even_slippage(prices: PriceFrame, weights: TargetWeights, terms: Terms) -> float:
    """Return the slippage on top of the terms at which the account ends where it began.

    Parameters
    ----------
    prices : PriceFrame
    weights : TargetWeights
    terms : Terms

    Returns
    -------
    float
        As a fraction of every fill, to 1e-5; NaN for an account that ends no higher without it,
        infinite for one that gains even at 5 % a fill, and for one that never trades.
    """
    low, high = 0.0, min(_MOST, 0.1 - 1e-9 - terms.costs.slippage)
    for number in range(_ROUNDS):
        levels = np.linspace(low, high, _AT_ONCE)
        costs = [replace(terms.costs, slippage=terms.costs.slippage + one) for one in levels]
        results = trade_many(
            prices, [weights] * len(levels), [replace(terms, costs=one) for one in costs]
        )
        gains = np.array([float(one.equity.iloc[-1]) > one.capital for one in results])
        if number == 0:
            if gains.all() or results[0].trades.empty:
                return math.inf
            if not gains[0]:
                return math.nan
        # The first level that loses: with more slippage an account may end higher only by chance.
        at = int(np.argmin(gains))
        low, high = float(levels[at - 1]), float(levels[at])
    return (low + high) / 2
