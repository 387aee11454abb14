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
    assert README.count("\n") <= 355


def printed(text: str) -> tuple[str, str]:
    """What `make demo` printed, and when."""
    block = text[text.index("```text\nquickstart: out of sample") :].split("\n", 1)[1]
    day = re.findall(r"On (\d{4}-\d\d-\d\d) \(2 cores", text)[0]
    return block[: block.index("\n```")], day


def test_what_it_says_the_demo_printed_is_what_the_tutorial_says() -> None:
    short, day = printed(README)
    whole, same_day = printed((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
    head, tail = short.split("…\n")
    assert whole.startswith(head)
    assert whole.endswith(tail)
    assert day == same_day


@pytest.mark.parametrize(
    "name", sorted({*CELLS, *OBJECTIVES, *(set(models.__all__) - {"RecurrentForecaster"})})
)
def test_the_table_of_settings_has_every_choice(name: str) -> None:
    table = README[README.index("| setting | choices |") :].split("\n\n")[0]
    assert f"`{name}`" in table


def test_it_says_how_many_strategies_there_are_to_copy() -> None:
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "strategies").glob("*.py")]
    count = sum("def target_weights" in text for text in files)
    (word,) = re.findall(r"strategies/\]\(strategies\) has (\w+)\s+more to copy", README)
    assert {17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty"}[count] == word


def test_every_strategy_to_copy_is_under_eighty_lines() -> None:
    for path in (ROOT / "strategies").glob("*.py"):
        assert path.read_text(encoding="utf-8").count("\n") < 80, path.name
