"""Law 5: the same settings give the same bytes, whatever happened around them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from fitting import fit

from lstmtrader import Experiment, Run
from lstmtrader.forecast import Forecast
from lstmtrader.walkforward.engine import fit_seed

if TYPE_CHECKING:
    from tests.conftest import ConsoleRun, Settings

# All that a run computes. environment.json and report.html also say when and where it was made.
RESULTS = (
    "config.yaml",
    "forecasts.parquet",
    "weights.parquet",
    "trades.parquet",
    "orders.parquet",
    "equity.parquet",
    "folds.parquet",
    "evaluation/skill_by_fold.parquet",
    "metrics.json",
)

Runner = Callable[..., Run]


@pytest.fixture
def run(
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path: Path,
) -> Runner:
    """Run the tiny experiment with some settings overridden."""

    def make(*overrides: str) -> Run:
        path = write_yaml(new_settings(), tmp_path / "tiny.yaml")
        return Experiment.from_yaml(path, overrides).run(tmp_path / "runs")

    return make


def require_same(one: Path | None, other: Path | None) -> None:
    assert one is not None
    assert other is not None
    for name in RESULTS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_twice_in_one_process(tiny_run: Run, run: Runner) -> None:
    require_same(run().path, tiny_run.path)


@pytest.mark.xdist_group("console run")
def test_in_two_processes(tiny_run: Run, console_run: ConsoleRun) -> None:
    assert console_run.finished.returncode == 0, console_run.finished.stderr
    (folder,) = console_run.folders
    require_same(folder, tiny_run.path)


def test_whatever_the_global_state(tiny_run: Run, run: Runner) -> None:
    """Generators, threads and the default type of numbers are not the run's business."""
    before = torch.get_num_threads(), torch.get_rng_state(), random.getstate()
    try:
        torch.set_num_threads(3)
        torch.manual_seed(123)
        random.seed(123)
        np.random.seed(123)  # noqa: NPY002 — the global generator is what is meant
        require_same(run().path, tiny_run.path)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before[0])
        torch.set_rng_state(before[1])
        random.setstate(before[2])


def test_after_another_run(tiny_run: Run, run: Runner) -> None:
    run("seed=99", "members=2", "model.params.network.dropout=0.5")
    require_same(run().path, tiny_run.path)


def test_another_seed_gives_other_forecasts(tiny_run: Run, run: Runner) -> None:
    other = run("seed=2")
    assert other.data_hash == tiny_run.data_hash
    assert other.config_hash != tiny_run.config_hash
    assert not np.allclose(other.forecast.members, tiny_run.forecast.members, equal_nan=True)


Forecasts = Callable[..., Forecast]


@pytest.fixture
def forecasts(tiny_yaml: Path) -> Forecasts:
    """The forecasts of the tiny experiment with some settings overridden, and no account."""
    return lambda *overrides: fit(Experiment.from_yaml(tiny_yaml, overrides)).forecast


def test_members_differ_and_the_first_does_not_know_of_the_others(
    tiny_run: Run, forecasts: Forecasts
) -> None:
    three = forecasts("members=3")
    assert three.n_members == 3
    assert three.members[:1].tobytes() == tiny_run.forecast.members.tobytes()
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not np.allclose(three.members[one], three.members[other], equal_nan=True)
    two = forecasts("members=2")
    assert three.members[:2].tobytes() == two.members.tobytes()


@pytest.mark.parametrize("n_bars", [481, 540])
def test_more_history_does_not_change_the_past(
    tiny_run: Run, forecasts: Forecasts, n_bars: int
) -> None:
    """A run repeated next month says of last month what it said then."""
    longer = forecasts(f"prices.provider.params.n_bars={n_bars}")
    assert len(longer.index) > len(tiny_run.forecast.index)
    then = longer.mean.loc[tiny_run.forecast.index]
    pd.testing.assert_frame_equal(then, tiny_run.forecast.mean, rtol=0, atol=1e-6)


def test_the_order_of_symbols_is_part_of_the_data(run: Runner) -> None:
    """The hash of the data tells orders apart; a repeated order gives the same bytes."""
    one = run("prices.symbols=[SYN02, SYN00]")
    other = run("prices.symbols=[SYN02, SYN00]")
    turned = run("prices.symbols=[SYN00, SYN02]")
    assert one.data_hash == other.data_hash != turned.data_hash
    require_same(one.path, other.path)


def test_writing_does_not_change_the_result(tiny_run: Run, tiny_experiment: Experiment) -> None:
    kept = tiny_experiment.run()
    assert kept.path is None
    assert kept.forecast.members.tobytes() == tiny_run.forecast.members.tobytes()
    assert _same_figures(kept.metrics, tiny_run.metrics)


def _same_figures(one: Any, other: Any) -> bool:
    def flat(metrics: Any) -> list[float]:
        return [value for part in metrics.values() for value in part.values()]

    return np.array_equal(flat(one), flat(other), equal_nan=True)


def test_listening_does_not_change_the_result(tiny_run: Run, tiny_experiment: Experiment) -> None:
    heard: list[Any] = []
    listened = tiny_experiment.run(progress=heard.append)
    assert listened.forecast.members.tobytes() == tiny_run.forecast.members.tobytes()
    assert [step.stage for step in heard].count("fit") == len(tiny_run.folds)


def test_seeds_follow_from_what_a_fit_is() -> None:
    """Different for each base seed, first decision and member; no two alike by any chance."""
    days = pd.bdate_range("2000-01-03", periods=20)
    seeds = {
        fit_seed(base, day, member) for base in range(5) for day in days for member in range(5)
    }
    assert len(seeds) == 5 * 20 * 5
    assert all(0 <= seed < 2**32 for seed in seeds)
