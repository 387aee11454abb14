"""Law: a feature that needs more history than it says is named, with what it needs; no other is."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from lstmtrader.audit.finding import Outcome
from lstmtrader.audit.probes.startup import probe_startup
from lstmtrader.features import (
    AbsoluteReturn,
    CrossSectionRank,
    MacdMomentum,
    RealisedVolatility,
    RelativeStrength,
    Return,
    ScaledReturn,
)
from lstmtrader.features.feature import Feature
from tests.audit.forgetful import Average, Expanding, Raises, Slow
from tests.audit.subjects import study, subject

SHIPPED: tuple[Feature, ...] = (
    Return(3), ScaledReturn(5, 20), MacdMomentum(2, 8, 10, 10), RealisedVolatility(15),
    AbsoluteReturn(4), RelativeStrength(14), CrossSectionRank(ScaledReturn(1, 20)),
)  # fmt: skip


@pytest.mark.parametrize("level", ["quick", "full"])
def test_shipped_features_need_what_they_say(level: str) -> None:
    one = subject(study(features=SHIPPED), level)  # type: ignore[arg-type]
    assert probe_startup(one).notes == ()


def _note(feature: Feature) -> str:
    found = probe_startup(subject(study(features=(Return(1), feature)), "full"))
    assert found.outcome is Outcome.CLEAN
    (note,) = found.notes
    assert note.startswith(f"feature {feature.name} ")
    return note


def test_a_window_longer_than_said_is_told_to_the_bar() -> None:
    assert "needs 21 bars, and says 5" in _note(Slow(window=20, lookback=5))
    assert "rows appear or vanish" in _note(Slow(window=20, lookback=5))


def test_the_memory_of_a_recursion_is_told_within_its_decay() -> None:
    """It forgets (span - 1) / (span + 1) a bar: 1e-5 of the first after that many bars."""
    note = _note(Average(span=10, lookback=11))
    found = re.search(r"needs (\d+) bars, and says 11", note)
    assert found is not None
    expected = np.log(1e-5) / np.log(9 / 11)
    assert expected - 10 < int(found[1]) < expected + 20


def test_a_recursion_that_says_enough_is_fine() -> None:
    found = probe_startup(subject(study(features=(Average(span=10, lookback=100),))))
    assert found.notes == ()


def test_a_mean_of_everything_depends_on_all_history() -> None:
    assert "depends on all history" in _note(Expanding())


def test_what_it_says_before_its_lookback_does_not_matter() -> None:
    """A recursion answers from the first bar on; nobody is shown it."""
    feature = Average(span=10, lookback=100)
    prices = study().prices.fetch()
    assert feature(prices).iloc[3].notna().any()
    assert probe_startup(subject(study(features=(feature,)))).notes == ()


def test_a_feature_that_fails_is_a_note() -> None:
    one = subject(study())
    broken = replace(one, study=replace(one.study, features=(Raises(),)))
    assert any("no luck today" in note for note in probe_startup(broken).notes)
