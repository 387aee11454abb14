"""Law: what an account held, traded and paid is counted from its own books."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from literal import FREE, NAN, trade

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.limits import Limits
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.evaluation.activity import (
    capacity,
    costs_by_kind,
    gross_exposure,
    holding_period,
    net_exposure,
    time_in_market,
    turnover_per_year,
)
from lstmtrader.evaluation.performance import performance
from lstmtrader.weights import TargetWeights

PRICES = SyntheticProvider(n_symbols=4, n_bars=400, seed=3).fetch()


def foresight(scale: float = 0.2) -> TargetWeights:
    """Decisions that know the move they will earn, mixed with chance."""
    move = (PRICES.close.shift(-2) / PRICES.close.shift(-1) - 1).fillna(0.0)
    chance = np.random.default_rng(0).normal(0, 0.03, move.shape)
    return TargetWeights(np.sign(move + chance).iloc[30:] * scale)


def test_activity_by_hand() -> None:
    """Half in for two bars, half of that out, flat for two: five bars, 5 / 252 of a year.

    Prices stand still, so exposures are 0.5, 0.5, 0.25, 0, 0, and trades 0.5, 0.25 and 0.25.
    """
    result = trade([[10]] * 6, [[0.5], [NAN], [0.25], [0.0]])
    assert gross_exposure(result) == pytest.approx(0.25, rel=1e-12)
    assert net_exposure(result) == pytest.approx(0.25, rel=1e-12)
    assert time_in_market(result) == pytest.approx(0.6, rel=1e-12)
    assert turnover_per_year(result) == pytest.approx(1.0 * 252 / 5, rel=1e-12)
    assert holding_period(result) == pytest.approx(1.25 / 0.5, rel=1e-12)


@pytest.mark.parametrize("bars", [1, 4, 20])
def test_money_that_is_in_for_so_many_bars_is_held_for_so_many(bars: int) -> None:
    """Bought at one close, sold `bars` later, over and over: a bar is held until its last close."""
    weights = [[0.5] if (bar // bars) % 2 == 0 else [0.0] for bar in range(40 * bars)]
    result = trade([[10]] * (40 * bars + 1), weights, timing=Execution.NEXT_CLOSE)
    assert holding_period(result) == pytest.approx(bars, rel=1e-9)
    assert time_in_market(result) == pytest.approx(0.5, rel=1e-9)


def test_what_is_never_sold_was_held_to_the_end() -> None:
    result = trade([[10]] * 6, [[1.0]])
    assert holding_period(result) == pytest.approx(5, rel=1e-12)


def test_an_account_that_never_traded_held_nothing() -> None:
    result = trade([[10], [11], [12]], [[0.0]])
    assert (gross_exposure(result), time_in_market(result), turnover_per_year(result)) == (0, 0, 0)
    assert math.isnan(holding_period(result))
    assert set(costs_by_kind(result).values()) == {0.0}


def test_an_account_of_one_bar_has_no_averages() -> None:
    result = trade([[10]], [[0.5]])
    assert len(result.returns) == 0
    for figure in (gross_exposure, net_exposure, time_in_market, turnover_per_year, holding_period):
        assert math.isnan(figure(result))
    assert all(math.isnan(paid) for paid in costs_by_kind(result).values())
    figures = performance(result, result)
    assert figures.pop("final_equity") == 1000
    assert all(math.isnan(figure) for figure in figures.values())


def test_costs_by_kind_add_up_to_all_that_was_paid() -> None:
    """Borrowed money and borrowed shares on top of fees and slippage."""
    weights = TargetWeights(
        pd.DataFrame([[1.2, 0.9, -0.5, -0.3]], PRICES.index[:1], PRICES.symbols)
    )
    costs = Costs(0.001, 0.002, borrow=0.05, debit_rate=0.08)
    result = run_backtest(PRICES, weights, costs, Execution.NEXT_CLOSE, limits=Limits(4.0, 3.0))
    by_kind = costs_by_kind(result)
    assert list(by_kind) == ["fees", "slippage", "debit", "borrow"]
    assert min(by_kind.values()) > 0
    assert by_kind["slippage"] == pytest.approx(2 * by_kind["fees"], rel=0.01)
    bars = result.returns.index
    paid = result.costs_paid.to_numpy().sum() / result.equity[bars].mean()
    figures = performance(result)
    assert figures["costs_per_year"] == pytest.approx(
        paid * PRICES.periods_per_year / len(bars), rel=1e-12
    )
    assert {f"{kind}_per_year": paid for kind, paid in by_kind.items()}.items() <= figures.items()


def test_a_benchmark_adds_five_figures() -> None:
    result = run_backtest(PRICES, foresight(), FREE, Execution.NEXT_CLOSE)
    alone, both = performance(result), performance(result, result)
    assert set(both) - set(alone) == {
        "beta", "alpha", "information_ratio", "tracking_error", "correlation",
    }  # fmt: skip
    assert {name: both[name] for name in alone} == alone
    assert both["beta"] == pytest.approx(1, rel=1e-12)
    assert both["correlation"] == pytest.approx(1, rel=1e-12)
    assert both["alpha"] == pytest.approx(0, abs=1e-12)
    assert both["tracking_error"] == 0


def test_capacity_is_the_capital_at_which_the_impact_takes_the_gain() -> None:
    """An account of that capital that pays the impact ends about where it began.

    "About", as the estimate is of first order: what grows less trades less. One of a tenth of it
    still gains, one of ten times it loses.
    """
    weights = foresight()
    result = run_backtest(PRICES, weights, Costs(), Execution.NEXT_CLOSE)
    found = capacity(result, PRICES)
    assert 0 < found < math.inf
    gained = math.log(result.equity.iloc[-1] / result.capital)
    kept = {}
    for times in (0.1, 1.0, 10.0):
        big = run_backtest(
            PRICES, weights, Costs(impact=1.0), Execution.NEXT_CLOSE, capital=found * times
        )
        kept[times] = math.log(max(big.equity.iloc[-1] / big.capital, 1e-9)) / gained
    assert kept[1.0] == pytest.approx(0, abs=0.2)
    assert kept[0.1] > 0.5
    assert kept[10.0] < -1


def test_capacity_does_not_depend_on_the_capital_and_falls_with_the_impact() -> None:
    small, big = (
        run_backtest(PRICES, foresight(), Costs(), Execution.NEXT_CLOSE, capital=capital)
        for capital in (1e3, 1e9)
    )
    assert capacity(small, PRICES) == pytest.approx(capacity(big, PRICES), rel=1e-6)
    assert capacity(big, PRICES, 2.0) == pytest.approx(capacity(big, PRICES) / 4, rel=1e-9)


def test_capacity_uses_no_volume_of_the_bar_it_trades_on_nor_later() -> None:
    """Volumes after the last fill are of no consequence; those of its bar neither."""
    result = run_backtest(PRICES, TargetWeights(foresight().frame.iloc[:200]), FREE)
    last = PRICES.index.get_loc(result.trades["date"].iloc[-1])
    volume = PRICES.volume.copy()
    volume.iloc[last:] = 1e12
    changed = replace(PRICES, volume=volume)
    if result.equity.iloc[-1] > result.capital:
        assert capacity(result, changed) == capacity(result, PRICES) > 0
    volume.iloc[last - 1] = 1e12
    assert capacity(result, replace(PRICES, volume=volume)) > capacity(result, PRICES)


def test_capacity_of_what_has_none() -> None:
    weights = foresight()
    result = run_backtest(PRICES, weights, FREE, Execution.NEXT_CLOSE)
    assert math.isnan(capacity(result, replace(PRICES, volume=None)))
    loser = run_backtest(PRICES, TargetWeights(-weights.frame), FREE, Execution.NEXT_CLOSE)
    assert math.isnan(capacity(loser, PRICES))
    idle = run_backtest(PRICES, TargetWeights(weights.frame * 0), FREE, Execution.NEXT_CLOSE)
    assert math.isnan(capacity(idle, PRICES))
    # No estimate for any fill: the first bars of the prices.
    start = TargetWeights(pd.DataFrame(1.0, PRICES.index[:1], PRICES.symbols[:1]))
    early = run_backtest(PRICES, start, FREE, Execution.NEXT_CLOSE)
    assert math.isnan(capacity(early, PRICES))
