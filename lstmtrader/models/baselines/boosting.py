"""Gradient boosted trees on the bars of a window."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from lstmtrader.bounds import above_zero, at_least
from lstmtrader.errors import HistoryError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.isolation import untouched
from lstmtrader.models.baselines.one_by_one import OneByOne
from lstmtrader.models.baselines.threads import one_thread
from lstmtrader.models.baselines.windows import (
    Float64,
    as_forecast,
    full_windows,
    lagged,
    learnt,
    on_rows,
    require_samples,
)
from lstmtrader.models.forecaster import FitRecord, FitTask
from lstmtrader.panel import LabelledPanel, Panel

_LEARNS = frozenset(ForecastKind) - {ForecastKind.POSITION, ForecastKind.SCORE}


@dataclass(frozen=True)
class Boosting(OneByOne):
    """Histogram gradient boosting of scikit-learn, stopped by the fold's own validation slice.

    Squared error for numbers, log loss for probabilities. The trees up to the best validation
    loss are kept, which may be none: the mean of the training labels. Without validation all
    `iterations` are kept.

    Parameters
    ----------
    lags : int
        Bars in a window, the current one included.
    iterations, patience : int
        At most so many trees; stop after `patience` without a better validation loss.
    learning_rate : float
    leaves, leaf_samples : int
        Most leaves of a tree, and fewest training rows in one.

    References
    ----------
    Ke, G. et al. (2017). LightGBM: A Highly Efficient Gradient Boosting Decision Tree. Advances
    in Neural Information Processing Systems, 30.

    Examples
    --------
    >>> model = Boosting()
    >>> model.lookback, model.kind(ForecastKind.RETURN).value
    (5, 'return')
    """

    lags: int = 5
    iterations: int = 200
    patience: int = 10
    learning_rate: float = 0.05
    leaves: int = 15
    leaf_samples: int = 50

    def __post_init__(self) -> None:
        at_least(1, lags=self.lags, iterations=self.iterations, patience=self.patience)
        at_least(2, leaves=self.leaves)
        at_least(1, leaf_samples=self.leaf_samples)
        above_zero(learning_rate=self.learning_rate)

    @property
    def lookback(self) -> int:
        """The lags."""
        return self.lags

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """The target's own kind, any but a position."""
        return learnt(target, _LEARNS, "Boosting")

    def _fit(self, task: FitTask) -> FittedBoosting:
        kind = self.kind(task.kind)
        design, label = self._samples(task.train, kind)
        require_samples(len(label), 2, task, self.lags)
        if kind is ForecastKind.PROBABILITY and len(np.unique(label)) != 2:
            raise HistoryError(
                f"{task.label}: expected gains and losses among the training labels; got only "
                f"{label[0]:g}: use a longer train slice"
            )
        checked = None if task.validation is None else self._samples(task.validation, kind)
        if checked is not None and not len(checked[1]):
            checked = None
        model = self._model(kind, task.seed, stopping=checked is not None)
        if checked is None:
            model.fit(design, label)
            trees = int(model.n_iter_)
        else:
            model.fit(design, label, X_val=checked[0], y_val=checked[1])
            # The first score is that of no tree at all.
            trees = int(np.argmax(model.validation_score_))
        record = FitRecord(len(label), 0 if checked is None else len(checked[1]), trees)
        return FittedBoosting(model, trees, float(label.mean()), self.lags, kind, record)

    def _samples(self, labelled: LabelledPanel, kind: ForecastKind) -> tuple[Float64, np.ndarray]:
        rows = full_windows(labelled.panel.valid, self.lags) & labelled.labelled
        label = labelled.target[rows].astype(np.float64)
        design = lagged(labelled.panel.values, rows, self.lags)
        return design, label.astype(np.int64) if kind is ForecastKind.PROBABILITY else label

    def _model(self, kind: ForecastKind, seed: int, *, stopping: bool) -> Any:
        with untouched():
            from sklearn.ensemble import (
                HistGradientBoostingClassifier,
                HistGradientBoostingRegressor,
            )
        trees = (
            HistGradientBoostingClassifier
            if kind is ForecastKind.PROBABILITY
            else HistGradientBoostingRegressor
        )
        return trees(
            max_iter=self.iterations,
            n_iter_no_change=self.patience,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.leaf_samples,
            early_stopping=stopping,
            random_state=seed,
        )


@dataclass(frozen=True, eq=False)
class FittedBoosting:
    """Fitted trees; see `FittedForecaster`.

    Parameters
    ----------
    model : HistGradientBoostingRegressor or HistGradientBoostingClassifier
    trees : int
        How many of its iterations are used.
    mean : float
        Mean of the training labels: the forecast of no trees.
    lags : int
    kind : ForecastKind
    record : FitRecord
    """

    model: Any
    trees: int
    mean: float
    lags: int
    kind: ForecastKind
    record: FitRecord

    def predict(self, context: Panel, /) -> Forecast:
        """Forecast every bar with a full window."""
        rows = full_windows(context.valid, self.lags)
        answers = np.full(int(rows.sum()), self.mean)
        if self.trees and len(answers):
            design = lagged(context.values, rows, self.lags)
            with one_thread():
                answers = self._answer(design)
        return as_forecast(on_rows(answers, rows), context, self.kind)

    def _answer(self, design: Float64) -> Float64:
        if self.kind is ForecastKind.PROBABILITY:
            stages = (one[:, 1] for one in self.model.staged_predict_proba(design))
        else:
            stages = self.model.staged_predict(design)
        answers: Float64 = next(islice(stages, self.trees - 1, None))
        return answers
