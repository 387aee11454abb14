"""Law: what ``lstmtrader init`` and ``new`` write works as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from tests.conftest import Program

CONFIG = "configs/my-research.yaml"


def _python(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=project, capture_output=True, text=True, timeout=600
    )


def test_its_experiment_runs_and_makes_a_report(project: Path, program: Program) -> None:
    finished = program("run", CONFIG, "--quiet", "--json", cwd=project)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["name"] == "my-research"
    assert [path.name for path in project.glob("runs/*/report.html")] == ["report.html"]


def test_its_config_is_valid(project: Path, program: Program) -> None:
    assert program("config", "validate", CONFIG, cwd=project).returncode == 0


def test_its_own_tests_pass(project: Path) -> None:
    finished = _python(project, "pytest", "-q", "-p", "no:cacheprovider")
    assert finished.returncode == 0, finished.stdout
    # Two for each strategy and model, three for each feature.
    assert " 12 passed" in f" {finished.stdout.splitlines()[-1]}"


@pytest.mark.parametrize(
    "words", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)], ids=" ".join
)
def test_what_is_written_passes_the_checkers_it_is_set_up_for(
    project: Path, words: tuple[str, ...]
) -> None:
    finished = _python(project, *words)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_its_notebook_executes_and_finds_no_leak(project: Path) -> None:
    notebook = nbformat.read(project / "research.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(project)}}).execute()
    (shown,) = (cell.outputs for cell in notebook.cells if cell.get("id") == "audit")
    assert "audited: clean, quick" in shown[0]["data"]["text/plain"]
    figures = next(cell.outputs for cell in notebook.cells if cell.get("id") == "look")
    assert "sharpe" in figures[0]["data"]["text/plain"]
