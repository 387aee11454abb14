"""What a feature and a target are."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.forecast import ForecastKind
from lstmtrader.prices import PriceFrame


@runtime_checkable
class Feature(Protocol):
    """One number per symbol and bar, known after the close of that bar.

    Attributes
    ----------
    name : str
        Unique within an experiment.
    lookback : int
        Bars of real prices, the current one included, that a row needs behind it. Rows with
        fewer are masked, also after a hole.
    """

    @property
    def name(self) -> str:
        """Name of the feature."""
        ...

    @property
    def lookback(self) -> int:
        """Warm-up in bars."""
        ...

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """Return a frame with the bars and symbols of `prices`; row ``t`` reads rows <= ``t``."""
        ...


@runtime_checkable
class Target(Protocol):
    """The question a model is asked at bar ``t``: something about the bars after its fill."""

    @property
    def kind(self) -> ForecastKind:
        """What an answer is."""
        ...

    @property
    def horizon(self) -> int:
        """Bars from the fill to the end of the label."""
        ...

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        """Return labels; row ``t`` ends at ``t + execution.label_span(horizon)``, NaN if unknown.

        It must not depend on anything after that bar.
        """
        ...
