"""Law 6, features: a row is known after its bar, needs its lookback, and knows no price level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader import features
from lstmtrader.clock import Execution
from lstmtrader.contracts import check_feature
from lstmtrader.contracts.features import FEATURE_LAWS, Law, ground_of
from lstmtrader.features import (
    AbsoluteReturn,
    CrossSectionRank,
    Exogenous,
    ExogenousSeries,
    ForwardReturn,
    MacdMomentum,
    RealisedVolatility,
    RelativeStrength,
    Return,
    ScaledReturn,
)
from lstmtrader.features.assemble import build_panel
from lstmtrader.features.feature import Feature
from lstmtrader.prices import PriceFrame

Changed = Callable[[PriceFrame, Any], PriceFrame]

# Each feature with the number of bars its definition needs, written down here by hand.
SHIPPED = [
    (Return(), 2),
    (Return(5), 6),
    (ScaledReturn(), 61),
    (ScaledReturn(horizon=1, volatility_window=10), 11),
    (ScaledReturn(horizon=21, volatility_window=10), 22),
    (MacdMomentum(), 63 + 126 - 1),
    (MacdMomentum(short=2, long=4, price_window=5, signal_window=6), 5 + 6 - 1),
    (RealisedVolatility(), 22),
    (RealisedVolatility(window=2), 3),
    (AbsoluteReturn(), 2),
    (AbsoluteReturn(window=5), 6),
    (RelativeStrength(), 15),
    (RelativeStrength(window=5), 6),
    (CrossSectionRank(Return(3)), 4),
    (CrossSectionRank(RealisedVolatility(window=10)), 11),
    (Exogenous(ExogenousSeries(str(Path(__file__).with_name("exogenous.csv")))), 1),
]

each = pytest.mark.parametrize(
    ("feature", "needs"), SHIPPED, ids=[f"{f.name}-{n}" for f, n in SHIPPED]
)


def test_every_shipped_feature_is_in_the_suite() -> None:
    shipped = {
        name
        for name in features.__all__
        if hasattr(getattr(features, name), "lookback") and hasattr(getattr(features, name), "name")
    }
    assert shipped == {type(feature).__name__ for feature, _ in SHIPPED}


@each
def test_it_has_a_name_and_a_lookback(feature: Feature, needs: int) -> None:
    assert isinstance(feature, Feature)
    assert isinstance(feature.name, str)
    assert feature.name.isidentifier()
    assert type(feature.lookback) is int
    assert feature.lookback >= needs


def test_names_tell_apart_what_an_experiment_would_use_together() -> None:
    horizons = [ScaledReturn(horizon=h).name for h in (1, 5, 21)]
    ranks = [CrossSectionRank(Return(h)).name for h in (1, 5)]
    names = [*horizons, *ranks, Return().name, MacdMomentum().name, MacdMomentum(16, 48).name]
    assert len(set(names)) == len(names)


@each
@pytest.mark.parametrize("law", FEATURE_LAWS, ids=lambda law: law.__name__)
def test_it_keeps_what_users_features_are_asked(feature: Feature, needs: int, law: Law) -> None:
    law(feature, ground_of(law, feature.lookback))


@each
def test_the_whole_check_passes(feature: Feature, needs: int, clean: PriceFrame) -> None:
    """On prices of one's own as well."""
    check_feature(feature, clean)


@each
def test_no_value_before_its_definition_allows_one(
    feature: Feature, needs: int, clean: PriceFrame
) -> None:
    assert not np.isfinite(feature(clean).to_numpy())[: needs - 1].any()


@each
def test_a_hole_of_one_symbol_does_not_touch_the_others(
    feature: Feature, needs: int, clean: PriceFrame, changed: Changed
) -> None:
    """Unless it compares them."""

    def dig(table: pd.DataFrame) -> pd.DataFrame:
        table.iloc[60:63, 1] = np.nan
        return table

    same = feature(changed(clean, dig)).iloc[:, [0, 2]].equals(feature(clean).iloc[:, [0, 2]])
    assert same or isinstance(feature, CrossSectionRank)


@each
def test_the_panel_counts_from_the_lookback_on(
    feature: Feature, needs: int, ragged: PriceFrame
) -> None:
    """Valid exactly where the last `lookback` closes are there, and the values are finite."""
    target = ForwardReturn(scaled=False)
    panel = build_panel(ragged, (feature,), target, Execution.NEXT_OPEN).panel
    there = ragged.close.notna().rolling(feature.lookback).sum() == feature.lookback
    assert np.array_equal(panel.valid, there.to_numpy().T)
    expected = feature(ragged).to_numpy().T[panel.valid]
    np.testing.assert_array_equal(panel.values[panel.valid][:, 0], expected.astype(np.float32))
    assert (panel.values[~panel.valid] == 0).all()


@each
def test_closes_are_enough(feature: Feature, needs: int, clean: PriceFrame) -> None:
    """No shipped feature needs opens: all of them work on close-only data."""
    closes = replace(clean, open=None, high=None, low=None, volume=None)
    pd.testing.assert_frame_equal(feature(closes), feature(clean), check_exact=True)


@each
def test_one_symbol_is_enough(feature: Feature, needs: int, clean: PriceFrame) -> None:
    alone = replace(
        clean,
        **{f: getattr(clean, f).iloc[:, :1] for f in ("close", "open", "high", "low", "volume")},
    )
    table = feature(alone)
    assert table.iloc[feature.lookback - 1 :].notna().all(axis=None)
