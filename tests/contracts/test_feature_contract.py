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
After = Callable[[int, float], Any]

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
def test_it_has_the_bars_and_symbols_of_the_prices(
    feature: Feature, needs: int, ragged: PriceFrame
) -> None:
    table = feature(ragged)
    assert table.index.equals(ragged.index)
    assert table.columns.equals(ragged.close.columns)
    assert (table.dtypes == np.float64).all()
    assert not np.isinf(table.to_numpy()).any()


@each
def test_it_changes_neither_the_prices_nor_itself(
    feature: Feature, needs: int, ragged: PriceFrame
) -> None:
    before = ragged.sha256()
    first, second = feature(ragged), feature(ragged)
    assert ragged.sha256() == before
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@each
@pytest.mark.parametrize("size", [1.01, 1e4], ids=["mild", "violent"])
@pytest.mark.parametrize("t", [40, 330])
def test_the_future_changes_no_bit(
    feature: Feature, needs: int, t: int, size: float, ragged: PriceFrame,
    changed: Changed, after: After,
) -> None:  # fmt: skip
    now, then = feature(ragged), feature(changed(ragged, after(t, size)))
    assert now.iloc[: t + 1].to_numpy().tobytes() == then.iloc[: t + 1].to_numpy().tobytes()


@each
def test_what_was_not_there_yet_changes_no_bit(
    feature: Feature, needs: int, clean: PriceFrame
) -> None:
    whole, part = feature(clean), feature(clean.bars(0, 350))
    assert whole.iloc[:350].to_numpy().tobytes() == part.to_numpy().tobytes()


@each
def test_the_price_level_does_not_matter(
    feature: Feature, needs: int, ragged: PriceFrame, changed: Changed
) -> None:
    """Halving is exact in binary: any difference is a dependence on the level."""
    halved = feature(changed(ragged, lambda table: table * 0.5))
    np.testing.assert_allclose(halved, feature(ragged), rtol=1e-12, atol=1e-12)


@each
def test_it_warms_up_as_it_says(feature: Feature, needs: int, clean: PriceFrame) -> None:
    """No value before its definition allows one; a value on every bar from the lookback on."""
    finite = np.isfinite(feature(clean).to_numpy())
    assert not finite[: needs - 1].any()
    assert finite[feature.lookback - 1 :].all()


@each
def test_a_row_needs_no_more_than_its_lookback(
    feature: Feature, needs: int, clean: PriceFrame
) -> None:
    """The same bars give the same value whatever came before: nothing else, or half the prices."""
    last = clean.n_bars - 1
    first = last - feature.lookback + 1
    row = feature(clean).iloc[last]
    alone = feature(clean.bars(first, last + 1)).iloc[-1]
    np.testing.assert_allclose(alone, row, atol=1e-5)


@each
def test_a_bad_tick_is_forgotten(
    feature: Feature, needs: int, clean: PriceFrame, changed: Changed
) -> None:
    """One price ten times too high, just before the lookback begins, leaves no trace after it."""
    last = clean.n_bars - 1
    before = last - feature.lookback

    def tick(table: pd.DataFrame) -> pd.DataFrame:
        table.iloc[before] *= 10
        return table

    now, then = feature(clean).iloc[last], feature(changed(clean, tick)).iloc[last]
    np.testing.assert_allclose(then, now, atol=2e-3)


@each
def test_a_hole_stays_a_hole_and_heals(
    feature: Feature, needs: int, clean: PriceFrame, changed: Changed
) -> None:
    """No value in a hole; the others are not touched; after the warm-up it is as if new."""
    hole = slice(60, 63)

    def dig(table: pd.DataFrame) -> pd.DataFrame:
        table.iloc[hole, 1] = np.nan
        return table

    holed = changed(clean, dig)
    table = feature(holed)
    assert table.iloc[hole, 1].isna().all()
    if not isinstance(feature, CrossSectionRank):
        others = [0, 2]
        assert table.iloc[:, others].equals(feature(clean).iloc[:, others])
    healed = feature(holed.bars(hole.stop, holed.n_bars)).iloc[feature.lookback - 1 :, 1]
    later = table.iloc[hole.stop + feature.lookback - 1 :, 1]
    assert later.notna().all()
    np.testing.assert_allclose(later, healed, atol=1e-5)


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
