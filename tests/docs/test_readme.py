"""What the README prints works as printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lstmtrader import Experiment, models
from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.sample import SampleProvider
from lstmtrader.models import RecurrentForecaster
from lstmtrader.models.recurrent import CELLS
from lstmtrader.models.training.objectives import OBJECTIVES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)
SAVED = re.findall(r"Save this as `(\S+)`[^`]*```python\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [
    line
    for language, text in BLOCKS
    if language == "sh"
    for line in text.splitlines()
    if line.startswith("lstmtrader ")
]
# The commands as printed, with as little training as there can be.
FAST = [
    *("--set", "model.params.training.epochs=1"),
    *("--set", "members=1"),
    *("--set", "model.params.network.hidden=2"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder: the shipped configs, the README's files, closes of their own."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "configs").symlink_to(ROOT / "configs")
    for name, text in SAVED:
        (folder / name).write_text(text, encoding="utf-8")
    request = PriceRequest(symbols=("AAPL", "KO", "XOM"))
    SampleProvider().fetch(request).close.to_csv(folder / "closes.csv")
    return folder


def _lstmtrader(desk: Path, words: list[str]) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("lstmtrader"), *words],
        cwd=desk,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_has_something_to_check() -> None:
    assert len(COMMANDS) >= 3
    assert [name for name, _ in SAVED] == ["my_prices.py", "my_strategy.py"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_printed_command_runs(desk: Path, command: str) -> None:
    out = _lstmtrader(desk, [*shlex.split(command)[1:], *FAST])
    assert re.search(r"(report|table and picture|audit): runs/\S+", out)


@pytest.mark.parametrize("provider", re.findall(r"provider: (\{target: .*\}\})", README))
def test_own_prices_run(desk: Path, provider: str) -> None:
    words = ["run", "configs/quickstart.yaml", "--set", f"prices.provider={provider}", *FAST]
    assert "buy & hold" in _lstmtrader(desk, words)


def test_a_universe_runs(desk: Path) -> None:
    universe = re.search(r"universe: (\{target: .*\}\})", README)
    assert universe is not None
    (desk / "members.csv").write_text(
        "ticker,start_date,end_date\nAAPL,1990-01-02,\nZZZ,1995-01-03,\n"
    )
    words = ["run", "configs/quickstart.yaml", "--set", f"prices.universe={universe[1]}", *FAST]
    _lstmtrader(desk, words)
    reports = sorted((desk / "runs").glob("*/report.html"))
    said = reports[-1].read_text(encoding="utf-8")
    assert "1 of them are not among the prices of this run" in said


def test_the_settings_of_a_model_are_settings(desk: Path) -> None:
    (block,) = (text for language, text in BLOCKS if language == "yaml" and "network:" in text)
    settings = yaml.safe_load((ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8"))
    settings |= yaml.safe_load(block) | {"strategy": {"target": "strategies.long_flat:LongFlat"}}
    path = desk / "model.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    experiment = Experiment.from_yaml(path)
    assert isinstance(experiment.model, RecurrentForecaster)
    assert experiment.model.loss.n_outputs == 3
    table = README[README.index("| setting | choices |") :].split("\n\n")[0]
    for name in (*CELLS, *OBJECTIVES, *(set(models.__all__) - {"RecurrentForecaster"})):
        assert f"`{name}`" in table, name


def test_the_trading_terms_are_settings(desk: Path) -> None:
    (block,) = (text for language, text in BLOCKS if language == "yaml" and "sizing:" in text)
    settings = yaml.safe_load((ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8"))
    path = desk / "terms.yaml"
    path.write_text(yaml.safe_dump(settings | yaml.safe_load(block)), encoding="utf-8")
    terms = Experiment.from_yaml(path).terms
    assert (terms.limits.net, terms.sizing.lot, terms.rebalancing.every) == (1.5, 1, "month")
    retail = Experiment.from_yaml(path, ["costs=us_equities_retail"]).terms.costs
    assert retail.per_share == 0.005


def test_the_strategy_is_at_most_twenty_lines() -> None:
    text = dict(SAVED)["my_strategy.py"]
    assert len(text.strip().splitlines()) <= 20


def test_the_python_snippet_runs(desk: Path) -> None:
    snippet = next(text for language, text in BLOCKS if "Experiment.from_yaml" in text)
    done = subprocess.run(
        [sys.executable, "-c", snippet],
        cwd=desk,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 2
    assert (desk / "report.html").stat().st_size > 1_000_000


def test_the_picture_is_there() -> None:
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file()
