"""What leaks nothing is let through, however suspicious it looks; so is all that ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmtrader.audit import audit
from lstmtrader.audit.finding import Level, Outcome
from lstmtrader.experiment import Experiment
from tests.audit.clean import CLEAN, GROUPS, side_by_side
from tests.audit.ground import BASE
from tests.audit.shipped import CONFIGS, SHIPPED, offered, small_config

IN_GROUPS = frozenset(name for names in GROUPS for name in names)
CONFIGS_IN_FULL = ("quickstart", "volatility", "fischer_krauss_2018", "yahoo_etfs")
IN_FULL = (
    "the honest experiment",
    "dated members",
    "strategy: Hysteresis",
    "model: Adapting",
)


def lets_through(experiment: Experiment, level: Level) -> None:
    report = audit(experiment, level=level)
    assert report.findings == ()
    assert report.verdict is Outcome.CLEAN, report
    assert report.exit_code == 0


@pytest.mark.parametrize("name", [name for name in CLEAN if name not in IN_GROUPS])
def test_a_clean_pipeline_is_let_through(name: str) -> None:
    lets_through(CLEAN[name], "quick")


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: f"{names[0]} and others")
def test_clean_features_are_let_through_side_by_side(names: tuple[str, ...]) -> None:
    """All of them or none; where it is none, those that are accused alone are named.

    Each is asked what it is asked alone: bars after which the future is changed follow from
    prices and folds, and those are the same; and no note says that another kept a probe from it.
    The placebo alone asks all of them at once.
    """
    joined, prices = side_by_side(names), BASE.prices.fetch()
    for name in names:
        assert CLEAN[name].prices == joined.prices
        assert list(CLEAN[name].folds(prices)) == list(joined.folds(prices))
    report = audit(joined, level="quick")
    if report.verdict is not Outcome.CLEAN:
        alone = {name: audit(CLEAN[name], level="quick").verdict for name in names}
        accused = [name for name in names if alone[name] is not Outcome.CLEAN]
        pytest.fail(f"{accused or 'all of them together'}: {report}")
    assert report.findings == ()
    notes = {one.probe: one.notes for one in report.probes}
    assert notes["levels"] == notes["placebo"] == notes["future: features and labels"] == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_let_through(name: str) -> None:
    lets_through(SHIPPED[name], "quick")


@pytest.mark.parametrize("name", IN_FULL)
def test_a_full_audit_raises_no_alarm_either(name: str) -> None:
    lets_through(CLEAN[name], "full")


def test_a_full_audit_raises_no_alarm_on_features_that_remember_either() -> None:
    lets_through(side_by_side(("expanding score", "kept by content")), "full")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_is_let_through(path: Path) -> None:
    lets_through(small_config(path), "full" if path.stem in CONFIGS_IN_FULL else "quick")


def test_nothing_that_ships_is_left_out() -> None:
    for ships, audited in offered():
        assert ships == audited
    assert CONFIGS
