"""The script: what leaks is named, and the exit code says which it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmtrader import Experiment
from lstmtrader.run_catalogue.finding import run_folders

if TYPE_CHECKING:
    from tests.conftest import Console, Program

Settings = dict[str, Any]
WriteYaml = Callable[[Settings, Path], Path]

LEAKING = """
from dataclasses import dataclass

import pandas as pd

from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class Centred:
    window: int = 5

    @property
    def name(self) -> str:
        return f"centred_{self.window}"

    @property
    def lookback(self) -> int:
        return self.window

    def __call__(self, prices: PriceFrame) -> pd.DataFrame:
        returns = prices.close.pct_change(fill_method=None)
        return returns.rolling(self.window, center=True).mean()
"""


def test_the_tiny_experiment_is_clean_and_its_report_says_so(
    tiny_yaml: Path, loaded_console: Console
) -> None:
    """The run is done in another process than the audit was."""
    cwd = tiny_yaml.parent
    done = loaded_console("audit", "tiny.yaml", "--quick", cwd=cwd)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    *_, sentence, place = done.stdout.splitlines()
    assert sentence.startswith("audited: clean, quick, ")
    page = cwd / place.removeprefix("audit: ")
    assert sentence in page.read_text(encoding="utf-8")
    run = Experiment.from_yaml(tiny_yaml).run(cwd / "runs")
    assert run.path is not None
    assert run_folders(cwd / "runs") == [run.path]
    assert sentence in (run.path / "report.html").read_text(encoding="utf-8")


def test_a_feature_that_sees_tomorrow_is_named_and_gives_1(
    tiny_settings: Settings, write_yaml: WriteYaml, tmp_path: Path, program: Program
) -> None:
    (tmp_path / "leaking_by_them.py").write_text(LEAKING)
    tiny_settings["features"].append({"target": "leaking_by_them:Centred"})
    write_yaml(tiny_settings, tmp_path / "leaking.yaml")
    done = program("audit", "leaking.yaml", "--quick", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    assert said["verdict"] == "leak"
    assert said["guilty"][0] == "feature centred_5"
    assert 'id="leak"' in (tmp_path / said["page"]).read_text(encoding="utf-8")


def test_a_config_that_is_none_gives_2(tmp_path: Path, program: Program) -> None:
    done = program("audit", "nowhere.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_code_that_breaks_is_no_leak(
    tiny_settings: Settings, write_yaml: WriteYaml, tmp_path: Path, program: Program
) -> None:
    broken = LEAKING.replace("returns = ", "raise KeyError('theirs')\n        returns = ")
    (tmp_path / "broken_by_them.py").write_text(broken)
    tiny_settings["features"].append({"target": "broken_by_them:Centred"})
    write_yaml(tiny_settings, tmp_path / "broken.yaml")
    done = program("audit", "broken.yaml", "--quick", cwd=tmp_path)
    assert done.returncode == 2
    assert "centred_5" in done.stdout + done.stderr
