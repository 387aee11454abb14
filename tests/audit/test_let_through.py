"""What leaks nothing is let through, however suspicious it looks; so is all that ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmtrader.audit import audit
from lstmtrader.audit.finding import Level, Outcome
from lstmtrader.experiment import Experiment
from tests.audit.clean import CLEAN
from tests.audit.shipped import CONFIGS, SHIPPED, offered, small_config

CONFIGS_IN_FULL = ("quickstart", "volatility", "fischer_krauss_2018", "yahoo_etfs")
IN_FULL = (
    "the honest experiment",
    "expanding score",
    "kept by content",
    "dated members",
    "strategy: Hysteresis",
    "model: Adapting",
)


def lets_through(experiment: Experiment, level: Level) -> None:
    report = audit(experiment, level=level)
    assert report.findings == ()
    assert report.verdict is Outcome.CLEAN, report
    assert report.exit_code == 0


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_pipeline_is_let_through(name: str) -> None:
    lets_through(CLEAN[name], "quick")


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_let_through(name: str) -> None:
    lets_through(SHIPPED[name], "quick")


@pytest.mark.parametrize("name", IN_FULL)
def test_a_full_audit_raises_no_alarm_either(name: str) -> None:
    lets_through(CLEAN[name], "full")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_is_let_through(path: Path) -> None:
    lets_through(small_config(path), "full" if path.stem in CONFIGS_IN_FULL else "quick")


def test_nothing_that_ships_is_left_out() -> None:
    for ships, audited in offered():
        assert ships == audited
    assert CONFIGS
