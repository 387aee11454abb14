"""Targets beside their definitions, written out bar by bar in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from statistics import fmean, median
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.features import BeatMedian, Direction, TripleBarrier
from lstmtrader.prices import PriceFrame

NAN = math.nan
Changed = Callable[[PriceFrame, Any], PriceFrame]
at_each_fill = pytest.mark.parametrize("execution", list(Execution))


def fills(prices: PriceFrame, execution: Execution, symbol: str) -> list[float]:
    table = prices.open if execution is Execution.NEXT_OPEN else prices.close
    assert table is not None
    return [float(price) for price in table[symbol]]


def spread(moves: list[float]) -> float:
    """Standard deviation; that of `statistics` is exact, and takes many times as long."""
    mean = fmean(moves)
    return math.sqrt(sum((move - mean) ** 2 for move in moves) / (len(moves) - 1))


def plain_barrier(
    closes: list[float], fill: list[float], lag: int, target: TripleBarrier
) -> list[float]:
    """Walk along each path, one bar after the other."""
    labels = []
    window = target.volatility_window
    for t in range(len(fill)):
        label = NAN
        before = closes[max(t - window, 0) : t + 1]
        if (
            t >= window
            and t + lag + target.horizon < len(fill)
            and not any(map(math.isnan, before))
        ):
            size = spread([math.log(b / a) for a, b in pairwise(before)])
            start = fill[t + lag]
            if size > 0 and not math.isnan(start):
                label = 0.0
                for price in fill[t + lag + 1 : t + lag + target.horizon + 1]:
                    move = math.log(price / start)
                    if math.isnan(move):
                        label = NAN
                    elif move >= target.upper * size:
                        label = 1.0
                    elif move <= -target.lower * size:
                        label = -1.0
                    if label != 0:
                        break
        labels.append(label)
    return labels


@at_each_fill
@pytest.mark.parametrize("horizon", [1, 3, 10])
@pytest.mark.parametrize(("upper", "lower"), [(2.0, 2.0), (0.5, 1.5), (3.0, 0.2)])
def test_barriers_are_those_of_a_walk_along_the_path(
    execution: Execution, horizon: int, upper: float, lower: float, ragged: PriceFrame
) -> None:
    target = TripleBarrier(horizon, upper, lower, volatility_window=12)
    label = target(ragged, execution)
    for symbol in ragged.symbols:
        closes = [float(price) for price in ragged.close[symbol]]
        expected = plain_barrier(closes, fills(ragged, execution, symbol), execution.lag, target)
        np.testing.assert_array_equal(label[symbol], expected)
    assert {-1.0, 1.0} <= set(label.stack())


@at_each_fill
@pytest.mark.parametrize("horizon", [1, 4])
def test_the_median_is_that_of_the_members_that_are_known(
    execution: Execution, horizon: int
) -> None:
    prices = SyntheticProvider(
        n_symbols=7, n_bars=160, seed=3, listed_late=2, delisted=1, holes=8
    ).fetch()
    draws = np.random.default_rng(1).random(prices.close.shape)
    members = pd.DataFrame(draws < 0.6, prices.index, prices.close.columns)
    prices = replace(prices, members=members)
    label = BeatMedian(horizon)(prices, execution)
    paths = {symbol: fills(prices, execution, symbol) for symbol in prices.symbols}
    for t in range(prices.n_bars):
        known = {}
        for symbol in prices.symbols:
            begin, end = t + execution.lag, t + execution.lag + horizon
            if end < prices.n_bars and members.iloc[t][symbol]:
                forward = math.log(paths[symbol][end] / paths[symbol][begin])
                if not math.isnan(forward):
                    known[symbol] = forward
        for symbol in prices.symbols:
            expected = NAN
            if symbol in known and len(known) > 1:
                expected = float(known[symbol] >= median(known.values()))
            np.testing.assert_equal(label.iloc[t][symbol], expected)


def test_half_of_the_universe_beats_its_median(clean: PriceFrame) -> None:
    """Of three symbols the middle one is at its own median."""
    label = BeatMedian()(clean, Execution.NEXT_OPEN).dropna()
    assert (label.sum(axis=1) == 2).all()


def test_a_lone_symbol_has_no_median_to_beat(clean: PriceFrame) -> None:
    lone = replace(clean, members=clean.close.notna() & [True, False, False])
    assert BeatMedian()(lone, Execution.NEXT_CLOSE).isna().all(axis=None)


def test_on_one_bar_touching_a_near_barrier_is_the_direction(clean: PriceFrame) -> None:
    near = TripleBarrier(1, 1e-12, 1e-12, volatility_window=5)(clean, Execution.NEXT_OPEN)
    direction = 2 * Direction(1)(clean, Execution.NEXT_OPEN) - 1
    pd.testing.assert_frame_equal(near.iloc[5:], direction.iloc[5:])


def test_the_first_touch_decides_whatever_comes_after(clean: PriceFrame, changed: Changed) -> None:
    target, t = TripleBarrier(6, 5.0, 5.0, volatility_window=20), 100
    at = t + Execution.NEXT_OPEN.lag

    def path(*moves: float) -> float:
        def change(table: pd.DataFrame) -> pd.DataFrame:
            table.iloc[at + 1 : at + 1 + len(moves), 0] = table.iloc[at, 0] * np.array(moves)
            return table

        return float(target(changed(clean, change), Execution.NEXT_OPEN).iloc[t, 0])

    assert path(1.0, 9.0, 0.1, 1.0, 1.0, 1.0) == 1
    assert path(1.0, 0.1, 9.0, 1.0, 1.0, 1.0) == -1
    assert path(1.0, 1.0, 1.0, 1.0, 1.0, 1.0) == 0
    assert path(1.0, 0.1, NAN, NAN, NAN, NAN) == -1
    assert math.isnan(path(1.0, NAN, 9.0, 1.0, 1.0, 1.0))
    assert math.isnan(path(1.0, 1.0, 1.0, 1.0, 1.0, NAN))
    assert path(1.0, 1.0, 1.0, 1.0, 1.0, 9.0) == 1
    assert path(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0) == 0


def test_a_price_that_never_moved_has_no_barriers(clean: PriceFrame, changed: Changed) -> None:
    still = changed(clean, lambda table: table.assign(**{table.columns[1]: 7.0}))
    label = TripleBarrier(3, volatility_window=5)(still, Execution.NEXT_OPEN)
    assert label.iloc[:, 1].isna().all()
    assert label.iloc[10:-10, [0, 2]].notna().all(axis=None)


@pytest.mark.parametrize("execution", [Execution.NEXT_OPEN, Execution.NEXT_CLOSE])
def test_a_history_shorter_than_the_span_has_no_label(
    execution: Execution, clean: PriceFrame
) -> None:
    label = TripleBarrier(10, volatility_window=2)(clean.bars(0, 8), execution)
    assert label.shape == (8, 3)
    assert label.isna().all(axis=None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"horizon": 0}, "horizon: expected at least 1"),
        ({"volatility_window": 1}, "volatility_window: expected at least 2"),
        ({"upper": 0.0}, "upper: expected a finite number above 0"),
        ({"lower": math.inf}, "lower: expected a finite number above 0"),
        ({"upper": NAN}, "upper: expected a finite number above 0"),
    ],
)
def test_senseless_barriers_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TripleBarrier(**settings)
    with pytest.raises(ConfigError, match="horizon"):
        BeatMedian(0)
