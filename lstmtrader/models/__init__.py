"""Forecasters: baselines, and recurrent networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmtrader.models.baselines import (
    AlwaysLong,
    Boosting,
    Ewma,
    Garch,
    Har,
    HistoricalMean,
    LastValue,
    Momentum,
    Ridge,
    Zero,
)

if TYPE_CHECKING:
    from lstmtrader.models.training.forecaster import RecurrentForecaster

__all__ = [
    "AlwaysLong",
    "Boosting",
    "Ewma",
    "Garch",
    "Har",
    "HistoricalMean",
    "LastValue",
    "Momentum",
    "RecurrentForecaster",
    "Ridge",
    "Zero",
]


def __getattr__(name: str) -> Any:
    # Torch takes seconds to import; whoever wants a naive forecast need not wait for it.
    if name == "RecurrentForecaster":
        from lstmtrader.models.training.forecaster import RecurrentForecaster

        return RecurrentForecaster
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
