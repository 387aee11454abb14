"""Law: what depends on the unit of prices is named, and nothing else is; a note, no leak."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from lstmtrader.audit.finding import Outcome
from lstmtrader.audit.probes.levels import halved, probe_levels
from lstmtrader.features import (
    BeatMedian,
    CrossSectionRank,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
    MacdMomentum,
    RealisedVolatility,
    RelativeStrength,
    Return,
    ScaledReturn,
)
from lstmtrader.models import HistoricalMean
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.study import Study
from strategies.volatility_target import VolatilityTarget
from tests.audit.forgetful import ByPrice, Gain, LogPrice, Raises
from tests.audit.subjects import MARKET, study, subject


def test_halving_rounds_nothing_and_leaves_volumes() -> None:
    prices = MARKET.fetch()
    half = halved(prices)
    for name in ("close", "open", "high", "low"):
        assert (getattr(half, name) * 2).equals(getattr(prices, name))
    assert half.volume is not None
    assert half.volume.equals(prices.volume)


@pytest.mark.parametrize(
    "parts",
    [
        {"features": (ScaledReturn(1, 20), Return(5), MacdMomentum(2, 4, 10, 10))},
        {"features": (CrossSectionRank(RealisedVolatility(10)), RelativeStrength(9))},
        {"target": ForwardRank(2)},
        {"target": ForwardReturn(3, scaled=False)},
        {"target": ForwardVolatility(3), "strategy": VolatilityTarget()},
    ],
)
def test_a_pipeline_free_of_levels_gets_no_note(parts: dict[str, object]) -> None:
    assert probe_levels(subject(study(**parts))).notes == ()


def test_a_feature_of_the_price_itself_is_named_and_is_no_leak() -> None:
    found = probe_levels(subject(study(features=(Return(1), LogPrice()))))
    (note,) = found.notes
    assert note.startswith("feature log_price depends on the level of prices")
    assert found.outcome is Outcome.CLEAN


def test_a_target_in_money_is_named() -> None:
    (note,) = probe_levels(subject(study(target=Gain()))).notes
    assert note.startswith("target Gain depends on the level")


def test_a_strategy_that_reads_prices_is_named() -> None:
    (note,) = probe_levels(subject(study(strategy=ByPrice()))).notes
    assert note.startswith("strategy ByPrice depends on the level")


@dataclass(frozen=True)
class WithPrices(Study):
    """A study whose panel is not made of its features alone."""

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        made = super().labelled_panel(prices)
        values = made.panel.values.copy()
        values[:, :, 0] = np.nan_to_num(prices.close.to_numpy().T)
        return replace(made, panel=replace(made.panel, values=values))


def test_a_study_that_makes_its_own_panel_is_asked_for_it() -> None:
    made = study()
    own = WithPrices(**{name: getattr(made, name) for name in made.__dataclass_fields__})
    (note,) = probe_levels(subject(own)).notes
    assert note.startswith("the labelled panel depends on the level")


def test_a_feature_that_fails_on_other_prices_is_a_note() -> None:
    one = subject(study())
    broken = replace(one, study=replace(one.study, features=(Return(1), Raises())))
    assert any("no luck today" in note for note in probe_levels(broken).notes)


@pytest.mark.parametrize("target", [BeatMedian(2), ForwardRank(1)])
def test_targets_across_symbols_have_no_level(target: object) -> None:
    found = probe_levels(subject(study(target=target, model=HistoricalMean())))
    assert found.notes == ()
