"""Law: what a notebook shows is escaped, small, without scripts; what a shell shows is short."""

from __future__ import annotations

import html.parser
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from lstmtrader import Experiment, Folds, Forecast, PriceFrame, Run, WalkForward
from lstmtrader.display.sketches import fold_sketch, growth_sketch
from lstmtrader.display.tables import block, table
from lstmtrader.report.figures import Metrics

pytestmark = pytest.mark.xdist_group("notebook views")

_MOST_BYTES = 100_000
_EVIL = "<script>alert('&')</script>"


class Checker(html.parser.HTMLParser):
    """Collects elements, and refuses what is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.handle_startendtag(tag, attrs)
        self.open = self.open if tag not in ("br",) else self.open[:-1]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    assert "script" not in checker.seen
    assert not any(name.startswith("on") for name in checker.attributes)
    assert not {"href", "src", "id", "class"} & checker.attributes
    assert len(text.encode()) < _MOST_BYTES
    # A ground or a black ink of its own would be unreadable on the other theme.
    assert "background:#" not in text
    assert "color:black" not in text
    return checker


Views = dict[str, Callable[[Run, Experiment], Any]]
VIEWS: Views = {
    "run": lambda run, one: run,
    "experiment": lambda run, one: one,
    "folds of a plan": lambda run, one: one.folds(one.prices.fetch()),
    "folds of a run": lambda run, one: run.folds,
    "forecast": lambda run, one: run.forecast,
    "metrics": lambda run, one: run.metrics,
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_whole_small_and_without_scripts(
    name: str, tiny_run: Run, tiny_experiment: Experiment
) -> None:
    shown = checked(VIEWS[name](tiny_run, tiny_experiment)._repr_html_())
    assert "table" in shown.seen
    assert ("svg" in shown.seen) == (name not in ("experiment", "forecast", "metrics"))


@pytest.mark.parametrize("name", [name for name in VIEWS if name != "folds of a run"])
def test_a_shell_is_not_flooded(name: str, tiny_run: Run, tiny_experiment: Experiment) -> None:
    lines = repr(VIEWS[name](tiny_run, tiny_experiment)).splitlines()
    assert 1 <= len(lines) <= 3
    assert max(map(len, lines)) < 300


def test_the_card_of_a_run_says_verdict_and_figures(tiny_run: Run) -> None:
    said = tiny_run._repr_html_()
    assert "Sharpe ratio" in said
    assert tiny_run.verdict.split(";")[0].replace("&", "&amp;") in said
    assert "polyline" in said


def test_names_are_escaped_everywhere(tiny_run: Run) -> None:
    evil = replace(tiny_run, sheet=replace(tiny_run.sheet, name=_EVIL))
    bars = pd.bdate_range("2024-01-01", periods=3)
    forecast = Forecast.from_pandas(pd.DataFrame({_EVIL: [1.0, None, 2.0]}, index=bars), "score")
    for text in (
        evil._repr_html_(), forecast._repr_html_(), Metrics(strategy={_EVIL: 1.0})._repr_html_(),
        table([[_EVIL]], [_EVIL]), block(_EVIL, remark=_EVIL),
        growth_sketch({_EVIL: forecast.members[0, :, 0]}, _EVIL, _EVIL),
        fold_sketch([{"test": (0.0, 1.0)}], _EVIL, _EVIL),
    ):  # fmt: skip
        assert "<script" not in text
        assert "&lt;script" in text
        checked(text)


def test_a_long_history_stays_a_small_picture() -> None:
    bars = pd.bdate_range("1900-01-01", periods=30_000)
    line = pd.Series(range(1, 30_001), index=bars).to_numpy(float)
    assert len(growth_sketch({"a": line, "b": line}, "1900", "2014")) < 30_000
    folds = Folds(WalkForward(train=100, validation=20, test=5, purge=1).split(5000), bars)
    assert len(folds) > 900
    assert "are not drawn" in folds._repr_html_()
    assert len(fold_sketch([{"test": (0.1, 0.2)}] * 900, "a", "b")) < 20_000


def test_the_sketch_of_folds_lies_where_the_folds_are() -> None:
    made = fold_sketch([{"train": (0.0, 0.5), "test": (0.5, 1.0)}], "a", "b")
    assert 'x="0.0" y="2" width="320.0"' in made
    assert 'x="320.0" y="2" width="320.0"' in made
    assert "validation" not in made


def test_prices_are_told_in_a_line() -> None:
    bars = pd.bdate_range("2024-01-01", periods=3)
    prices = PriceFrame.from_pandas(pd.DataFrame({"A": [1.0, 2.0, 3.0]}, index=bars))
    assert repr(prices).startswith("PriceFrame: 3 bars x 1 symbols")
