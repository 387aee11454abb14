"""Forecasters: naive, and recurrent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmtrader.models.baselines import Ewma, HistoricalMean, LastValue

if TYPE_CHECKING:
    from lstmtrader.models.training.forecaster import LSTMForecaster

__all__ = ["Ewma", "HistoricalMean", "LSTMForecaster", "LastValue"]


def __getattr__(name: str) -> Any:
    # Torch takes seconds to import; whoever wants a naive forecast need not wait for it.
    if name == "LSTMForecaster":
        from lstmtrader.models.training.forecaster import LSTMForecaster

        return LSTMForecaster
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
