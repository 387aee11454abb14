"""Law: random weights give the clock of the fills away, whatever it is declared to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmtrader.audit.finding import Stage
from lstmtrader.audit.probes.fills import plain_equity, probe_fills, random_weights
from lstmtrader.audit.probes.labels import probe_labels
from lstmtrader.audit.subject import Subject
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from tests.audit.ground import BASE

PRICES = SyntheticProvider(n_symbols=3, n_bars=120, seed=4).fetch()
WEIGHTS = random_weights(PRICES, range(2, 100))


@pytest.mark.parametrize("delay", [0, 1, 3])
@pytest.mark.parametrize("execution", [Execution.NEXT_OPEN, Execution.NEXT_CLOSE])
def test_the_plain_ledger_is_the_engine_without_costs(execution: Execution, delay: int) -> None:
    traded = run_backtest(
        PRICES, WEIGHTS, Costs(fees=0.0), execution, rebalancing=Rebalancing(delay=delay)
    ).equity
    plain = plain_equity(PRICES, WEIGHTS, execution.price, execution.lag + delay, 1e6)
    assert np.abs(traded / plain.loc[traded.index] - 1).max() < 1e-12
    for lag in {0, 1, 2} - {execution.lag + delay}:
        other = plain_equity(PRICES, WEIGHTS, execution.price, lag, 1e6)
        assert np.abs(traded / other.loc[traded.index] - 1).max() > 1e-6


def test_a_position_is_not_there_on_the_day_of_its_decision() -> None:
    """Decided at 100, filled at the next open of 110, closed at 121: 10 % are earned, not 21 %."""
    index = PRICES.index[:4]
    table = PRICES.close.iloc[:4, :1]
    prices = replace(
        PRICES,
        **dict.fromkeys(("high", "low", "volume"), table * 0 + 1),
        open=(table * 0).add([100.0, 100.0, 110.0, 121.0], axis=0),
        close=(table * 0).add([100.0, 100.0, 121.0, 121.0], axis=0),
    )
    weights = random_weights(prices, range(1, 2))
    equity = plain_equity(prices, weights, "open", 1, 100.0)
    assert equity.loc[index[1]] == 100.0
    assert equity.loc[index[2]] == pytest.approx(100.0 * (1 + 0.9 * 0.1))


@pytest.mark.parametrize("execution", [Execution.NEXT_OPEN, Execution.NEXT_CLOSE])
def test_the_declared_clock_is_found_and_labels_are_real(execution: Execution) -> None:
    subject = Subject.of(replace(BASE, execution=execution), "quick")
    assert probe_fills(subject).findings == ()
    assert probe_labels(subject).findings == ()


def test_an_account_that_is_kept_by_another_clock_is_named() -> None:
    subject = Subject.of(BASE, "quick")
    declared = replace(subject.study, execution=Execution.NEXT_CLOSE)

    class Elsewise(type(declared)):  # type: ignore[misc]
        terms = BASE.terms

    other = Elsewise(**{name: getattr(declared, name) for name in declared.__dataclass_fields__})
    found = probe_fills(replace(subject, study=other)).findings
    assert [one.stage for one in found] == [Stage.FILL]
    assert "it is that of fills at the open 1 bars after the decision" in found[0].what
