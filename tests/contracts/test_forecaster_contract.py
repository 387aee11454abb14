"""Law 6, forecasters: fitted alone, asked without a target, blind to later bars."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from lstmtrader import models
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.features import (
    AbsoluteReturn,
    Direction,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
    ScaledReturn,
    TripleBarrier,
)
from lstmtrader.features.assemble import build_panel
from lstmtrader.features.feature import Target
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models import (
    AlwaysLong,
    Boosting,
    Ewma,
    Garch,
    Har,
    HistoricalMean,
    LastValue,
    Momentum,
    RecurrentForecaster,
    Ridge,
    Zero,
)
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster, Forecaster
from lstmtrader.models.recurrent import CELLS
from lstmtrader.models.training.objectives import OBJECTIVES, named_objective
from lstmtrader.models.training.objectives.direction import Binary, ThreeClass
from lstmtrader.models.training.objectives.distribution import Gaussian, Quantile, StudentT
from lstmtrader.models.training.objectives.objective import Objective
from lstmtrader.models.training.objectives.point import Huber, Mae, Mse
from lstmtrader.models.training.objectives.trading import InformationCoefficient, Sharpe
from lstmtrader.models.training.settings import Mode, Network, Training
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.progress import Step

EPOCHS = 2
TRAIN, VALIDATION, CONTEXT = range(40, 200), range(205, 250), range(255, 320)


@dataclass(frozen=True)
class Case:
    """A forecaster and a target that it learns."""

    forecaster: Forecaster
    target: Target
    kind: ForecastKind

    def __str__(self) -> str:
        name = type(self.forecaster).__name__
        if isinstance(self.forecaster, RecurrentForecaster):
            settings = self.forecaster
            name = f"{settings.network.cell}-{type(settings.loss).__name__}"
            name += f"-{settings.training.mode}"
        return f"{name}-{self.target.kind}"


def tiny(
    loss: Objective, cell: str = "lstm", *, mode: Mode = "dense", **network: Any
) -> RecurrentForecaster:
    """A network that trains in a blink."""
    # Three or four updates an epoch, of which the order is drawn.
    batch_size = 192 if mode == "window" else 4 if loss.across_symbols else 12
    return RecurrentForecaster(
        lookback=8,
        network=Network(cell, hidden=4, **network),
        loss=loss,
        training=Training(mode, epochs=EPOCHS, steps=16, batch_size=batch_size),
    )


RETURNS = ForwardReturn(horizon=2, volatility_window=10)
CASES = [
    Case(tiny(Mse()), RETURNS, ForecastKind.SCALED_RETURN),
    Case(tiny(Mae(), "gru"), RETURNS, ForecastKind.SCALED_RETURN),
    Case(tiny(Huber(), "rnn"), ForwardVolatility(3), ForecastKind.LOG_VOLATILITY),
    Case(tiny(Quantile(), "peephole"), RETURNS, ForecastKind.SCALED_RETURN),
    Case(tiny(Gaussian(), "attention"), ForwardVolatility(3), ForecastKind.LOG_VOLATILITY),
    Case(tiny(StudentT(), "window_mlp"), RETURNS, ForecastKind.SCALED_RETURN),
    Case(tiny(Binary()), Direction(), ForecastKind.PROBABILITY),
    Case(tiny(ThreeClass()), TripleBarrier(3, volatility_window=10), ForecastKind.DIRECTION),
    Case(tiny(InformationCoefficient()), ForwardRank(), ForecastKind.SCORE),
    Case(tiny(Sharpe(0.01)), RETURNS, ForecastKind.POSITION),
    Case(tiny(Mse(), "bilstm", mode="window"), ForwardRank(), ForecastKind.RANK),
    Case(tiny(Mse(), layers=2, dropout=0.3, mode="window"), RETURNS, ForecastKind.SCALED_RETURN),
    Case(LastValue(), RETURNS, ForecastKind.SCALED_RETURN),
    Case(Ewma(halflife=3, lookback=12), ForwardVolatility(3), ForecastKind.LOG_VOLATILITY),
    Case(HistoricalMean(), ForwardReturn(scaled=False), ForecastKind.RETURN),
    Case(AlwaysLong(), RETURNS, ForecastKind.POSITION),
    Case(Zero(), RETURNS, ForecastKind.SCALED_RETURN),
    Case(Momentum("scaled_return_1"), RETURNS, ForecastKind.POSITION),
    Case(Ridge(lags=3), RETURNS, ForecastKind.SCALED_RETURN),
    Case(Ridge(lags=1), ForwardVolatility(3), ForecastKind.LOG_VOLATILITY),
    Case(Boosting(lags=2, iterations=8), ForwardRank(), ForecastKind.RANK),
    Case(Boosting(lags=2, iterations=8), Direction(), ForecastKind.PROBABILITY),
    Case(Har((1, 3, 9)), ForwardVolatility(3), ForecastKind.LOG_VOLATILITY),
    Case(
        Garch("scaled_return_1", logged=False, lookback=12, least=60),
        ForwardVolatility(3),
        ForecastKind.LOG_VOLATILITY,
    ),
]
READ_WINDOWS = (Ridge, Boosting, Har, Garch)
each = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture(scope="module")
def labelled() -> dict[str, LabelledPanel]:
    """One panel a target, of prices with a late listing, a delisting and holes."""
    prices = SyntheticProvider(
        n_symbols=4, n_bars=330, seed=8, listed_late=1, delisted=1, holes=8
    ).fetch()
    features = (ScaledReturn(volatility_window=10), AbsoluteReturn(3))
    targets = {str(case.target): case.target for case in CASES}
    return {
        name: build_panel(prices, features, target, Execution.NEXT_OPEN)
        for name, target in targets.items()
    }


def cut(panel: LabelledPanel, rows: range, lookback: int) -> LabelledPanel:
    return panel.bars(rows.start - (lookback - 1), rows.stop, first=rows.start)


_POINT = {
    ForecastKind.RETURN,
    ForecastKind.SCALED_RETURN,
    ForecastKind.VOLATILITY,
    ForecastKind.LOG_VOLATILITY,
    ForecastKind.RANK,
}
LEARNS = {
    *((loss, kind) for loss in ("mse", "mae", "huber", "quantile", "gaussian", "student_t")
      for kind in _POINT),
    ("bce", ForecastKind.PROBABILITY),
    ("direction", ForecastKind.DIRECTION),
    ("ic", ForecastKind.RETURN),
    ("ic", ForecastKind.SCALED_RETURN),
    ("ic", ForecastKind.RANK),
    ("sharpe", ForecastKind.RETURN),
    ("sharpe", ForecastKind.SCALED_RETURN),
}  # fmt: skip


def task(case: Case, panel: LabelledPanel, *, seed: int = 0, shift: int = 0) -> FitTask:
    lookback = case.forecaster.lookback
    train = range(TRAIN.start + shift, TRAIN.stop + shift)
    return FitTask(
        train=cut(panel, train, lookback),
        validation=cut(panel, VALIDATION, lookback),
        kind=case.target.kind,
        seed=seed,
        fold=shift,
    )


@pytest.fixture(scope="module")
def fitted(labelled: dict[str, LabelledPanel]) -> dict[str, FittedForecaster]:
    return {
        str(case): case.forecaster.fit_many([task(case, labelled[str(case.target)])])[0]
        for case in CASES
    }


def context_of(case: Case, labelled: dict[str, LabelledPanel]) -> Panel:
    first = CONTEXT.start - (case.forecaster.lookback - 1)
    return labelled[str(case.target)].panel.bars(first, CONTEXT.stop)


def same(one: Forecast, other: Forecast) -> bool:
    return arrays_of(one) == arrays_of(other)


def arrays_of(forecast: Forecast) -> dict[str, bytes]:
    """All a forecast says, as bytes."""
    return {
        "mean": forecast.members.tobytes(),
        **{name: values.tobytes() for name, values in forecast.details.items()},
    }


def has_window(valid: np.ndarray, lookback: int) -> np.ndarray:
    """Where the last `lookback` bars are all there and valid, the slow and plain way."""
    full = np.zeros_like(valid)
    for bar in range(lookback - 1, valid.shape[1]):
        full[:, bar] = valid[:, bar - lookback + 1 : bar + 1].all(axis=1)
    return full


def test_every_shipped_forecaster_and_loss_is_in_the_suite() -> None:
    assert {type(case.forecaster).__name__ for case in CASES} == set(models.__all__)
    networks = [case.forecaster for case in CASES if _is_network(case)]
    shipped = {pkgutil.resolve_name(path) for path in OBJECTIVES.values()}
    assert {type(forecaster.loss) for forecaster in networks} == shipped
    assert {forecaster.network.cell for forecaster in networks} == set(CELLS)


@each
def test_it_keeps_the_protocol(case: Case, fitted: dict[str, FittedForecaster]) -> None:
    model = fitted[str(case)]
    assert isinstance(case.forecaster, Forecaster)
    assert not hasattr(case.forecaster, "predict")
    assert isinstance(model, FittedForecaster)
    assert type(case.forecaster.lookback) is int
    assert isinstance(model.record, FitRecord)
    assert case.forecaster.kind(case.target.kind) is case.kind


@each
def test_a_forecast_is_one_member_on_the_bars_and_symbols_of_its_context(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    context = context_of(case, labelled)
    forecast = fitted[str(case)].predict(context)
    assert forecast.members.shape == (1, context.n_bars, len(context.symbols))
    assert forecast.members.dtype == np.float32
    assert forecast.index.equals(context.index)
    assert forecast.symbols == context.symbols
    assert forecast.kind is case.kind


@each
def test_it_forecasts_where_a_window_is_full_and_nowhere_else(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    context = context_of(case, labelled)
    answered = ~np.isnan(fitted[str(case)].predict(context).members[0].T)
    if _reads_windows(case):
        expected = has_window(_usable(case, context), case.forecaster.lookback)
    else:
        expected = context.valid.copy()
        expected[:, : case.forecaster.lookback - 1] = False
    if isinstance(case.forecaster, LastValue | Ewma):
        expected &= ~np.isnan(context.outcome)
    assert np.array_equal(answered, expected)
    assert answered.any()
    assert not answered.all()


def _is_network(case: Case) -> bool:
    return isinstance(case.forecaster, RecurrentForecaster)


def _first(forecast: Forecast, stop: int) -> Forecast:
    return replace(
        forecast,
        members=forecast.members[:, :stop],
        details={name: values[:, :stop] for name, values in forecast.details.items()},
        index=forecast.index[:stop],
    )


def _reads_windows(case: Case) -> bool:
    return _is_network(case) or isinstance(case.forecaster, READ_WINDOWS)


def _usable(case: Case, panel: Panel) -> np.ndarray:
    """Bars that a window may hold; a HAR reads the outcomes known on them."""
    known = ~np.isnan(panel.outcome) if isinstance(case.forecaster, Har) else True
    return panel.valid & known


@each
@pytest.mark.parametrize("size", [1.01, -1e4], ids=["mild", "violent"])
def test_later_rows_change_no_bit_of_earlier_forecasts(
    case: Case, size: float, fitted: dict[str, FittedForecaster],
    labelled: dict[str, LabelledPanel],
) -> None:  # fmt: skip
    context, t = context_of(case, labelled), 40
    values, outcome = context.values.copy(), context.outcome.copy()
    values[:, t + 1 :] *= np.float32(size)
    outcome[:, t + 1 :] *= np.float32(size)
    model = fitted[str(case)]
    now = model.predict(context)
    then = model.predict(replace(context, values=values, outcome=outcome))
    cut = context.n_bars - (t + 1)
    assert same(_first(now, -cut), _first(then, -cut))


@each
def test_later_holes_and_the_end_of_the_context_change_no_earlier_forecast(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    context, t = context_of(case, labelled), 40
    model = fitted[str(case)]
    now = model.predict(context).members[:, : t + 1]
    valid = context.valid.copy()
    valid[0, t + 1 :: 2] = False
    holed = model.predict(replace(context, valid=valid)).members[:, : t + 1]
    short = model.predict(context.bars(0, t + 1)).members
    np.testing.assert_allclose(holed, now, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(short, now, rtol=1e-5, atol=1e-6)


@each
def test_one_symbol_does_not_change_the_forecast_of_another(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    context = context_of(case, labelled)
    values, outcome = context.values.copy(), context.outcome.copy()
    values[1] += 3
    outcome[1] += 3
    model = fitted[str(case)]
    now = model.predict(context).members[:, :, [0, 2, 3]]
    then = model.predict(replace(context, values=values, outcome=outcome)).members[:, :, [0, 2, 3]]
    assert now.tobytes() == then.tobytes()


@each
def test_asking_twice_gives_the_same_bytes(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    context = context_of(case, labelled)
    assert same(fitted[str(case)].predict(context), fitted[str(case)].predict(context))


@each
def test_a_context_without_a_window_gives_no_forecast(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    context = context_of(case, labelled)
    nothing = replace(context, valid=np.zeros_like(context.valid))
    assert np.isnan(fitted[str(case)].predict(nothing).members).all()


@each
def test_fits_do_not_depend_on_each_other(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    """Several tasks at once, in another order, or one by one: the same bytes."""
    panel, context = labelled[str(case.target)], context_of(case, labelled)
    tasks = [task(case, panel), task(case, panel, seed=1), task(case, panel, seed=2, shift=3)]
    together = case.forecaster.fit_many(tasks)
    backwards = case.forecaster.fit_many(tasks[::-1])[::-1]
    alone = [fitted[str(case)], *(case.forecaster.fit_many([one])[0] for one in tasks[1:])]
    assert len(together) == len(tasks)
    for one, other, single in zip(together, backwards, alone, strict=True):
        assert same(one.predict(context), single.predict(context))
        assert same(other.predict(context), single.predict(context))
        assert one.record == single.record


@each
def test_nothing_to_fit_is_no_fit(case: Case) -> None:
    assert case.forecaster.fit_many([]) == []


@each
def test_fitting_and_forecasting_change_no_panel(
    case: Case, labelled: dict[str, LabelledPanel]
) -> None:
    one, context = task(case, labelled[str(case.target)]), context_of(case, labelled)
    assert one.validation is not None
    arrays = [
        array
        for panel in (one.train.panel, one.validation.panel, context)
        for array in (panel.values, panel.valid, panel.outcome)
    ] + [one.train.target, one.validation.target]
    before = [array.tobytes() for array in arrays]
    case.forecaster.fit_many([one])[0].predict(context)
    assert [array.tobytes() for array in arrays] == before


@each
def test_without_validation_it_fits_all_the_same(
    case: Case, labelled: dict[str, LabelledPanel]
) -> None:
    one = replace(task(case, labelled[str(case.target)]), validation=None)
    (model,) = case.forecaster.fit_many([one])
    assert np.isfinite(model.predict(context_of(case, labelled)).members).any()
    assert model.record.validation_samples == 0
    assert model.record.validation_loss == ()


@each
def test_the_record_counts_the_samples_and_the_epochs(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    record, one = fitted[str(case)].record, task(case, labelled[str(case.target)])
    window = one.train.panel.valid
    if _reads_windows(case):
        window = has_window(_usable(case, one.train.panel), case.forecaster.lookback)
    assert record.train_samples == int((window & one.train.labelled).sum())
    assert len(record.train_loss) == len(record.validation_loss)
    if _is_network(case):
        assert 1 <= record.best_epoch <= EPOCHS
        assert record.validation_loss[record.best_epoch - 1] == min(record.validation_loss)
        assert one.validation is not None
        window = has_window(one.validation.panel.valid, case.forecaster.lookback)
        assert record.validation_samples == int((window & one.validation.labelled).sum())


@each
def test_listening_to_the_progress_changes_nothing(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    heard: list[Step] = []
    (model,) = case.forecaster.fit_many([task(case, labelled[str(case.target)])], heard.append)
    context = context_of(case, labelled)
    assert same(model.predict(context), fitted[str(case)].predict(context))
    assert len(heard) == len(model.record.train_loss)


@pytest.mark.parametrize("loss", sorted(OBJECTIVES))
@pytest.mark.parametrize("kind", list(ForecastKind))
def test_a_loss_learns_a_target_or_says_what_it_learns(loss: str, kind: ForecastKind) -> None:
    forecaster = RecurrentForecaster(loss=named_objective(loss))
    try:
        assert isinstance(forecaster.kind(kind), ForecastKind)
    except ConfigError as error:
        learns, _, said = str(error).partition("; the target is ")
        assert said.startswith(f"{kind}: choose another")
        assert learns.startswith(f"loss {loss} learns ")
        assert str(kind) not in learns.removeprefix(f"loss {loss} learns ").split(", ")
        return
    assert (loss, kind) in LEARNS


@pytest.mark.parametrize("case", [case for case in CASES if _is_network(case)], ids=str)
def test_forecasts_lie_where_their_kind_says(
    case: Case, fitted: dict[str, FittedForecaster], labelled: dict[str, LabelledPanel]
) -> None:
    """Positions in (-1, 1), probabilities in (0, 1); others on the scale of their labels."""
    panel = labelled[str(case.target)]
    said = fitted[str(case)].predict(context_of(case, labelled)).members
    said = said[~np.isnan(said)]
    if case.kind is ForecastKind.SCORE:
        return  # only orders symbols
    if case.kind in (ForecastKind.POSITION, ForecastKind.DIRECTION):
        low, high = -1.0, 1.0
    elif case.kind is ForecastKind.PROBABILITY:
        low, high = 0.0, 1.0
    else:
        low, high = np.nanmin(panel.target), np.nanmax(panel.target)
        low, high = low - (high - low) / 2, high + (high - low) / 2  # two epochs teach little
    assert ((said > low) & (said < high)).all()
