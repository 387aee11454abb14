"""Walk-forward LSTM trading research: nothing leaks, nothing flatters, nothing waits.

The names below are imported when they are first used, so that ``import lstmtrader`` is instant.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lstmtrader.isolation import uncollected

if TYPE_CHECKING:
    from lstmtrader.backtest.costs import Costs
    from lstmtrader.backtest.engine import run_backtest
    from lstmtrader.backtest.limits import Limits
    from lstmtrader.backtest.rebalancing import Rebalancing
    from lstmtrader.backtest.sizing import Sizing
    from lstmtrader.clock import Calendar, Execution
    from lstmtrader.data.source import PriceSource
    from lstmtrader.errors import LstmtraderError
    from lstmtrader.experiment import Experiment
    from lstmtrader.forecast import Forecast, ForecastKind
    from lstmtrader.models.training.forecaster import RecurrentForecaster
    from lstmtrader.own_forecasts.backtesting import backtest_forecasts
    from lstmtrader.prices import PriceFrame
    from lstmtrader.run import Run
    from lstmtrader.splits import Fold, Folds, WalkForward
    from lstmtrader.sweep.result import Sweep
    from lstmtrader.walkforward.engine import walk_forward
    from lstmtrader.walkforward.local import LocalExecutor
    from lstmtrader.weights import TargetWeights

__version__ = "0.1.0"

_HOMES = {
    "Calendar": "clock",
    "Costs": "backtest.costs",
    "Execution": "clock",
    "Experiment": "experiment",
    "Fold": "splits",
    "Folds": "splits",
    "Forecast": "forecast",
    "ForecastKind": "forecast",
    "RecurrentForecaster": "models.training.forecaster",
    "Limits": "backtest.limits",
    "LocalExecutor": "walkforward.local",
    "LstmtraderError": "errors",
    "PriceFrame": "prices",
    "PriceSource": "data.source",
    "Rebalancing": "backtest.rebalancing",
    "Run": "run",
    "Sizing": "backtest.sizing",
    "Sweep": "sweep.result",
    "TargetWeights": "weights",
    "WalkForward": "splits",
    "backtest_forecasts": "own_forecasts.backtesting",
    "run_backtest": "backtest.engine",
    "walk_forward": "walkforward.engine",
}

__all__ = [
    "Calendar",
    "Costs",
    "Execution",
    "Experiment",
    "Fold",
    "Folds",
    "Forecast",
    "ForecastKind",
    "Limits",
    "LocalExecutor",
    "LstmtraderError",
    "PriceFrame",
    "PriceSource",
    "Rebalancing",
    "RecurrentForecaster",
    "Run",
    "Sizing",
    "Sweep",
    "TargetWeights",
    "WalkForward",
    "backtest_forecasts",
    "run_backtest",
    "walk_forward",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with uncollected():
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
