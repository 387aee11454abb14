"""Law: the verdict holds the numbers of its parts, in the units it says, whatever the account."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lstmtrader.evaluation.metrics import sharpe_ratio
from lstmtrader.evaluation.significance.bootstrap import bootstrap_intervals
from lstmtrader.evaluation.significance.deflation import deflate
from lstmtrader.evaluation.significance.judge import judge_significance
from lstmtrader.evaluation.significance.overfitting import probability_of_backtest_overfitting
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.significance.sharpe import (
    min_track_record_length,
    probabilistic_sharpe_ratio,
)
from lstmtrader.evaluation.significance.superiority import compare_contenders
from lstmtrader.evaluation.trial_set import TrialSet
from lstmtrader.evaluation.trials import Trial

FIGURES = [
    "level", "replications", "block", "psr", "min_track_record", "n_trials", "effective_trials",
    "deflated_by", "trials_elsewhere", "expected_max_sharpe", "dsr", "pbo", "pbo_trials", "spa_p",
]  # fmt: skip
BARS = pd.bdate_range("2000-01-03", periods=800)
RNG = np.random.default_rng(0)
BENCHMARK = pd.Series(RNG.standard_t(4, 800) * 0.01 + 0.0005, index=BARS)
STRATEGY = 0.4 * BENCHMARK + RNG.normal(0.0006, 0.005, 800)
RIVALS = {"mean": 0.5 * BENCHMARK + RNG.normal(0, 0.005, 800)}
TRIALS = RNG.normal(0, 0.01, (800, 14))
TRIALS[:, 1] = 0.8 * TRIALS[:, 0] + 0.6 * TRIALS[:, 1]
MEMBERS = pd.DataFrame({"sharpe": [1.0, 2.0]}, index=pd.Index([0, "ensemble"], dtype=object))
SHARPES = np.array([0.05, -0.02, 0.03, math.nan])
OF_TRIALS = (
    "n_trials", "effective_trials", "deflated_by", "trials_elsewhere", "expected_max_sharpe", "dsr",
    "pbo", "pbo_trials",
)  # fmt: skip


def ledger(returns: np.ndarray = TRIALS, sharpes: np.ndarray = SHARPES) -> TrialSet:
    """Trials of one name, the first is the own one; those after the Sharpe ratios have none."""
    names = [str(number) for number in range(max(returns.shape[1], len(sharpes)))]
    annual = [None if math.isnan(one) else one * math.sqrt(252) for one in sharpes]
    annual += [None] * (len(names) - len(annual))
    trials = tuple(
        Trial("d", name, "n", "run", sharpe, "next_open", len(returns), 252)
        for name, sharpe in zip(names, annual, strict=True)
    )
    kept = pd.DataFrame(returns, columns=names[: returns.shape[1]]).astype(np.float32)
    return TrialSet(trials, kept, elsewhere=3, own=trials[0])


LEDGER = ledger()


def judge(strategy: pd.Series = STRATEGY, tried: TrialSet | None = LEDGER) -> Significance:
    return judge_significance(
        strategy,
        RIVALS,
        BENCHMARK,
        252,
        tried=tried,
        members=MEMBERS,
        replications=200,
        seed=3,
    )


def test_it_holds_what_its_parts_say() -> None:
    verdict = judge()
    figures = dict(verdict.figures)
    assert list(figures) == FIGURES
    assert figures["psr"] == probabilistic_sharpe_ratio(STRATEGY)
    assert figures["min_track_record"] == min_track_record_length(STRATEGY) / 252
    deflation = deflate(STRATEGY, LEDGER.sharpes_per_bar, LEDGER.deflating)
    assert (figures["n_trials"], figures["effective_trials"]) == (14, 13)
    # Two that are correlated by ρ are one family that is worth ρ + (1 - ρ)·2 trials.
    rho = np.corrcoef(TRIALS[:, 0], TRIALS[:, 1])[0, 1]
    assert 0.7 < rho < 0.9
    assert figures["deflated_by"] == pytest.approx(12 + rho + (1 - rho) * 2)
    assert figures["trials_elsewhere"] == 3
    assert figures["dsr"] == deflation.dsr
    assert figures["expected_max_sharpe"] == deflation.expected_max_sharpe * math.sqrt(252)
    assert figures["pbo"] == probability_of_backtest_overfitting(TRIALS.astype(np.float32)).pbo
    assert figures["pbo_trials"] == 14
    settings = {"replications": 200, "seed": 3}
    contenders, spa_p = compare_contenders(STRATEGY, RIVALS, BENCHMARK, 252, **settings)
    pd.testing.assert_frame_equal(verdict.contenders, contenders)
    assert figures["spa_p"] == spa_p
    expected = bootstrap_intervals(STRATEGY, BENCHMARK, 252, **settings)
    pd.testing.assert_frame_equal(verdict.intervals, expected)
    assert verdict.members is MEMBERS


def test_the_track_record_is_in_years() -> None:
    """An account repeated until it is that long has a psr of 95 %, but for whole copies."""
    weak = STRATEGY - 0.0006
    copies = judge(weak).figures["min_track_record"] * 252 / len(weak)
    assert copies > 2
    below = pd.concat([weak] * math.floor(copies), ignore_index=True)
    above = pd.concat([weak] * math.ceil(copies), ignore_index=True)
    assert probabilistic_sharpe_ratio(below) < 0.95 < probabilistic_sharpe_ratio(above)


def test_without_variants_there_is_no_overfitting_to_measure() -> None:
    for tried in (ledger(TRIALS[:, :1]), replace(LEDGER, own=None)):
        figures = judge(tried=tried).figures
        assert math.isnan(figures["pbo"])
        assert math.isnan(figures["pbo_trials"])


def test_where_nobody_counted_no_figure_of_trials_is_known() -> None:
    counted, figures = judge().figures, judge(tried=None).figures
    assert list(figures) == FIGURES
    assert [name for name in FIGURES if math.isnan(figures[name])] == list(OF_TRIALS)
    assert figures["psr"] == counted["psr"]


@pytest.mark.parametrize("kind", ["empty", "one bar", "never traded", "ruined"])
def test_an_account_with_nothing_to_judge_is_nan_throughout(kind: str) -> None:
    """Without a warning, and with every figure and row in its place."""
    strategy = {
        "empty": STRATEGY.iloc[:0],
        "one bar": STRATEGY.iloc[:1],
        "never traded": 0 * STRATEGY,
        "ruined": STRATEGY.where(BARS[500] != BARS, -1.0),
    }[kind]
    verdict = judge(strategy)
    assert list(verdict.figures) == FIGURES
    for name in ("psr", "min_track_record", "expected_max_sharpe", "dsr", "spa_p"):
        assert math.isnan(verdict.figures[name]), name
    assert verdict.figures["n_trials"] == 14
    assert verdict.intervals.loc["sharpe", ["strategy_low", "difference_high"]].isna().all()
    assert list(verdict.contenders.index) == ["strategy", "mean", "buy_and_hold"]
    assert not verdict.contenders.loc["strategy", "superior"]


def test_the_same_account_gets_the_same_verdict() -> None:
    one, other = judge(), judge()
    assert dict(one.figures) == dict(other.figures)
    assert one.intervals.to_numpy().tobytes() == other.intervals.to_numpy().tobytes()
    pd.testing.assert_frame_equal(one.contenders, other.contenders, check_exact=True)


def test_all_tables_show_the_same_sharpe_ratio() -> None:
    verdict = judge()
    expected = sharpe_ratio(STRATEGY, 252)
    assert verdict.intervals.loc["sharpe", "strategy"] == pytest.approx(expected)
    assert verdict.contenders.loc["strategy", "sharpe"] == pytest.approx(expected)


def test_the_libraries_are_loaded_late_and_leave_no_trace() -> None:
    """In a fresh interpreter: neither filters of warnings nor the environment are changed."""
    code = """
import os, sys, warnings
import numpy, pandas, statsmodels.api, sklearn.base, scipy.stats
before = list(warnings.filters), dict(os.environ)
import lstmtrader.evaluation.significance.judge
assert not {"arch", "skfolio"} & set(sys.modules)
from lstmtrader.evaluation.significance.libraries import resampling, splitting
assert resampling().SPA and splitting().CombinatorialPurgedCV
assert (list(warnings.filters), dict(os.environ)) == before
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
