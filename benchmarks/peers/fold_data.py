"""One fold of the volatility question, cut and standardised once, the same for every system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstmtrader import Experiment
from lstmtrader.features.assemble import warm_up
from lstmtrader.forecast import ForecastKind
from lstmtrader.models.training.scaler import Standardiser
from lstmtrader.panel import LabelledPanel
from lstmtrader.splits import Fold, WalkForward

LOOKBACK, HIDDEN = 60, 64
TRAIN, TEST = 1000, 250
CONFIG = Path(__file__).resolve().parents[2] / "configs" / "volatility.yaml"

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Question:
    """All bars, and the folds they are cut into."""

    labelled: LabelledPanel
    kind: ForecastKind
    folds: tuple[Fold, ...]


def ask() -> Question:
    """Build the panel of `volatility.yaml` (20 stocks) and its last ten complete folds."""
    experiment = Experiment.from_yaml(CONFIG)
    prices = experiment.prices.fetch()
    labelled = experiment.labelled_panel(prices)
    plan = WalkForward(train=TRAIN, validation=0, test=TEST, purge=labelled.span)
    start = warm_up(experiment.features) + LOOKBACK - 1
    complete = [fold for fold in plan.split(prices.n_bars, start=start) if len(fold.test) == TEST]
    return Question(labelled, experiment.target.kind, tuple(complete[-10:]))


@dataclass(frozen=True, eq=False)
class FoldData:
    """The bars of one fold: context, training decisions, gap, test decisions.

    Parameters
    ----------
    question : Question
    fold : Fold
    features : float32 array of shape (n_symbols, n_bars, n_features)
        From the first bar of context to the last test bar, standardised with the training
        slice's mean and deviation and clipped, as lstmtrader does by itself.
    label : float32 array of shape (n_symbols, n_bars)
        Standardised with the training labels. Row ``t`` is the answer to the decision at ``t``;
        it is known `span` bars later.
    outcome : float32 array of the same shape
        The label that is known at bar ``t``: that of the decision `span` bars earlier.
    train, test : slice
        Positions of the decisions; between them lie `span` bars whose labels no one may learn.
    span : int
    deviation, mean : float
        Of the training labels, unstandardised.
    """

    question: Question
    fold: Fold
    features: Array
    label: Array
    outcome: Array
    train: slice
    test: slice
    span: int
    mean: float
    deviation: float

    @property
    def n_symbols(self) -> int:
        """Number of symbols."""
        return int(self.label.shape[0])

    def error(self, forecast: Array) -> float:
        """Mean squared error of a forecast of the test rows, in units of the label's variance.

        Both the forecast, shape (n_symbols, n_test), and the label are standardised; the label
        of a test row is not clipped.
        """
        if forecast.shape != (self.n_symbols, TEST) or not np.isfinite(forecast).all():
            raise SystemExit(f"expected {TEST} finite forecasts a symbol; got {forecast.shape}")
        wanted = (self._raw[:, self.test] - self.mean) / self.deviation
        return float(np.mean((forecast - wanted) ** 2))

    @property
    def _raw(self) -> Array:
        first = self.fold.train.start - (LOOKBACK - 1)
        raw: Array = self.question.labelled.target[:, first : self.fold.test.stop]
        return raw


def cut(question: Question, fold: Fold) -> FoldData:
    """Cut and standardise one fold."""
    labelled, first = question.labelled, fold.train.start - (LOOKBACK - 1)
    # `bars` blanks the labels of the context, so that the scalers see the training rows only.
    train = labelled.bars(first, fold.train.stop, first=fold.train.start)
    scale, scale_label = Standardiser.of_features(train, 5.0), Standardiser.of_target(train, 10.0)
    rows = slice(first, fold.test.stop)
    if not labelled.panel.valid[:, rows].all() or not np.isfinite(labelled.target[:, rows]).all():
        raise SystemExit(f"fold {fold.number} has holes, which the peers cannot be given")

    def standard(label: Array) -> Array:
        return scale_label.transform(label[..., None])[..., 0]

    return FoldData(
        question,
        fold,
        scale.transform(labelled.panel.values[:, rows]),
        standard(labelled.target[:, rows]),
        standard(labelled.panel.outcome[:, rows]),
        slice(LOOKBACK - 1, LOOKBACK - 1 + TRAIN),
        slice(fold.test.start - first, fold.test.stop - first),
        labelled.span,
        float(scale_label.mean[0]),
        float(scale_label.deviation[0]),
    )


def cut_all(question: Question) -> Sequence[FoldData]:
    """Cut every fold."""
    return [cut(question, fold) for fold in question.folds]
