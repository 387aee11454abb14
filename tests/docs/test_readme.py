"""Law: the README is short, and its tables name what there is. Its blocks: `test_blocks`."""

from __future__ import annotations

import re

import pytest

from lstmtrader import models
from lstmtrader.models.recurrent import CELLS
from lstmtrader.models.training.objectives import OBJECTIVES
from tests.docs.blocks import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_is_read_in_one_sitting() -> None:
    assert README.count("\n") <= 350


@pytest.mark.parametrize(
    "name", sorted({*CELLS, *OBJECTIVES, *(set(models.__all__) - {"RecurrentForecaster"})})
)
def test_the_table_of_settings_has_every_choice(name: str) -> None:
    table = README[README.index("| setting | choices |") :].split("\n\n")[0]
    assert f"`{name}`" in table


def test_it_says_how_many_strategies_there_are_to_copy() -> None:
    words = {17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty"}
    shown = 1  # the one that the README prints
    files = [
        path
        for path in (ROOT / "strategies").glob("*.py")
        if re.search(r"def target_weights", path.read_text(encoding="utf-8"))
    ]
    assert len(files) >= 17
    assert f"{words[len(files)]}\nmore" in README or f"{words[len(files)]} more" in README, shown
