"""Law: a variant of a sweep is what it would be alone, and every one is counted."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest, trade
from lstmtrader.backtest.presets import PRESETS
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.metrics import performance
from lstmtrader.evaluation.trials import LEDGER, Trial, read, record
from lstmtrader.experiment import Experiment
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.strategy import decide
from lstmtrader.sweep.break_even import break_even_slippage
from lstmtrader.sweep.grid import vary
from lstmtrader.sweep.runner import trade_variants
from lstmtrader.weights import TargetWeights

ROOT = Path(__file__).parents[2]
PRICES = SyntheticProvider(n_symbols=4, n_bars=300, seed=3, holes=10, delisted=1).fetch()
AXES = {
    "strategy.params.target_volatility": [0.1, 0.2, 0.4],
    "costs.fees": [0.0, 0.001],
    "sizing.band": [0.0, 0.02],
    "limits.net": [1.0, 0.2],
}


def quickstart() -> Experiment:
    return Experiment.from_yaml(ROOT / "configs" / "quickstart.yaml")


def forecast() -> Forecast:
    members = np.random.default_rng(4).standard_normal((1, 200, 4)).astype(np.float32)
    return Forecast(np.tanh(members), PRICES.index[80:280], PRICES.symbols, ForecastKind.POSITION)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return trade_variants(vary(quickstart(), AXES), forecast(), PRICES, workers=1)


def test_a_variant_is_what_it_is_alone(table: pd.DataFrame) -> None:
    variants = vary(quickstart(), AXES)
    assert len(table) == len(variants) == 24
    for number, one in enumerate(variants):
        study = one.study
        weights = decide(study.strategy, forecast(), PRICES)
        alone = performance(trade(PRICES, weights, study.terms))
        assert table.loc[number, list(alone)].to_dict() == alone
        assert table.loc[number, list(AXES)].to_dict() == dict(one.settings)
    assert table["sharpe"].nunique() == 24


def test_the_number_of_processes_and_the_chunks_do_not_matter(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread = trade_variants(vary(quickstart(), AXES), forecast(), PRICES, workers=2)
    pd.testing.assert_frame_equal(spread, table, check_exact=True)
    monkeypatch.setattr("lstmtrader.sweep.runner.CELLS", 3 * 220 * 4)
    done = []
    chunked = trade_variants(
        vary(quickstart(), AXES), forecast(), PRICES, workers=1,
        progress=lambda step: done.append((step.done, step.of)),
    )  # fmt: skip
    pd.testing.assert_frame_equal(chunked, table, check_exact=True)
    assert len(done) == 8
    assert done[-1] == (24, 24)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"model.params.lookback": [10]}, "experiment of its own"),
        ({"strategy.params.target_volatilty": [0.1]}, "did you mean target_volatility"),
        ({"costs.fees": []}, "at least one value"),
        ({"costs.fees": [0.5]}, "fees: expected a fraction"),
        ({"costs.fees": "0.1"}, "list of at least one"),
    ],
)
def test_what_cannot_be_varied_is_refused(axes: dict[str, list[float]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        vary(quickstart(), axes)


def test_a_preset_of_costs_is_an_axis_too() -> None:
    axes = {"costs": ["us_equities_retail", {"fees": 0.001}]}
    made = vary(quickstart(), axes, {Costs: PRESETS})
    assert [one.study.costs.per_share for one in made] == [0.005, 0.0]
    assert len({one.study.config_hash for one in made}) == 2


# Break-even


def test_the_break_even_is_where_the_gain_is_gone() -> None:
    index = PRICES.index[:200]
    # Foresight of the next two closes, to have something to lose.
    move = PRICES.close.shift(-2) / PRICES.close.shift(-1) - 1
    weights = TargetWeights((np.sign(move).loc[index] / 4).fillna(0.0))
    terms = Terms(Execution.NEXT_CLOSE, Costs(fees=0.0005))
    level = break_even_slippage(PRICES, weights, terms)
    assert 0.001 < level < 0.05
    for slippage, gains in ((level - 2e-5, True), (level + 2e-5, False)):
        costs = Costs(fees=0.0005, slippage=slippage)
        result = run_backtest(PRICES, weights, costs, Execution.NEXT_CLOSE)
        assert (result.equity.iloc[-1] > result.capital) == gains
    loser = TargetWeights(-weights.frame)
    assert math.isnan(break_even_slippage(PRICES, loser, terms))


# The trial ledger


def test_a_trial_counts_once(tmp_path: Path) -> None:
    one, other = (Trial("data", name, name, "run", 0.5) for name in ("a", "b"))
    assert record(tmp_path, [one, one]) == 1
    assert record(tmp_path, [one, other, replace(one, data_hash="others")]) == 2
    assert [trial.config_hash for trial in read(tmp_path)] == ["a", "b", "a"]
    # A writer that was killed halfway through a line.
    with (tmp_path / LEDGER).open("a", encoding="utf-8") as file:
        file.write('{"data_hash": "x"')
    assert len(read(tmp_path)) == 3
    assert record(tmp_path, [replace(one, config_hash="c")]) == 1
    assert [trial.config_hash for trial in read(tmp_path)] == ["a", "b", "a", "c"]
    for line in (tmp_path / LEDGER).read_text(encoding="utf-8").splitlines():
        json.loads(line)


def test_several_processes_lose_no_trial(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from lstmtrader.evaluation.trials import *\n"
        "for n in range(50):\n"
        "    record(Path(sys.argv[1]), [Trial('d', f'{sys.argv[2]}-{n}', 'n', 'run', None),"
        " Trial('d', f'shared-{n}', 'n', 'run', None)])"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    started = [subprocess.Popen([*words, str(number)]) for number in range(4)]
    assert [one.wait(timeout=120) for one in started] == [0] * 4
    hashes = [trial.config_hash for trial in read(tmp_path)]
    assert len(hashes) == len(set(hashes)) == 250
