"""Determinism: the same question twice, here and in fresh processes, gives the same answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.audit.elsewhere import Elsewhere, Pending
from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.fitting import fit, shortened
from lstmtrader.audit.movement import Movement, compare, spread
from lstmtrader.audit.perturbation import How, changed
from lstmtrader.audit.questions import OfFeature, OfStrategy, OfTarget, Question, as_stated
from lstmtrader.audit.refusals import tried
from lstmtrader.audit.subject import Subject
from lstmtrader.errors import LstmtraderError
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy
from lstmtrader.study import Study
from lstmtrader.walkforward.job import Outcome

_TESTED = 60
_ROUNDING = 1e-12  # of a symbol's spread: another number of threads may add in another order
_STAGES = {OfFeature: Stage.FEATURE, OfTarget: Stage.TARGET, OfStrategy: Stage.STRATEGY}

Found = Finding | str
"""A leak, or what could not be tried."""


def probe_determinism(subject: Subject) -> ProbeResult:
    """Ask everything twice here: the two answers must be the same to the bit."""
    asked = _questions(subject.study, subject.forecast, subject.prices)
    here = [tried(question.name, question.answer) for question in asked]
    found = [*_folds(subject), *_fits(subject), *_twice(asked, here)]
    return _result(
        "determinism",
        "features, target, folds, model and strategy asked twice",
        found,
    )


class FreshLook:
    """Features, target and strategy in fresh processes that work while other probes do.

    One process is asked of the same prices; another one first of prices with another future, then
    of the true ones. Both must say what is said here: rows up to the cut of the first, all rows
    of the second.
    """

    def __init__(self, subject: Subject, other: Elsewhere) -> None:
        self.cut = _cut(subject)
        self.asked = _questions(subject.study, subject.forecast, subject.prices)
        # What was asked here may have kept something; there it starts from its settings.
        stated = _stated(subject.study)
        true, future = (
            _questions(stated, subject.forecast, prices)
            for prices in (subject.prices, changed(subject.prices, self.cut, How.JUMP))
        )
        self.same = other.ask(true)
        self.first_other = other.ask([*future, *true])

    def __call__(self, subject: Subject) -> ProbeResult:
        """Collect the answers and compare; see `probe_determinism`."""
        here = [tried(question.name, question.answer) for question in self.asked]
        found = [
            *_fresh(self.asked, here, self.same),
            *_fresh_with_another_future(subject, self.asked, here, self.first_other, self.cut),
        ]
        return _result(
            "fresh processes",
            "features, target and strategy asked in fresh processes, also of another future first",
            found,
        )


def _result(probe: str, did: str, found: list[Found]) -> ProbeResult:
    return ProbeResult(
        probe,
        did,
        findings=tuple(dict.fromkeys(one for one in found if isinstance(one, Finding))),
        unjudged=tuple(dict.fromkeys(one for one in found if isinstance(one, str))),
    )


def _stated(study: Study) -> Study:
    return replace(
        study,
        features=tuple(as_stated(feature, Feature) for feature in study.features),
        target=as_stated(study.target, Target),
        strategy=as_stated(study.strategy, Strategy),
    )


def _questions(study: Study, forecast: Forecast, prices: PriceFrame) -> list[Question]:
    asked: list[Question] = [OfFeature(feature, prices) for feature in study.features]
    asked.append(OfTarget(study.target, prices, study.execution))
    asked.append(OfStrategy(study.strategy, forecast, prices))
    return asked


def _cut(subject: Subject) -> int:
    """Position of the last bar that stays: inside the bars that are forecast."""
    index = subject.forecast.index
    return int(subject.prices.index.get_loc(index[len(index) // 2]))


def _folds(subject: Subject) -> Iterator[Found]:
    again = tried("folds", subject.study.folds, subject.prices)
    if isinstance(again, str):
        yield again
    elif tuple(again) != subject.folds:
        name = type(subject.study).__name__
        yield Finding(Stage.FOLD, name, f"folds of {name}: two cuts of the same prices differ")


def _fits(subject: Subject) -> Iterator[Found]:
    small, model = subject.small, type(subject.small.model).__name__
    fold = shortened(subject.folds[0], small.model.lookback, _TESTED)
    one = tried(f"model {model}", fit, small, subject.labelled, fold)
    other = tried(f"model {model}", fit, small, subject.labelled, fold)
    if isinstance(one, str) or isinstance(other, str):
        yield one if isinstance(one, str) else str(other)
        return
    move = compare(one.forecasts[0].mean, other.forecasts[0].mean)
    what = "two fits with the same seed on the same bars"
    if move is not None:
        yield _finding(Stage.MODEL, model, f"forecasts of {what}", move)
    elif not _same_state(one, other):
        yield _finding(Stage.MODEL, model, f"the states of {what} differ", None)


def _same_state(one: Outcome, other: Outcome) -> bool:
    before, after = one.state or {}, other.state or {}
    return before.keys() == after.keys() and all(
        np.asarray(before[name]).tobytes() == np.asarray(after[name]).tobytes() for name in before
    )


def _twice(asked: list[Question], here: list[pd.DataFrame | str]) -> Iterator[Found]:
    for question, table in zip(asked, here, strict=True):
        again = tried(question.name, question.answer)
        if isinstance(table, str) or isinstance(again, str):
            yield table if isinstance(table, str) else str(again)
        elif (move := compare(table, again)) is not None:
            yield _about(question, "two calls on the same prices", move)


def _fresh(
    asked: list[Question], here: list[pd.DataFrame | str], pending: Pending
) -> Iterator[Found]:
    for question, table, there in zip(asked, here, _collected(pending, len(asked)), strict=True):
        if isinstance(there, str):
            yield there
        elif not isinstance(table, str):
            move = compare(table, there, _ROUNDING * spread(table))
            if move is not None:
                yield _about(question, "here and in a fresh process, the same prices", move)


def _fresh_with_another_future(
    subject: Subject,
    asked: list[Question],
    here: list[pd.DataFrame | str],
    pending: Pending,
    cut: int,
) -> Iterator[Found]:
    answers = _collected(pending, 2 * len(asked))
    last = subject.prices.index[cut]
    span = subject.study.execution.label_span(subject.study.target.horizon)
    for number, (question, table) in enumerate(zip(asked, here, strict=True)):
        changed, true = answers[number], answers[number + len(asked)]
        if isinstance(table, str) or isinstance(true, str) or isinstance(changed, str):
            yield from (one for one in (changed, true) if isinstance(one, str))
            continue
        allowed = _ROUNDING * spread(table)
        if (move := compare(table, true, allowed)) is not None:
            yield _about(question, "keeps something from the prices it saw first: answers", move)
            continue
        # A label may change up to its span before the cut.
        stop = subject.prices.index[max(cut - span, 0)] if isinstance(question, OfTarget) else last
        if (move := compare(table.loc[:stop], changed.loc[:stop], allowed)) is not None:
            what = f"with other prices after {last:%Y-%m-%d}, rows up to there"
            yield _about(question, what, move)


def _collected(pending: Pending, count: int) -> list[pd.DataFrame | str]:
    try:
        return pending.result()
    except LstmtraderError as error:
        return [str(error)] * count


def _about(question: Question, what: str, move: Movement) -> Finding:
    name = question.name.partition(" ")[2]
    return _finding(_STAGES[type(question)], name, what, move)


def _finding(stage: Stage, name: str, what: str, move: Movement | None) -> Finding:
    if move is None:
        return Finding(stage, name, what)
    return move.finding(stage, name, f"{what} {move.amount}")
