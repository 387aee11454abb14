"""Law: the examples of every docstring do what they show."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("lstmtrader", "strategies")
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


def test_most_of_the_package_has_examples() -> None:
    assert len(MODULES) > 50


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_do_what_they_show(name: str) -> None:
    runner, said = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS), list[str]()
    for found in doctest.DocTestFinder().find(importlib.import_module(name)):
        runner.run(found, out=said.append)
    assert runner.tries > 0
    assert runner.failures == 0, "".join(said)
