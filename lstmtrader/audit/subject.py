"""What every probe is handed: one study, and what it makes of its own prices."""

from __future__ import annotations

from dataclasses import dataclass

from lstmtrader.audit.finding import Level
from lstmtrader.forecast import Forecast
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import Fold
from lstmtrader.study import Study


@dataclass(frozen=True, eq=False)
class Subject:
    """A study under audit.

    Parameters
    ----------
    study : Study
        As the user wrote it.
    prices : PriceFrame
        What its source gave.
    labelled : LabelledPanel
        What the study makes of them.
    folds : tuple of Fold
    small : Study
        The same study with a reduced network, one member and no baselines.
    level : {"quick", "full"}
    forecast : Forecast, optional
        Of `small`, on test bars of some folds.
    """

    study: Study
    prices: PriceFrame
    labelled: LabelledPanel
    folds: tuple[Fold, ...]
    small: Study
    level: Level
    forecast: Forecast | None = None
