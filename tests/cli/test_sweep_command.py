"""`lstmtrader sweep`: what it prints, writes and refuses, and what it does not do twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import yaml

from lstmtrader.cli.sweep import axis
from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.trials import read

if TYPE_CHECKING:
    from tests.conftest import Console, ConsoleRun, Program

pytestmark = pytest.mark.xdist_group("console run")

AXES = ("--vary", "strategy.params.target_volatility=0.1,0.2,0.3", "--vary", "costs.fees=0:0.002:3")


@pytest.fixture(scope="module")
def place(
    loaded_console: Console, console_run: ConsoleRun, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder where the tiny experiment was run and swept."""
    cwd = tmp_path_factory.mktemp("sweep")
    assert console_run.finished.returncode == 0
    shutil.copytree(console_run.cwd, cwd, dirs_exist_ok=True)
    done = loaded_console("sweep", "tiny.yaml", *AXES, cwd=cwd)
    assert done.returncode == 0, done.stderr
    (cwd / "printed.txt").write_text(done.stdout, encoding="utf-8")
    return cwd


def test_it_prints_the_spread_and_not_only_the_best(place: Path) -> None:
    printed = (place / "printed.txt").read_text(encoding="utf-8")
    for words in ("9 variants", "worst", "median", "best", "as configured", "break-even"):
        assert words in printed, words
    assert "found by looking" in printed


def test_it_leaves_a_table_a_picture_and_the_settings(place: Path) -> None:
    (folder,) = (place / "runs").glob("*-sweep-*")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["config.yaml", "sweep.html", "sweep.json", "variants.parquet"]
    table = pd.read_parquet(folder / "variants.parquet")
    assert len(table) == table["config_hash"].nunique() == 9
    assert table["costs.fees"].to_list() == [0.0, 0.001, 0.002] * 3
    settings = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert settings["name"] == "tiny"


def test_the_variant_as_configured_is_the_run(place: Path, program: Program) -> None:
    """Fees of the run are 0.0002: one axis with that value gives the very figures of the run."""
    words = ("--vary", "costs.fees=0.0002", "--json", "--quiet")
    done = program("sweep", "tiny.yaml", *words, cwd=place)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    (run,) = (path for path in (place / "runs").glob("*/metrics.json"))
    metrics = json.loads(run.read_text(encoding="utf-8"))["strategy"]
    # A run also has figures that need a second account, or a second trade.
    shared = set(metrics) & set(content["base"])
    assert set(metrics) - shared == {
        "beta", "alpha", "information_ratio", "tracking_error", "correlation", "break_even_bp",
        "capacity",
    }  # fmt: skip
    for row in (content["table"][0], content["base"]):
        assert {name: row[name] for name in shared} == {name: metrics[name] for name in shared}
    assert content["tradable"] is True


def test_every_variant_is_a_trial_once(place: Path, program: Program) -> None:
    before = {(one.data_hash, one.config_hash) for one in read(place / "runs")}
    assert {one.kind for one in read(place / "runs")} == {"run", "variant"}
    assert program("sweep", "tiny.yaml", *AXES, cwd=place).returncode == 0
    after = [(one.data_hash, one.config_hash) for one in read(place / "runs")]
    assert len(after) == len(set(after))
    assert set(after) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--vary", "model.params.lookback=5,10"), "experiment of its own"),
        (("--vary", "costs.fee=0,1"), "did you mean fees"),
        (("--vary", "costs.fees"), "expected key=a,b,c"),
        (("--vary", "costs.fees=0:1"), "costs.fees"),
        (("--vary", "costs.fees=0,0.001", "--metric", "sharp"), "no sharp"),
        (
            ("--vary", "costs.fees=0", "--vary", "costs.fees=0.1"),
            "costs.fees: an axis that is give",
        ),
        (("--vary", "costs.fees=0", "--vary", "costs={fees: 0.1}"), "inside the axis costs"),
    ],
)
def test_bad_input_is_one_line(
    place: Path, program: Program, words: tuple[str, ...], message: str
) -> None:
    done = program("sweep", "tiny.yaml", *words, cwd=place)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["a=1:2:0", "a=1:2:2.5", "a=1:2", "a=1:2:3,4", "a=", "=1", "a=[1"])
def test_an_axis_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--vary"):
        axis(text)


def test_an_axis_may_hold_words_and_lists() -> None:
    assert axis("rebalancing.every=1,week,month") == ("rebalancing.every", [1, "week", "month"])
    assert axis("sizing.volatility=null,0.1") == ("sizing.volatility", [None, 0.1])


def test_a_colon_is_a_range_only_between_numbers() -> None:
    names = ["strategies.long_flat:LongFlat", "strategies.buy_and_hold:BuyAndHold"]
    assert axis("strategy.target=" + ",".join(names)) == ("strategy.target", names)
    assert axis("a=" + names[0]) == ("a", names[:1])
    presets = ("costs.borrow_by_symbol", [{"SP500": 0.1}, {"SP500": 0.2}])
    assert axis("costs.borrow_by_symbol={SP500: 0.1},{SP500: 0.2}") == presets
    assert axis("a=-1:1e0:3") == ("a", [-1.0, 0.0, 1.0])


def test_a_variant_that_the_prices_do_not_allow_is_refused_before_the_training(
    place: Path, program: Program, tmp_path: Path
) -> None:
    settings = (place / "tiny.yaml").read_text(encoding="utf-8")
    (tmp_path / "tiny.yaml").write_text(settings, encoding="utf-8")
    words = ("--vary", "costs.borrow_by_symbol={}, {NONE: 0.1}")
    done = program("sweep", "tiny.yaml", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "NONE is not in the prices" in done.stderr
    assert not list(tmp_path.glob("runs/.cache/*"))
