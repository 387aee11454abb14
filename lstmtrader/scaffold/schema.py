"""The JSON schema of an experiment, with everything that ships listed in it."""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

from lstmtrader import features, models
from lstmtrader.config.schema import Catalogue, json_schema
from lstmtrader.data.download import HistorySource
from lstmtrader.data.universe import Universe
from lstmtrader.experiment import ALIASES, Experiment
from lstmtrader.features.feature import Feature, Target
from lstmtrader.models.forecaster import Forecaster
from lstmtrader.strategy import Strategy

STRATEGIES = "strategies"
"""The package of example strategies: shipped beside this one, and not needed by it."""


def experiment_schema() -> dict[str, Any]:
    """Return the JSON schema of the settings of an experiment, as plain data."""
    return json_schema(Experiment, ALIASES, catalogue(), closed=("lstmtrader",))


@functools.cache
def schema_text() -> str:
    """Return it as the text of a file."""
    return json.dumps(experiment_schema(), indent=1, ensure_ascii=False) + "\n"


def catalogue() -> Catalogue:
    """Every class that ships and may be named in a configuration, beside those with aliases."""
    shown = [getattr(features, name) for name in features.__all__]
    return {
        Feature: [_path(features, cls) for cls in shown if _has(cls, "name", "lookback")],
        Target: [_path(features, cls) for cls in shown if _has(cls, "kind", "__call__")],
        Forecaster: [f"{models.__name__}:{name}" for name in models.__all__],
        Strategy: list(_strategies()),
        Universe: ["lstmtrader.data.universe:Membership"],
        HistorySource: ["lstmtrader.data.yahoo.source:YahooSource"],
    }


def _path(package: Any, cls: type) -> str:
    return f"{package.__name__}:{cls.__name__}"


def _has(cls: type, *members: str) -> bool:
    return all(hasattr(cls, member) for member in members)


def _strategies() -> Iterator[str]:
    """Whatever can decide on weights in the package of example strategies, if it is there."""
    try:
        package = importlib.import_module(STRATEGIES)
    except ModuleNotFoundError:
        return
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{STRATEGIES}.{found.name}")
        for cls in vars(module).values():
            own = isinstance(cls, type) and cls.__module__ == module.__name__
            if own and _has(cls, "target_weights"):
                yield f"{module.__name__}:{cls.__name__}"
