"""Law: the notebooks that are shipped were run from top to bottom, and read as articles.

That they still run is asked by ``make notebooks``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request: pytest.FixtureRequest) -> list[Any]:
    found: list[Any] = json.loads(request.param.read_text(encoding="utf-8"))["cells"]
    return found


def code(cells: list[Any]) -> list[Any]:
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_they_are_numbered() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{n:02d}_" for n in range(1, 8)]


def test_it_opens_with_its_title_and_closes_with_words(cells: list[Any]) -> None:
    assert cells[0]["cell_type"] == "markdown"
    assert "".join(cells[0]["source"]).startswith("# ")
    last = [cell for cell in cells if "".join(cell["source"]) != "folder.cleanup()"][-1]
    assert last["cell_type"] == "markdown"


def test_it_was_run_once_from_top_to_bottom(cells: list[Any]) -> None:
    counts = [cell["execution_count"] for cell in code(cells)]
    assert counts == list(range(1, len(counts) + 1))
    assert any(cell["outputs"] for cell in code(cells))
    for cell in code(cells):
        assert "execution" not in cell["metadata"]  # the time of day is nobody's business
        assert all(output["output_type"] != "error" for output in cell["outputs"])


def test_its_outputs_are_small_and_name_no_place_of_the_machine(cells: list[Any]) -> None:
    text = json.dumps([cell.get("outputs") for cell in cells])
    assert len(text) < 1_500_000
    assert not re.search(r"(/home/|/root/|/tmp/|/Users/|[A-Z]:\\\\)", text)
    for cell in code(cells):
        noise = [each for each in cell["outputs"] if each.get("name") == "stderr"]
        assert noise == []
