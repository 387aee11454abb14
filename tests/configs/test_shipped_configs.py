"""Law: every shipped config says what it asks, prints its folds, and runs."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from lstmtrader import Experiment
from tests.configs.desk import PRICES, TINY, lay_out

if TYPE_CHECKING:
    from tests.conftest import Program

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
WANTED = {
    "quickstart", "volatility", "fischer_krauss_2018", "deep_momentum", "bilstm_windows",
    "lstm_attention", "quantile_confidence", "crypto_hourly", "fx", "own_csv",
}  # fmt: skip
SLICES = ("train", "validation", "test")


def config(name: str) -> Path:
    return CONFIGS / f"{name}.yaml"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the configs name."""
    folder = tmp_path_factory.mktemp("desk")
    lay_out(folder)
    return folder


def test_every_config_is_tested_here() -> None:
    assert set(NAMES) == set(PRICES)
    assert set(NAMES) >= WANTED


@pytest.mark.parametrize("name", NAMES)
def test_the_header_asks_a_question_and_names_its_source(name: str) -> None:
    lines = config(name).read_text(encoding="utf-8").splitlines()
    length = next(at for at, line in enumerate(lines) if not line.startswith("#"))
    header = " ".join(lines[:length])
    assert "?" in header
    assert re.search(r"\((19|20)\d\d\)", header)
    assert lines[length] == f"name: {name}"


@pytest.mark.parametrize("name", NAMES)
def test_it_is_honest_as_shipped(name: str) -> None:
    """It can be traded, it costs something, there is something to compare with."""
    experiment = Experiment.from_yaml(config(name))
    assert experiment.execution.is_tradable
    assert experiment.costs.fees + experiment.costs.slippage > 0
    assert experiment.rebalancing.delay == 0
    assert experiment.baselines


def dry(program: Program, desk: Path, name: str, *more: str) -> Any:
    words = [word for text in (*PRICES[name], *more) for word in ("--set", text)]
    before = sorted(desk.rglob("*"))
    finished = program("run", str(config(name)), *words, "--dry-run", "--json", cwd=desk)
    assert finished.returncode == 0, finished.stderr
    assert sorted(desk.rglob("*")) == before
    return json.loads(finished.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_its_folds_are_printed_and_in_order(name: str, program: Program, desk: Path) -> None:
    plan = dry(program, desk, name)
    folds = pd.DataFrame(plan["folds"])
    assert len(folds) >= 1
    assert (folds[[f"{one}_samples" for one in SLICES]] > 0).all(axis=None)
    ends = [f"{one}_{end}" for one in SLICES for end in ("start", "end")]
    days = folds[ends].apply(pd.to_datetime)
    for first, second in itertools.pairwise(ends):
        assert (days[first] <= days[second]).all()
    assert (days["test_start"].iloc[1:].array > days["test_end"].iloc[:-1].array).all()
    members = Experiment.from_yaml(config(name)).members
    assert plan["fits"] == {"total": len(folds) * members, "kept": 0}
    assert all(one["total"] == len(folds) for one in plan["baselines"].values())


@pytest.mark.parametrize("name", NAMES)
def test_it_runs(name: str, program: Program, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With as little training as there can be, on the folds that the dry run has printed."""
    planned = pd.DataFrame(dry(program, desk, name, *TINY)["folds"])
    monkeypatch.chdir(desk)
    run = Experiment.from_yaml(config(name), [*PRICES[name], *TINY]).run()
    for one in SLICES:
        for end in ("start", "end"):
            column = f"{one}_{end}"
            assert (pd.to_datetime(planned[column]) == run.folds[column]).all()
    for one in ("train", "validation"):
        column = f"{one}_samples"
        assert planned[column].tolist() == run.folds[column].tolist()
    answered = int(run.forecast.mean.notna().to_numpy().sum())
    assert answered == planned["test_samples"].sum()
    assert (run.equity > 0).all()
    assert math.isfinite(run.metrics["skill"]["n"])
