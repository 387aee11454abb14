"""Hits of forecasts on prices without memory, and how many of them chance would give.

The side of a forecast is the side of its usual level before the test bars; for scores, which
order the symbols of a bar, that of the bar's median. The side of an outcome is that of its
neutral point. Under independence, what is expected of the side of an outcome at a bar is known in
advance (it is the same on every draw of such prices), so that the sum over bars of

    X(t) = sum over symbols of side(forecast) * (side(outcome) - expected side)

is a martingale, whatever the forecast makes of the past, as long as the labels of the bars that
are counted do not overlap. It is judged in units of the root of its own sum of squares: symbols of
one bar may depend on each other in any way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmtrader.forecast import ForecastKind

SIGMAS = 3.5
"""Beyond this, chance is no explanation: about one in 2,000, so that two tests stay below 0.1 %."""
FEWEST_BARS = 25

Float64 = NDArray[np.float64]
_AT_ZERO = frozenset(
    {
        ForecastKind.RETURN,
        ForecastKind.SCALED_RETURN,
        ForecastKind.RANK,
        ForecastKind.DIRECTION,
        ForecastKind.POSITION,
    }
)


@dataclass(frozen=True, eq=False)
class Neutral:
    """What chance makes of outcomes, learnt from draws that no model has seen.

    Parameters
    ----------
    level : float64 array of shape (n_symbols,)
        Between the two sides.
    side : float64 array of shape (n_symbols,)
        Mean of the sides that are not 0, in [-1, 1].
    n_bars : int
        Bars that this was learnt from.
    """

    level: Float64
    side: Float64
    n_bars: int

    @staticmethod
    def of(labels: Sequence[Float64], kind: ForecastKind) -> Neutral:
        """Learn from tables of labels of shape (n_bars, n_symbols), NaN where there is none."""
        drawn = np.concatenate([np.asarray(one, dtype=np.float64) for one in labels])
        level = np.zeros(drawn.shape[1])
        if kind is ForecastKind.PROBABILITY:
            level[:] = 0.5
        elif kind not in _AT_ZERO:
            level = _mean(drawn)
        side = sides(drawn, level)
        return Neutral(level, _mean(np.where(side == 0, np.nan, side)), len(drawn))


def sides(values: Float64, level: Float64) -> Float64:
    """1 above a level, -1 below, 0 on it; NaN where there is no value."""
    side: Float64 = np.sign(np.asarray(values, dtype=np.float64) - level)
    return side


def forecast_sides(test: Float64, before: Float64, kind: ForecastKind) -> Float64:
    """Return the sides of forecasts of shape (n_bars, n_symbols).

    Parameters
    ----------
    test : array of shape (n_bars, n_symbols)
    before : array of shape (n_earlier_bars, n_symbols)
        Forecasts of earlier bars, for their usual level. A symbol without any has that of all.
    kind : ForecastKind
    """
    test = np.asarray(test, dtype=np.float64)
    if kind is ForecastKind.SCORE:
        level = np.zeros((len(test), 1))
        known = ~np.isnan(test).all(axis=1)
        level[known, 0] = np.nanmedian(test[known], axis=1)
        return sides(test, level)
    before = np.asarray(before, dtype=np.float64)
    usual = _mean(before)
    overall = float(np.nanmean(before)) if np.isfinite(before).any() else 0.0
    return sides(test, np.where(np.isfinite(before).any(axis=0), usual, overall))


@dataclass(frozen=True)
class Hits:
    """How often the sides agreed, and how far that is from chance.

    Parameters
    ----------
    rate, expected : float
        Share of hits, and that which independence gives.
    sigmas : float
        Distance between the two in standard errors; 0 without bars.
    n_bars, n_forecasts : int
        Bars with an opinion, and forecasts with a side on them.
    """

    rate: float
    expected: float
    sigmas: float
    n_bars: int
    n_forecasts: int

    @property
    def beyond_chance(self) -> bool:
        """Whether chance is no explanation."""
        return abs(self.sigmas) > SIGMAS


def count_hits(
    forecasts: Sequence[Float64],
    outcomes: Sequence[Float64],
    neutral: Neutral,
    step: int,
    redrawn: Sequence[Float64] | None = None,
) -> Hits:
    """Count hits over several histories, on every `step`-th bar of each.

    Parameters
    ----------
    forecasts : sequence of array of shape (n_bars, n_symbols)
        Sides, by `forecast_sides`.
    outcomes : sequence of array of shape (n_bars, n_symbols)
        Labels of the same bars.
    neutral : Neutral
    step : int
        Label span: the labels counted must not overlap.
    redrawn : sequence of array of shape (n_draws, n_counted_bars, n_symbols), optional
        Labels of the counted bars had another future followed the same past. What is expected is
        then their mean side, bar by bar: a target that the past tells something about is no leak.
    """
    sums, agreed, expected, count, draws = [], 0.0, 0.0, 0, 0
    for number, (said, label) in enumerate(zip(forecasts, outcomes, strict=True)):
        side, came = said[::step], sides(label[::step], neutral.level)
        counted = np.isfinite(side) & np.isfinite(came) & (side != 0) & (came != 0)
        chance = np.broadcast_to(neutral.side, side.shape)
        if redrawn is not None:
            other = sides(redrawn[number], neutral.level)
            counted &= np.isfinite(other).all(axis=0)
            chance, draws = np.where(counted, other.mean(axis=0), 0.0), len(other)
        excess = np.where(counted, side * (came - chance), 0.0)
        sums.append(excess.sum(axis=1)[counted.any(axis=1)])
        agreed += float((side == came)[counted].sum())
        expected += float(((1 + side * chance) / 2)[counted].sum())
        count += int(counted.sum())
    total = np.concatenate(sums)
    if not count or not total.any():
        return Hits(np.nan, np.nan, 0.0, 0, 0)
    # The expected side is an estimate, too; that of redrawn futures errs by itself at each bar,
    # which the sum of squares has seen.
    known = 1.0 if draws else np.sqrt(1 + len(total) * step / neutral.n_bars)
    sigmas = float(total.sum() / np.sqrt((total**2).sum()) / known)
    return Hits(agreed / count, expected / count, sigmas, len(total), count)


def _mean(values: Float64) -> Float64:
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean: Float64 = total / np.maximum(there.sum(axis=0), 1)
    return mean
