"""What a user's model gives back is checked before it is kept, and it cannot write to a panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ContractError
from lstmtrader.features import ForwardReturn, ScaledReturn
from lstmtrader.features.assemble import build_panel
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Progress, silent
from lstmtrader.splits import Fold
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.engine import FoldForecast, walk_forward
from lstmtrader.walkforward.identity import Provenance

KIND = ForecastKind.SCALED_RETURN


@dataclass(frozen=True)
class Fitted:
    record: Any = field(default_factory=lambda: FitRecord(5))
    kind: ForecastKind = KIND
    details: tuple[str, ...] = ()
    stored: Any = None

    def predict(self, context: Panel, /) -> Forecast:
        zeros = np.zeros((1, context.n_bars, len(context.symbols)), dtype=np.float32)
        details = dict.fromkeys(self.details, zeros)
        return Forecast(zeros, context.index, context.symbols, self.kind, details)

    def state(self) -> Any:
        return self.stored()


@dataclass(frozen=True)
class Crooked:
    """Fits nothing and answers as it is told; may try to change what it is given."""

    answer: Any
    meddle: Callable[[LabelledPanel], None] = lambda _: None
    lookback: int = 3

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        return target

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        for task in tasks:
            self.meddle(task.train)
        return [self.answer for _ in tasks]


@pytest.fixture(scope="module")
def labelled() -> LabelledPanel:
    prices = SyntheticProvider(n_symbols=3, n_bars=140).fetch()
    features = (ScaledReturn(1, 10),)
    return build_panel(prices, features, ForwardReturn(volatility_window=10), Execution.NEXT_CLOSE)


def go(labelled: LabelledPanel, model: Crooked, tmp_path: Path) -> list[FoldForecast]:
    fold = Fold(0, range(40, 100), range(100, 100), range(110, 130))
    cache = FitCache(tmp_path, Provenance.of(model, "crooked"))
    return list(walk_forward(labelled, [fold], model, KIND, cache=cache))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Fitted(kind=ForecastKind.POSITION), "said to forecast scaled_return; got position"),
        (Fitted(details=("mean",)), "mean is no name for a detail"),
        (Fitted(details=("member_0",)), "member_0 is no name for a detail"),
        (Fitted(stored=lambda: {"words": np.array(["a"])}), "expected a state of numbers; words"),
        (Fitted(stored=lambda: {}["missing"]), "failed with KeyError"),
        (Fitted(record=None, stored=dict), "failed with AttributeError"),
    ],
)
def test_a_model_that_breaks_its_word_is_named(
    answer: Fitted, message: str, labelled: LabelledPanel, tmp_path: Path
) -> None:
    with pytest.raises(ContractError, match=message):
        go(labelled, Crooked(answer), tmp_path)
    assert not list(tmp_path.rglob("fit.json")), "nothing of it is kept"


def test_numbers_of_numpy_in_a_record_are_numbers(labelled: LabelledPanel, tmp_path: Path) -> None:
    record: Any = FitRecord(np.int64(5), train_loss=(np.float32(0.5),))  # type: ignore[arg-type]
    model = Crooked(Fitted(record=record, stored=dict))
    (first,), (again,) = go(labelled, model, tmp_path), go(labelled, model, tmp_path)
    assert (first.reused, again.reused) == (0, 1)
    assert first.records == again.records == (FitRecord(5, train_loss=(0.5,)),)


@pytest.mark.parametrize("name", ["values", "valid", "member", "outcome"])
def test_a_model_cannot_write_to_the_panel(
    name: str, labelled: LabelledPanel, tmp_path: Path
) -> None:
    def meddle(train: LabelledPanel) -> None:
        getattr(train.panel, name)[:] = 0

    with pytest.raises(ContractError, match="read-only"):
        go(labelled, Crooked(Fitted(stored=dict), meddle), tmp_path)


def test_its_labels_are_its_own_copy(labelled: LabelledPanel, tmp_path: Path) -> None:
    before = labelled.target.tobytes()

    def meddle(train: LabelledPanel) -> None:
        train.target[:] = 0

    go(labelled, Crooked(Fitted(stored=dict), meddle), tmp_path)
    assert labelled.target.tobytes() == before
    assert replace(labelled).target is labelled.target
