"""Law: the break-even is where the gain is gone, to 1e-5, from few accounts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import trade
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.evaluation.break_even import LEVELS_BP, break_even_slippage, cost_levels
from lstmtrader.evaluation.metrics import cagr, sharpe_ratio
from lstmtrader.weights import TargetWeights

PRICES = SyntheticProvider(n_symbols=4, n_bars=300, seed=3).fetch()
YEAR = PRICES.periods_per_year
TERMS = Terms(Execution.NEXT_CLOSE, Costs(fees=0.0005, slippage=0.0003))


def foresight(noise: float, every: int = 1) -> TargetWeights:
    """Decisions that know the next move but for some noise, on every so many bars."""
    move = (PRICES.close.shift(-1 - every) / PRICES.close.shift(-1) - 1).fillna(0.0)
    chance = np.random.default_rng(7).normal(0, noise, move.shape)
    return TargetWeights(np.sign(move + chance).iloc[:250:every] / 4)


def gains(weights: TargetWeights, slippage: float, terms: Terms = TERMS) -> bool:
    costs = Costs(fees=terms.costs.fees, slippage=terms.costs.slippage + slippage)
    result = trade(
        PRICES,
        weights,
        Terms(terms.execution, costs, terms.limits, terms.sizing, capital=terms.capital),
    )
    return bool(result.equity.iloc[-1] > result.capital)


def test_cost_levels_are_accounts_with_that_much_more_slippage() -> None:
    weights = foresight(0.02)
    table = cost_levels(PRICES, weights, TERMS)
    assert table.index.to_list() == list(LEVELS_BP)
    assert list(table.columns) == ["sharpe", "cagr"]
    assert table["cagr"].is_monotonic_decreasing
    for level in (0, 20):
        costs = Costs(fees=0.0005, slippage=0.0003 + level * 1e-4)
        alone = trade(PRICES, weights, Terms(Execution.NEXT_CLOSE, costs))
        assert table.loc[level, "sharpe"] == pytest.approx(sharpe_ratio(alone.returns, YEAR))
        assert table.loc[level, "cagr"] == pytest.approx(cagr(alone.returns, YEAR))
    assert cost_levels(PRICES, weights, TERMS, [3]).index.to_list() == [3]


@pytest.mark.parametrize(
    ("noise", "every"), [(0.0, 1), (0.01, 1), (0.03, 1), (0.02, 5), (0.02, 20)]
)
def test_the_break_even_lies_between_a_gain_and_a_loss(noise: float, every: int) -> None:
    weights = foresight(noise, every)
    found = break_even_slippage(PRICES, weights, TERMS)
    assert 0 < found < 0.05
    assert gains(weights, found - 1e-5)
    assert not gains(weights, found + 1e-5)
    known = cost_levels(PRICES, weights, TERMS, [1, 30])
    assert break_even_slippage(PRICES, weights, TERMS, known) == pytest.approx(found, abs=2e-5)


def test_whole_lots_make_the_curve_rough_and_a_break_even_is_found_still() -> None:
    rough = Terms(Execution.NEXT_CLOSE, Costs(0.0), sizing=Sizing(lot=100.0), capital=50_000.0)
    weights = foresight(0.02)
    found = break_even_slippage(PRICES, weights, rough)
    assert gains(weights, max(found - 1e-5, 0.0), rough)
    assert not gains(weights, found + 1e-5, rough)


def test_what_gains_at_any_cost_or_never_trades_has_no_end() -> None:
    idle = TargetWeights(foresight(0.0).frame * 0)
    assert break_even_slippage(PRICES, idle, TERMS) == math.inf
    assert break_even_slippage(PRICES, idle, TERMS, cost_levels(PRICES, idle, TERMS)) == math.inf
    once = pd.DataFrame(0.0, PRICES.index[:1], list(PRICES.symbols))
    best = PRICES.close.iloc[-1].div(PRICES.close.iloc[1]).idxmax()
    once[best] = 1.0
    assert PRICES.close[best].iloc[-1] / PRICES.close[best].iloc[1] > 1.1
    assert break_even_slippage(PRICES, TargetWeights(once), TERMS) == math.inf


def test_what_loses_without_it_has_none() -> None:
    loser = TargetWeights(-foresight(0.0).frame)
    assert math.isnan(break_even_slippage(PRICES, loser, TERMS))
    assert math.isnan(break_even_slippage(PRICES, loser, TERMS, cost_levels(PRICES, loser, TERMS)))
    known = cost_levels(PRICES, loser, TERMS, [0])
    assert math.isnan(break_even_slippage(PRICES, loser, TERMS, known))


def test_a_last_bar_that_nothing_follows_never_trades() -> None:
    late = TargetWeights(pd.DataFrame(0.25, PRICES.index[-1:], list(PRICES.symbols)))
    assert break_even_slippage(PRICES, late, TERMS) == math.inf
