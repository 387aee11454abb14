"""Law: what a run says of its trials is what the ledger says, and an edit makes a new trial."""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lstmtrader import Experiment
from lstmtrader.clock import Calendar
from lstmtrader.data.provider import EVERYTHING, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.evaluation.significance.deflation import variance_without_skill
from lstmtrader.evaluation.significance.sharpe import (
    expected_max_sharpe,
    moments,
    probabilistic_sharpe_ratio,
)
from lstmtrader.evaluation.trial_set import trials_of
from lstmtrader.evaluation.trials import Trial, read, record, variant_hash
from lstmtrader.run import Run
from lstmtrader.run_catalogue.entry import read_entry
from lstmtrader.run_catalogue.tried import tried

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class EveryDay:
    """Synthetic prices of a market that never closes: 365 bars a year."""

    n_bars: int = 480

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> object:
        made = SyntheticProvider(n_symbols=3, n_bars=self.n_bars, seed=3).fetch(request)
        days = pd.date_range("2000-01-01", periods=self.n_bars)
        fields = {
            name: frame.set_axis(days)
            for name, frame in vars(made).items()
            if isinstance(frame, pd.DataFrame)
        }
        return replace(made, calendar=Calendar("24/7"), **fields)


def crowd(run: Run, runs: Path, n_trials: int) -> None:
    """Count trials that earn like a run, correlated by about 0.8, each with a Sharpe ratio."""
    own = trials_of(runs, run.data_hash).returns.iloc[:, 0].to_numpy()
    rng = np.random.default_rng(1)
    spread = 0.5 * np.nanstd(own)
    returns = {
        f"like-{number}": (own + rng.normal(0, spread, len(own))).astype(np.float32)
        for number in range(n_trials)
    }
    a_year = run.result.periods_per_year
    sharpes = [
        float(np.nanmean(one) / np.nanstd(one, ddof=1)) * a_year**0.5 for one in returns.values()
    ]
    trials = [
        Trial(run.data_hash, name, run.name, "variant", sharpe, "next_open", None, a_year)
        for name, sharpe in zip(returns, sharpes, strict=True)
    ]
    record(runs, trials, returns)


@pytest.mark.parametrize("market", ["weekdays", "every day"])
def test_a_run_is_deflated_by_what_the_ledger_holds(
    tmp_path: Path, tiny_experiment: Experiment, market: str
) -> None:
    """The second of two runs, after eight more like the first: by hand from returns and ratios."""
    runs, study = tmp_path / "runs", tiny_experiment
    if market == "every day":
        study = replace(study, prices=PriceSource(EveryDay()))
    first = study.run(runs)
    elsewhere = replace(study, prices=PriceSource(SyntheticProvider(3, 480, seed=4))).run(runs)
    crowd(first, runs, 8)
    run = replace(study, strategy=replace(study.strategy, window=40)).run(runs)
    a_year = {"weekdays": 261, "every day": 365}[market]
    assert run.result.periods_per_year == a_year

    ledger = [one for one in read(runs) if one.data_hash == run.data_hash]
    annual = [math.nan if one.sharpe is None else one.sharpe for one in ledger]
    per_bar = np.array(annual) / math.sqrt(a_year)
    # One family of ten, every block a bar: N̂ = ρ̄ + (1 - ρ̄)·10, by numpy.
    columns = trials_of(runs, run.data_hash).returns.dropna().to_numpy(np.float64).T
    assert len(columns) == len(ledger) == 10
    rho = (np.corrcoef(columns).sum() - 10) / 90
    worth = rho + (1 - rho) * 10
    assert 2 < worth < 5

    of, figures = moments(run.result.returns), run.trials
    best = expected_max_sharpe(worth, variance_without_skill(of.sharpe, of.n, per_bar))
    assert best > 0
    assert (figures["n_trials"], figures["effective_trials"]) == (10, 1)
    assert figures["deflated_by"] == pytest.approx(worth, rel=1e-4)
    assert figures["trials_elsewhere"] == 1
    assert elsewhere.trials["trials_elsewhere"] == 1
    assert figures["expected_max_sharpe"] == pytest.approx(best * math.sqrt(a_year), rel=1e-4)
    assert figures["dsr"] == pytest.approx(probabilistic_sharpe_ratio(of, best), rel=1e-4)
    assert figures["pbo_trials"] == 10
    assert (first.trials["n_trials"], first.trials["deflated_by"]) == (1, 1)
    assert first.trials["dsr"] == first.evaluation.significance.figures["psr"]
    assert run.path is not None
    now = tried(read_entry(run.path))
    assert now is not None
    assert (now.count, now.effective) == (10, 1)
    assert now.deflated_by == pytest.approx(worth, rel=1e-4)
    assert now.dsr == pytest.approx(figures["dsr"], rel=1e-9)


def test_a_run_that_nobody_counted_says_so(tiny_experiment: Experiment) -> None:
    run = tiny_experiment.run()
    assert set(run.trials.values()) == {None}
    assert "is not counted here" in run.report()


# A trial is known by its code, too

BODY = """
from dataclasses import dataclass

from lstmtrader.weights import TargetWeights
from strategies.direct_positions import DirectPositions


def size(weights):
    return weights * {scale}


@dataclass(frozen=True)
class Mine(DirectPositions):
    def target_weights(self, forecast, prices):
        made = super().target_weights(forecast, prices)
        return TargetWeights(size(made.frame){turned})
"""
EDITS = {
    "first": {"scale": "0.5", "turned": ""},
    "a helper": {"scale": "0.25", "turned": ""},
    "the body": {"scale": "0.25", "turned": ".shift(1).fillna(0.0)"},
}


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path / "my_edited_strategy.py"
    sys.modules.pop("my_edited_strategy", None)


def loaded(path: Path, text: str, experiment: Experiment) -> Experiment:
    """As a new process would load the strategy of that text."""
    path.write_text(text, encoding="utf-8")
    sys.modules.pop(path.stem, None)
    importlib.invalidate_caches()
    return replace(experiment, strategy=importlib.import_module(path.stem).Mine())


def test_every_edit_of_a_strategy_is_a_trial_and_a_rerun_is_none(
    own_module: Path, tmp_path: Path, tiny_experiment: Experiment
) -> None:
    runs, counts = tmp_path / "runs", []
    for edit in EDITS.values():
        study = loaded(own_module, BODY.format(**edit), tiny_experiment)
        counts.append(study.run(runs).trials["n_trials"])
    assert counts == [1, 2, 3]
    again = BODY.format(**EDITS["the body"])
    assert loaded(own_module, again, tiny_experiment).run(runs).trials["n_trials"] == 3
    remarks = again.replace("        return", "        # A remark.\n\n        return")
    assert remarks != again
    study = loaded(own_module, remarks, tiny_experiment)
    assert study.run(runs).trials["n_trials"] == 3
    assert len(read(runs)) == 3
    assert len({one.config_hash for one in read(runs)}) == 3


def test_the_hash_is_the_same_in_every_process_and_imports_nothing() -> None:
    """Sets of constants have another order in each; a strategy of the house has one of enums."""
    code = """
import sys
from lstmtrader.evaluation.trials import variant_hash
config = {"strategy": {"target": "strategies.direct_positions:DirectPositions", "params": {}}}
alone = variant_hash(config)
assert "strategies.direct_positions" not in sys.modules
import strategies.direct_positions
print(variant_hash(config), variant_hash(config) != alone)
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert len(set(said)) == 1
    assert said[0].endswith("True\n")


def test_code_of_the_package_is_left_to_its_version(tiny_experiment: Experiment) -> None:
    """Settings that name nothing of the user have the hash that ledgers of old have."""
    config = {key: one for key, one in tiny_experiment.config.items() if key != "strategy"}
    kept = {
        key: one for key, one in config.items() if key not in ("name", "baselines", "benchmark")
    }
    expected = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
    assert variant_hash(config) == expected
