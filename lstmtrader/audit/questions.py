"""Questions that can be asked here and in other processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.config.building import build_value, describe
from lstmtrader.errors import LstmtraderError
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide


@dataclass(frozen=True, eq=False)
class OfFeature:
    """What does a feature say of these prices?"""

    feature: Feature
    prices: PriceFrame

    @property
    def name(self) -> str:
        """``feature <name>``."""
        return f"feature {self.feature.name}"

    def answer(self) -> pd.DataFrame:
        """Ask here."""
        return self.feature(self.prices)


@dataclass(frozen=True, eq=False)
class OfTarget:
    """What are the labels of these prices?"""

    target: Target
    prices: PriceFrame
    execution: Execution

    @property
    def name(self) -> str:
        """``target <class>``."""
        return f"target {type(self.target).__name__}"

    def answer(self) -> pd.DataFrame:
        """Ask here."""
        return self.target(self.prices, self.execution)


@dataclass(frozen=True, eq=False)
class OfStrategy:
    """What would a strategy hold on this forecast and these prices?"""

    strategy: Strategy
    forecast: Forecast
    prices: PriceFrame

    @property
    def name(self) -> str:
        """``strategy <class>``."""
        return f"strategy {type(self.strategy).__name__}"

    def answer(self) -> pd.DataFrame:
        """Ask here."""
        return decide(self.strategy, self.forecast, self.prices).frame


Question = OfFeature | OfTarget | OfStrategy


def as_stated(thing: Any, kind: Any) -> Any:
    """Build a feature, target or strategy again from its settings, without what it has kept.

    One that is not stated by its settings is returned itself.
    """
    try:
        stated = describe(thing, kind)
        made = build_value(stated, kind, "", {})
        same = describe(made, kind) == stated and _kinds(made) == _kinds(thing)
    except (LstmtraderError, TypeError, ValueError):
        return thing
    return made if same else thing


def _kinds(thing: Any) -> dict[str, type]:
    return {name: type(value) for name, value in getattr(thing, "__dict__", {}).items()}
