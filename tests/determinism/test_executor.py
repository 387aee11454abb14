"""Law 5, executors: the same bytes whoever does the fits, and no process left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from models_that_tell import Breaks, DiesAlways, DiesOnce, Diverges, Slow, Telling, fits
from processes_that_tell import gone

from lstmtrader.errors import ConfigError, ContractError, NonFiniteLossError, TrainingError
from lstmtrader.forecast import Forecast
from lstmtrader.nursery import beginning as nursery
from lstmtrader.progress import Step
from lstmtrader.walkforward.engine import walk_forward
from lstmtrader.walkforward.executor import Executor, InProcess
from lstmtrader.walkforward.local import LocalExecutor, default_workers

if TYPE_CHECKING:
    from lstmtrader import Experiment, Run

pytestmark = pytest.mark.xdist_group("executor")


@pytest.fixture(scope="module")
def two() -> Iterator[LocalExecutor]:
    """Two workers that are ready, shared by the tests of this file."""
    with LocalExecutor(2) as executor:
        executor.start(wait=True)
        yield executor


@pytest.fixture
def experiment(tiny_experiment: Experiment, tmp_path: Path) -> Experiment:
    return with_model(tiny_experiment, Telling, tmp_path)


def with_model(experiment: Experiment, cls: type[Telling], folder: Path) -> Experiment:
    model: Any = experiment.model
    parts = {name: getattr(model, name) for name in ("lookback", "network", "loss", "training")}
    return replace(experiment, model=cls(**parts, folder=str(folder)), members=2)


def forecasts(experiment: Experiment, executor: Executor | None = None, **more: Any) -> Forecast:
    prices = experiment.prices.fetch()
    results = walk_forward(
        experiment.labelled_panel(prices),
        experiment.folds(prices),
        experiment.model,
        experiment.target.kind,
        members=experiment.members,
        seed=experiment.seed,
        executor=executor,
        **more,
    )
    return Forecast.concat([one.forecast for one in results])


@pytest.mark.parametrize("together", [1, 3, 100])
def test_any_number_of_tasks_in_one_call(experiment: Experiment, together: int) -> None:
    expected = forecasts(experiment)
    assert (
        forecasts(experiment, InProcess(together)).members.tobytes() == expected.members.tobytes()
    )


def test_any_number_of_workers(experiment: Experiment, two: LocalExecutor, tmp_path: Path) -> None:
    expected = forecasts(experiment)
    before = set(fits(tmp_path))
    got = forecasts(experiment, two)
    assert got.members.tobytes() == expected.members.tobytes()
    pids = {pid for _, _, pid in set(fits(tmp_path)) - before}
    assert len(pids) == 2, "each worker had its share"
    assert os.getpid() not in pids


def test_workers_serve_one_evaluation_after_the_other(
    experiment: Experiment, two: LocalExecutor, tmp_path: Path
) -> None:
    forecasts(experiment, two)
    pids = {pid for _, _, pid in fits(tmp_path)}
    forecasts(replace(experiment, seed=9), two)
    assert {pid for _, _, pid in fits(tmp_path)} == pids


def test_a_short_evaluation_does_not_wait_for_its_workers(
    experiment: Experiment, tmp_path: Path
) -> None:
    """What is done before they are ready is done here; the bytes are the same."""
    expected = forecasts(experiment)
    folder = tmp_path / "again"
    folder.mkdir()
    with LocalExecutor(2) as executor:
        got = forecasts(with_model(experiment, Telling, folder), executor)
    assert got.members.tobytes() == expected.members.tobytes()
    assert os.getpid() in {pid for _, _, pid in fits(folder)}


def test_epochs_are_reported_from_the_workers(experiment: Experiment, two: LocalExecutor) -> None:
    def steps(executor: Executor) -> list[Step]:
        heard: list[Step] = []
        forecasts(experiment, executor, progress=heard.append)
        return heard

    here, there = steps(InProcess()), steps(two)
    assert sorted(map(str, (s for s in there if s.stage == "epoch"))) == sorted(
        map(str, (s for s in here if s.stage == "epoch"))
    )
    assert [s.done for s in there if s.stage == "fit"] == list(range(1, 11))


def test_the_job_of_a_killed_worker_is_done_by_another(
    experiment: Experiment, tmp_path: Path
) -> None:
    expected = forecasts(experiment)
    folder = tmp_path / "dies"
    folder.mkdir()
    dying = with_model(experiment, DiesOnce, folder)
    with LocalExecutor(2) as executor:
        executor.start(wait=True)
        got = forecasts(dying, executor)
        assert (folder / "died").exists()
        assert len(fits(folder)) == 10
    assert got.members.tobytes() == expected.members.tobytes()
    assert all(gone(pid) for _, _, pid in fits(folder))


def test_an_idle_worker_that_was_killed_is_replaced(experiment: Experiment) -> None:
    expected = forecasts(experiment)
    with LocalExecutor(2) as executor:
        executor.start(wait=True)
        process = executor._pool[0].process
        assert process is not None
        os.kill(process, signal.SIGKILL)
        assert forecasts(experiment, executor).members.tobytes() == expected.members.tobytes()


def test_no_more_workers_than_jobs(experiment: Experiment) -> None:
    with LocalExecutor(8) as executor:
        forecasts(replace(experiment, members=1), executor)
        assert len(executor._pool) == 5


def test_a_job_that_always_kills_its_worker_is_named(
    tiny_experiment: Experiment, tmp_path: Path
) -> None:
    dying = with_model(tiny_experiment, DiesAlways, tmp_path)
    with LocalExecutor(2) as executor:
        executor.start(wait=True)
        with pytest.raises(TrainingError, match=r"fold 1, member \d: .* was killed 3 times"):
            forecasts(dying, executor)


def test_errors_come_back_as_themselves(
    tiny_experiment: Experiment, tmp_path: Path, two: LocalExecutor
) -> None:
    with pytest.raises(NonFiniteLossError, match=r"fold 1, member \d: so it says") as caught:
        forecasts(with_model(tiny_experiment, Diverges, tmp_path), two)
    assert "misbehave" in "".join(caught.value.__notes__), "where it happened is told"
    with pytest.raises(ContractError, match="model Breaks failed with ZeroDivisionError: a bug"):
        forecasts(with_model(tiny_experiment, Breaks, tmp_path), two)
    # And the executor goes on.
    assert forecasts(with_model(tiny_experiment, Telling, tmp_path), two).n_members == 2


def test_whoever_stops_asking_ends_the_fits(tiny_experiment: Experiment, tmp_path: Path) -> None:
    slow = with_model(tiny_experiment, Slow, tmp_path)
    prices = slow.prices.fetch()
    with LocalExecutor(2) as executor:
        executor.start(wait=True)
        pids = [worker.process for worker in executor._pool]
        results = walk_forward(
            slow.labelled_panel(prices), slow.folds(prices), slow.model, slow.target.kind,
            members=2, executor=executor,
        )  # fmt: skip
        assert next(results).fold.number == 0
        results.close()  # type: ignore[attr-defined]
        assert all(pid is not None and gone(pid) for pid in pids)


def test_a_run_says_the_same_with_any_number_of_workers(
    tiny_experiment: Experiment, tiny_run: Run, two: LocalExecutor, tmp_path: Path
) -> None:
    run = tiny_experiment.run(tmp_path, executor=two, cache=False)
    assert run.path is not None
    assert tiny_run.path is not None
    for name in ("forecasts.parquet", "metrics.json", "folds.parquet", "equity.parquet"):
        assert (run.path / name).read_bytes() == (tiny_run.path / name).read_bytes()


def test_the_number_of_workers_comes_from_the_machine_or_its_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LSTMTRADER_WORKERS", raising=False)
    assert default_workers() == len(os.sched_getaffinity(0))
    monkeypatch.setenv("LSTMTRADER_WORKERS", "5")
    assert LocalExecutor().workers == 5
    monkeypatch.setenv("LSTMTRADER_WORKERS", "many")
    with pytest.raises(ConfigError, match="LSTMTRADER_WORKERS: expected a whole number"):
        LocalExecutor()
    with pytest.raises(ConfigError, match="workers: expected at least 1; got 0"):
        LocalExecutor(0)


def test_nobody_waits_for_workers_that_are_no_longer_wanted(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the libraries take to import: here, the nursery never gets anywhere."""
    slow = nursery.Nursery(dict(os.environ))
    slow._process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(nursery, "_kept", {os.environ.get("PYTHONHASHSEED"): slow})
    ended = threading.Event()

    def evaluate() -> None:
        with LocalExecutor(2) as executor:
            forecasts(replace(experiment, members=1), executor)
        ended.set()

    threading.Thread(target=evaluate, daemon=True).start()
    try:
        assert ended.wait(60)
    finally:
        slow.close()


NOTEBOOK = """
from dataclasses import dataclass
from models_that_tell import Telling

@dataclass(frozen=True)
class Mine(Telling):
    pass
"""


def test_a_model_of_a_notebook_travels_to_the_workers(
    tiny_experiment: Experiment, two: LocalExecutor, tmp_path: Path
) -> None:
    """A class of ``__main__`` is in no module that a worker could import."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    main = sys.modules["__main__"]
    exec(NOTEBOOK, scope)
    mine = with_model(tiny_experiment, scope["Mine"], tmp_path)
    assert not hasattr(main, "Mine")
    got = forecasts(mine, two)
    assert os.getpid() not in {pid for _, _, pid in fits(tmp_path)}
    assert got.members.tobytes() == forecasts(mine).members.tobytes()
