"""Law 6, targets: a label starts at the fill and ends, to the bar, where its span says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader import features
from lstmtrader.clock import Execution
from lstmtrader.features import (
    BeatMedian,
    Direction,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
    Return,
    TripleBarrier,
)
from lstmtrader.features.assemble import build_panel
from lstmtrader.features.feature import Target
from lstmtrader.forecast import ForecastKind
from lstmtrader.prices import PriceFrame

Changed = Callable[[PriceFrame, Any], PriceFrame]

SHIPPED = [
    make
    for horizon in (1, 4)
    for make in (
        ForwardReturn(horizon=horizon, scaled=False),
        ForwardReturn(horizon=horizon, scaled=True, volatility_window=10),
        ForwardVolatility(horizon=horizon),
        Direction(horizon=horizon),
        ForwardRank(horizon=horizon),
        BeatMedian(horizon=horizon),
        # Barriers so far away that only an invented jump touches them, and near ones.
        TripleBarrier(horizon=horizon, upper=20.0, lower=20.0, volatility_window=10),
        TripleBarrier(horizon=horizon, upper=0.7, lower=1.0, volatility_window=10),
    )
]
T = 200


def ends_early(target: Target) -> bool:
    """Whether the label of a row may be decided before the last bar of its span."""
    return isinstance(target, TripleBarrier) and target.upper < 1


def knows_a_size(target: Target) -> bool:
    """Whether the label depends on a volatility known at the decision."""
    return isinstance(target, TripleBarrier) or (
        isinstance(target, ForwardReturn) and target.scaled
    )


each = pytest.mark.parametrize("target", SHIPPED, ids=str)
each_to_the_end = pytest.mark.parametrize(
    "target", [target for target in SHIPPED if not ends_early(target)], ids=str
)
at_each_fill = pytest.mark.parametrize("execution", list(Execution))


def times(first: int, last: int, factor: float, column: int | None = None) -> Any:
    """Multiply the prices of bars first … last, of one symbol or of all by turns up and down."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        part = table.iloc[first : last + 1]
        if column is not None:
            table.iloc[first : last + 1, column] = part.iloc[:, column] * factor
        else:
            turns = np.where(np.indices(part.shape).sum(axis=0) % 2, factor, 1 / factor)
            table.iloc[first : last + 1] = part * turns
        return table

    return change


def test_every_shipped_target_is_in_the_suite() -> None:
    shipped = {
        name
        for name in features.__all__
        if hasattr(getattr(features, name), "kind") and not hasattr(getattr(features, name), "name")
    }
    assert shipped == {type(target).__name__ for target in SHIPPED}


@each
def test_it_has_a_kind_and_a_horizon(target: Target) -> None:
    assert isinstance(target, Target)
    assert isinstance(target.kind, ForecastKind)
    assert type(target.horizon) is int


@each
@at_each_fill
def test_it_has_the_bars_and_symbols_of_the_prices(
    target: Target, execution: Execution, ragged: PriceFrame
) -> None:
    before = ragged.sha256()
    label = target(ragged, execution)
    assert label.index.equals(ragged.index)
    assert label.columns.equals(ragged.close.columns)
    assert not np.isinf(label.to_numpy()).any()
    assert ragged.sha256() == before


@each
@at_each_fill
@pytest.mark.parametrize("size", [1.01, 1e4], ids=["mild", "violent"])
def test_nothing_after_the_span_changes_a_bit(
    target: Target, execution: Execution, size: float, clean: PriceFrame, changed: Changed
) -> None:
    end = T + execution.label_span(target.horizon)
    now = target(clean, execution).iloc[: T + 1]
    then = target(changed(clean, times(end + 1, clean.n_bars, size)), execution).iloc[: T + 1]
    assert now.to_numpy().tobytes() == then.to_numpy().tobytes()


@each_to_the_end
@at_each_fill
@pytest.mark.parametrize("column", [0, 1, 2])
def test_the_last_bar_of_the_span_matters(
    target: Target, execution: Execution, column: int, clean: PriceFrame, changed: Changed
) -> None:
    """A crash or a jump there changes the label: a span that is too long would hide a purge."""
    end = T + execution.label_span(target.horizon)
    now = target(clean, execution).iloc[T, column]
    then = [
        target(changed(clean, times(end, end, factor, column)), execution).iloc[T, column]
        for factor in (1e-4, 1e4)
    ]
    assert any(value != now for value in then)


@each
@at_each_fill
def test_the_label_is_unknown_until_its_span_is_over(
    target: Target, execution: Execution, clean: PriceFrame
) -> None:
    span = execution.label_span(target.horizon)
    known = target(clean, execution).notna().to_numpy()
    assert not known[-span:].any()
    assert known[60:-span].all()


@each
@at_each_fill
def test_nothing_before_the_fill_is_in_the_label(
    target: Target, execution: Execution, clean: PriceFrame, changed: Changed
) -> None:
    """A move before the fill is none that the order could have captured.

    All earlier prices are doubled: the size by which a scaled return is divided is known at the
    close of T, and does not see that if it happens before its window.
    """
    last = T - 11 if knows_a_size(target) else T + execution.lag - 1
    now = target(clean, execution).iloc[T]
    then = target(changed(clean, lambda table: _doubled(table, last)), execution).iloc[T]
    np.testing.assert_allclose(then, now, rtol=1e-7, atol=1e-9)


def _doubled(table: pd.DataFrame, last: int) -> pd.DataFrame:
    table.iloc[: last + 1] *= 2
    return table


@each
@at_each_fill
def test_the_price_level_does_not_matter(
    target: Target, execution: Execution, ragged: PriceFrame, changed: Changed
) -> None:
    halved = target(changed(ragged, lambda table: table * 0.5), execution)
    np.testing.assert_allclose(halved, target(ragged, execution), rtol=1e-12, atol=1e-12)


@each_to_the_end
@at_each_fill
def test_a_hole_at_either_end_leaves_no_label(
    target: Target, execution: Execution, clean: PriceFrame, changed: Changed
) -> None:
    fill, end = T + execution.lag, T + execution.label_span(target.horizon)
    for bar in (fill, end):

        def dig(table: pd.DataFrame, bar: int = bar) -> pd.DataFrame:
            table.iloc[bar, 1] = np.nan
            return table

        label = target(changed(clean, dig), execution).iloc[T]
        assert np.isnan(label.iloc[1])
        assert label.drop(label.index[1]).notna().all()


@each
@at_each_fill
def test_the_outcome_is_the_label_once_it_is_known(
    target: Target, execution: Execution, ragged: PriceFrame
) -> None:
    """`Panel.outcome` at bar t is the label of the row whose span ends at t, and no later one."""
    labelled = build_panel(ragged, (Return(),), target, execution)
    span = execution.label_span(target.horizon)
    assert labelled.span == span
    np.testing.assert_array_equal(labelled.panel.outcome[:, span:], labelled.target[:, :-span])
    assert np.isnan(labelled.panel.outcome[:, :span]).all()


@each
def test_opens_are_read_only_where_fills_are_at_the_open(
    target: Target, clean: PriceFrame, changed: Changed
) -> None:
    from dataclasses import replace

    shifted = replace(clean, open=clean.open * np.linspace(1, 2, clean.n_bars)[:, None])
    for execution in (Execution.NEXT_CLOSE, Execution.SAME_CLOSE):
        assert target(shifted, execution).equals(target(clean, execution))
    if not isinstance(target, Direction | ForwardRank | BeatMedian | TripleBarrier):
        moved = target(shifted, Execution.NEXT_OPEN)
        assert not moved.equals(target(clean, Execution.NEXT_OPEN))
