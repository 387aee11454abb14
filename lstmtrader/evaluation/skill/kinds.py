"""Which figure makes sense for which kind of forecast."""

from __future__ import annotations

from lstmtrader.forecast import ForecastKind

RETURNS = frozenset({ForecastKind.RETURN, ForecastKind.SCALED_RETURN})
"""Zero is a forecast of them, and so is their mean so far."""

SAME_UNIT = RETURNS | {
    ForecastKind.VOLATILITY,
    ForecastKind.LOG_VOLATILITY,
    ForecastKind.PROBABILITY,
    ForecastKind.RANK,
}
"""Forecasts in the unit of their outcome: an error, squared, means something."""

WITH_DISTRIBUTION = SAME_UNIT - {ForecastKind.PROBABILITY}
"""May come with quantiles or a standard deviation of the outcome."""

COMPARED_OVER_TIME = frozenset(ForecastKind) - {ForecastKind.SCORE}
"""A number of today may be set beside one of yesterday."""

ABOUT_RETURNS = frozenset(ForecastKind) - {ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY}
"""More means: expected to gain more, over any horizon."""

_SIGNED = RETURNS | {ForecastKind.POSITION, ForecastKind.DIRECTION}


def side_of(kind: ForecastKind) -> float | None:
    """Return the number that parts up from down, in forecast and outcome; None without sides.

    Ranks have none: the middle one parts better from worse, whichever way the symbols go.
    """
    if kind in _SIGNED:
        return 0.0
    return 0.5 if kind is ForecastKind.PROBABILITY else None
