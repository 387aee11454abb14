"""Law 4: where there is nothing to find, nothing is found; where there is, it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.experiment import Experiment
from tests.leakage.pipelines import EXPERIMENTS, Decided, decide_all

# Three-and-a-third standard errors: one false alarm in a thousand.
BEYOND_CHANCE = 3.3


def _run(name: str, seed: int, autocorrelation: float) -> Decided:
    market = SyntheticProvider(n_symbols=8, n_bars=600, seed=seed, autocorrelation=autocorrelation)
    base = EXPERIMENTS[name]
    experiment: Experiment = replace(
        base,
        prices=PriceSource(market),
        # As many bars are judged, in half the folds.
        walk_forward=replace(base.walk_forward, test=120),
        costs=Costs(fees=0.0),
        seed=seed,
    )
    return decide_all(experiment)


def _t_statistic(runs: list[Decided]) -> float:
    returns = np.concatenate([run.returns.to_numpy() for run in runs])
    return float(returns.mean() / returns.std(ddof=1) * np.sqrt(len(returns)))


@pytest.mark.parametrize("name", ["positions", "ranks"])
def test_random_walks_give_no_significant_sharpe(name: str) -> None:
    runs = [_run(name, seed, autocorrelation=0.0) for seed in range(6)]
    assert abs(_t_statistic(runs)) < BEYOND_CHANCE
    signs, total = 0.0, 0
    for run in runs:
        both = np.sign(run.forecast.mean.to_numpy()) * np.sign(run.outcome)
        counted = both[np.isfinite(both) & (both != 0)]
        signs, total = signs + counted.sum(), total + len(counted)
    # Labels of 5 bars overlap: five times fewer of them are independent.
    independent = total / EXPERIMENTS[name].target.horizon
    assert abs(signs / total) * np.sqrt(independent) < BEYOND_CHANCE


def test_a_real_signal_is_found() -> None:
    """The same test with an autocorrelation that survives the day's delay fails loudly."""
    runs = [_run("positions", seed, autocorrelation=0.6) for seed in range(2)]
    assert _t_statistic(runs) > 2 * BEYOND_CHANCE
