"""Laws of forecasters: fitted alone, asked without a target, blind to later bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from lstmtrader.contracts.lesson import Lesson
from lstmtrader.contracts.settings import settings_survive
from lstmtrader.errors import ContractError, blaming
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import Forecast
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster, Forecaster
from lstmtrader.panel import Panel

_CLOSE = {"rtol": 1e-5, "atol": 1e-6}  # of one number computed in two batches
_MOVES = (1.01, -1e4)


def check_forecaster(
    forecaster: Forecaster,
    features: Sequence[Feature] | None = None,
    target: Target | None = None,
) -> None:
    """Raise a `ContractError` for the first law that a forecaster breaks.

    One finite forecast or NaN for each bar and symbol, of the kind it says; the same fit and the
    same forecast twice, alone or together with others; panels left as they are; nothing known of
    later bars, whatever they are; no forecast without a full window, and one wherever there is
    one; a fit without a validation slice; settings that can be written and read.

    It is fitted about ten times on a few hundred bars of synthetic prices: give it few epochs.

    Parameters
    ----------
    forecaster : Forecaster
    features : sequence of Feature, optional
        What it reads; by default a scaled return and the size of the last moves.
    target : Target, optional
        What it learns; by default a scaled return over two bars.

    Examples
    --------
    >>> from lstmtrader.models import Ridge
    >>> check_forecaster(Ridge(lags=3)) is None  # no complaint
    True
    """
    keeps_the_protocol(forecaster)
    settings_survive(forecaster, _named(forecaster))
    lesson = Lesson.of(forecaster.lookback, features, target)
    for law in FORECASTER_LAWS:
        law(forecaster, lesson)


def keeps_the_protocol(forecaster: Forecaster) -> None:
    """A lookback, a kind, a way to be fitted; and no forecast before that."""
    name = _named(forecaster)
    if not isinstance(forecaster, Forecaster):
        raise ContractError(f"{name}: a forecaster has lookback, kind(target) and fit_many(tasks)")
    if hasattr(forecaster, "predict"):
        raise ContractError(f"{name}: what is not fitted must not forecast; return a fitted model")
    if type(forecaster.lookback) is not int or forecaster.lookback < 1:
        raise ContractError(
            f"{name}: expected a lookback of at least 1 bar; got {forecaster.lookback!r}"
        )


def answers_every_bar(forecaster: Forecaster, lesson: Lesson) -> None:
    """One member on the bars and symbols of the context, of the kind that was said."""
    model = _fitted(forecaster, lesson.task)
    if not isinstance(model, FittedForecaster) or not isinstance(model.record, FitRecord):
        raise ContractError(f"{_named(forecaster)}: a fitted model has a record and predict(panel)")
    said, context = _asked(forecaster, model, lesson.context), lesson.context
    expected = (1, context.n_bars, len(context.symbols))
    if said.members.shape != expected or said.members.dtype != np.float32:
        raise ContractError(
            f"{_named(forecaster)}: expected float32 of shape {expected}; got "
            f"{said.members.dtype} of shape {said.members.shape}"
        )
    if not said.index.equals(context.index) or said.symbols != context.symbols:
        raise ContractError(f"{_named(forecaster)}: expected the bars and symbols of the context")
    if said.kind is not forecaster.kind(lesson.kind):
        raise ContractError(
            f"{_named(forecaster)}: it forecasts {said.kind}; its kind says "
            f"{forecaster.kind(lesson.kind)}"
        )
    if np.isnan(said.members).all():
        raise ContractError(f"{_named(forecaster)}: no forecast on any of {context.n_bars} bars")


def needs_a_full_window(forecaster: Forecaster, lesson: Lesson) -> None:
    """No forecast on bars whose lookback is not inside the context, or is not valid."""
    model, context = _fitted(forecaster, lesson.task), lesson.context
    said = _asked(forecaster, model, context).members[0]
    early = forecaster.lookback - 1
    if not np.isnan(said[:early]).all():
        raise ContractError(
            f"{_named(forecaster)}: it forecasts before its lookback of {forecaster.lookback} bars "
            "is full"
        )
    if not np.isnan(said[~context.valid.T]).all():
        raise ContractError(
            f"{_named(forecaster)}: it forecasts where the features are not valid; make it NaN"
        )
    nothing = replace(context, valid=np.zeros_like(context.valid))
    if not np.isnan(_asked(forecaster, model, nothing).members).all():
        raise ContractError(f"{_named(forecaster)}: it forecasts without one valid bar")


def knows_no_future(forecaster: Forecaster, lesson: Lesson) -> None:
    """Row t is the same to the last bit whatever the rows after t hold."""
    model, context = _fitted(forecaster, lesson.task), lesson.context
    now, bar = _asked(forecaster, model, context), lesson.telling_bar
    for size in _MOVES:
        values, outcome = context.values.copy(), context.outcome.copy()
        values[:, bar + 1 :] *= np.float32(size)
        outcome[:, bar + 1 :] *= np.float32(size)
        then = _asked(forecaster, model, replace(context, values=values, outcome=outcome))
        if _bytes(now, bar + 1) != _bytes(then, bar + 1):
            raise ContractError(
                f"{_named(forecaster)}: its forecasts up to bar {bar} change with the features "
                f"after it (times {size:g}); row t may read rows up to t only"
            )


def is_not_moved_by_later_holes(forecaster: Forecaster, lesson: Lesson) -> None:
    """Nor by where the context ends."""
    model, context = _fitted(forecaster, lesson.task), lesson.context
    bar = lesson.telling_bar
    now = _asked(forecaster, model, context).members[:, : bar + 1]
    valid = context.valid.copy()
    valid[0, bar + 1 :: 2] = False
    holed = _asked(forecaster, model, replace(context, valid=valid)).members[:, : bar + 1]
    short = _asked(forecaster, model, context.bars(0, bar + 1)).members
    for what, then in (("later holes", holed), ("the end of the context", short)):
        if not np.allclose(then, now, equal_nan=True, **_CLOSE):
            raise ContractError(
                f"{_named(forecaster)}: its forecasts up to bar {bar} change with {what}"
            )


def needs_no_more_than_its_lookback(forecaster: Forecaster, lesson: Lesson) -> None:
    """A context of its lookback is enough for a forecast on the last bar.

    Not for the same one: a network may remember what came before, if it is there.
    """
    model, context = _fitted(forecaster, lesson.task), lesson.context
    whole = ~np.isnan(_asked(forecaster, model, context).members[0, -1])
    window = context.bars(context.n_bars - forecaster.lookback, context.n_bars)
    alone = ~np.isnan(_asked(forecaster, model, window).members[0, -1])
    if not np.array_equal(alone, whole):
        raise ContractError(
            f"{_named(forecaster)}: with a context of its lookback of {forecaster.lookback} bars "
            f"it forecasts {alone.sum()} symbols on the last of them, with a longer one "
            f"{whole.sum()}"
        )


def answers_twice_alike(forecaster: Forecaster, lesson: Lesson) -> None:
    """The same question gives the same bytes."""
    model = _fitted(forecaster, lesson.task)
    first, second = (_asked(forecaster, model, lesson.context) for _ in range(2))
    if _bytes(first) != _bytes(second):
        raise ContractError(
            f"{_named(forecaster)}: asked twice, it gives two forecasts; switch dropout off, and "
            "keep nothing from one question to the next"
        )


def fits_each_task_by_itself(forecaster: Forecaster, lesson: Lesson) -> None:
    """Several tasks at once, in another order, or one by one: the same bytes."""
    tasks = lesson.tasks
    if _all_fitted(forecaster, []) != []:
        raise ContractError(f"{_named(forecaster)}: expected no fits where no task is")
    together = _all_fitted(forecaster, tasks)
    backwards = _all_fitted(forecaster, tasks[::-1])[::-1]
    for task, one, other in zip(tasks, together, backwards, strict=True):
        single = _fitted(forecaster, task)
        said = [_bytes(_asked(forecaster, fit, lesson.context)) for fit in (one, other, single)]
        if not said[0] == said[1] == said[2] or one.record != single.record:
            raise ContractError(
                f"{_named(forecaster)}: a fit differs when it is done alone, or in another order; "
                "each must follow from its task and its seed alone"
            )


def changes_no_panel(forecaster: Forecaster, lesson: Lesson) -> None:
    """Neither fitting nor forecasting writes into what it is handed."""
    before = lesson.fingerprint()
    _asked(forecaster, _fitted(forecaster, lesson.task), lesson.context)
    if lesson.fingerprint() != before:
        raise ContractError(
            f"{_named(forecaster)}: it changed the panel it was given; work on a copy"
        )


def fits_without_validation(forecaster: Forecaster, lesson: Lesson) -> None:
    """A walk-forward may have no validation slice."""
    (model,) = _all_fitted(forecaster, [replace(lesson.task, validation=None)])
    if not np.isfinite(_asked(forecaster, model, lesson.context).members).any():
        raise ContractError(
            f"{_named(forecaster)}: without a validation slice it forecasts nothing"
        )
    if model.record.validation_samples or model.record.validation_loss:
        raise ContractError(
            f"{_named(forecaster)}: its record counts validation samples where there were none"
        )


FORECASTER_LAWS: tuple[Callable[[Forecaster, Lesson], None], ...] = (
    answers_every_bar,
    needs_a_full_window,
    knows_no_future,
    is_not_moved_by_later_holes,
    needs_no_more_than_its_lookback,
    answers_twice_alike,
    fits_each_task_by_itself,
    changes_no_panel,
    fits_without_validation,
)
"""What is asked of a forecaster about one lesson; each of them stands alone."""


def _named(forecaster: Forecaster) -> str:
    return f"model {type(forecaster).__name__}"


def _all_fitted(forecaster: Forecaster, tasks: Sequence[FitTask]) -> list[FittedForecaster]:
    with blaming(_named(forecaster)):
        made = list(forecaster.fit_many(list(tasks)))
    if len(made) != len(tasks):
        raise ContractError(
            f"{_named(forecaster)}: expected one fitted model a task, {len(tasks)}; got {len(made)}"
        )
    return made


def _fitted(forecaster: Forecaster, task: FitTask) -> FittedForecaster:
    return _all_fitted(forecaster, [task])[0]


def _asked(forecaster: Forecaster, model: FittedForecaster, context: Panel) -> Forecast:
    with blaming(_named(forecaster)):
        said = model.predict(context)
    if not isinstance(said, Forecast):
        raise ContractError(f"{_named(forecaster)}: expected a Forecast; got {type(said).__name__}")
    return said


def _bytes(forecast: Forecast, stop: int | None = None) -> dict[str, bytes]:
    """All a forecast says up to a bar."""
    arrays = {"mean": forecast.members, **forecast.details}
    return {name: array[:, :stop].tobytes() for name, array in arrays.items()}
