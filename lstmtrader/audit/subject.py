"""Subject: what an audit looks at, worked out once and handed to every probe."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstmtrader.audit.finding import Level
from lstmtrader.audit.fitting import fit_together, shortened
from lstmtrader.audit.given import on_prices
from lstmtrader.audit.reduction import reduced
from lstmtrader.forecast import Forecast
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import Fold
from lstmtrader.study import Study

_TEST_BARS = {"quick": 400, "full": 100_000}


@dataclass(frozen=True, eq=False)
class Subject:
    """A study on a frozen copy of its prices.

    Parameters
    ----------
    study : Study
        As its author wrote it. A subclass may have its own panel, folds or terms: probes ask it
        for them, and never what lies under them.
    prices : PriceFrame
    labelled : LabelledPanel
    folds : tuple of Fold
    small : Study
        The same with a reduced network, one member and no baselines.
    level : {"quick", "full"}
    forecast : Forecast
        Of the reduced network, fitted on the first fold, on the test bars of the first folds.
    """

    study: Study
    prices: PriceFrame
    labelled: LabelledPanel
    folds: tuple[Fold, ...]
    small: Study
    level: Level
    forecast: Forecast

    @staticmethod
    def of(study: Study, level: Level) -> Subject:
        """Fetch the prices of a study once, and work out what probes compare with.

        Raises
        ------
        LstmtraderError
            If the study cannot be run.
        """
        prices = study.prices.fetch()
        study.terms.check(prices)
        study = on_prices(study, prices)
        labelled = study.labelled_panel(prices)
        folds = tuple(study.folds(prices))
        small = replace(study, model=reduced(study.model), members=1, baselines=(), benchmark=None)
        tests, bars = [], 0
        for fold in folds:
            tests.append(fold)
            bars += len(fold.test)
            if bars >= _TEST_BARS[level]:
                break
        fold = shortened(folds[0], small.model.lookback)
        (outcome,) = fit_together(small, labelled, [fold], tests)
        return Subject(
            study, prices, labelled, folds, small, level, Forecast.concat(outcome.forecasts)
        )

    def names(self) -> dict[str, str]:
        """Return what model, strategy and target are called in findings."""
        return {
            part: type(getattr(self.study, part)).__name__
            for part in ("model", "strategy", "target")
        }

    def cuts_of_forecast(self, most: int) -> list[int]:
        """Positions inside the bars of `forecast`: its first, its last but one, some between."""
        first, n_bars = self.folds[0].test.start, len(self.forecast.index)
        spread = np.linspace(0, max(n_bars - 2, 0), most).astype(int)
        return sorted({first + int(offset) for offset in spread})
