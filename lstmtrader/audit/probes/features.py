"""Another future must move no feature, no label that was known, and nothing of their panel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lstmtrader.audit.cuts import telling_bars
from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.movement import CHANGED_SHAPE, movement, rounding
from lstmtrader.audit.outside import Outside
from lstmtrader.audit.perturbation import How, changed
from lstmtrader.audit.refusals import Refusals, tried
from lstmtrader.audit.subject import Subject
from lstmtrader.errors import blaming
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame

_ROUNDS = (
    (How.TRUNCATE, How.JUMP, How.CRASH),
    (How.MEMBERS, How.MISSING),
    (How.TRUNCATE, How.CRASH),
)
"""Where time is short: what is tried beside random factors, at a few cuts each."""
_ALWAYS = (How.WILD, How.CRASH, How.TRUNCATE)
_IN_TURN = (How.JUMP, How.MEMBERS, How.MISSING, How.SHUFFLE, How.CALENDAR, How.MILD)
_PANELS = {"quick": 4, "full": 60}
_FEWEST = 1500


def probe_features(subject: Subject) -> ProbeResult:
    """Ask every feature, the target and the panel again on prices with other futures."""
    prices = _looked_at(subject)
    folds = [fold for fold in subject.folds if fold.test.start < prices.n_bars - 2]
    cuts = telling_bars(prices, folds, subject.level)
    panels = _Panels(subject, prices)
    found: dict[tuple[Stage, str], Finding] = {}
    refused, skipped = Refusals(), list[str]()
    plan = [
        (cut, how)
        for cut, how in _futures(cuts, subject.level)
        if not (how is How.TRUNCATE and _loses_symbols(prices, cut))
    ]
    whole = set(_spread(len(plan), _PANELS[subject.level]))
    with Outside() as outside:
        for futures, (cut, how) in enumerate(plan):
            until = prices.index[-1 if how is How.APPEND else cut]
            what = f"prices after {until:%Y-%m-%d}: {how}"
            other = tried("another future", changed, prices, cut, how)
            if isinstance(other, str):
                skipped.append(f"{what}: not tried; {other}")
                continue
            guilty = set()
            for feature in subject.study.features:
                key = (Stage.FEATURE, feature.name)
                with refused.of(f"feature {feature.name}", what):
                    with outside.reading(until):
                        after = outside.after(feature, until)(other)
                    _note(found, key, panels.features[feature.name], after, until, how, what)
                if key in found:
                    guilty.add(feature.name)
            with refused.of("target", what), outside.reading(until):
                panels.compare_labels(found, outside, other, until, how, what)
            if futures in whole:
                with refused.of("panel", what):
                    panels.compare(found, guilty, other, until, how, what)
    return ProbeResult(
        "future: features and labels",
        f"every feature, the target and the panel, worked out again with {len(plan)} other futures "
        f"at {len(cuts)} bars",
        tuple(found.values()),
        notes=(*refused.notes, *skipped[:1]),
        unjudged=refused.unjudged,
    )


def _looked_at(subject: Subject) -> PriceFrame:
    """All prices, or where time is short those up to the end of the second fold."""
    if subject.level == "full":
        return subject.prices
    stop = subject.folds[min(1, len(subject.folds) - 1)].test.stop
    return subject.prices.bars(0, max(stop, min(_FEWEST, subject.prices.n_bars)))


def _futures(cuts: list[int], level: str) -> Iterator[tuple[int, How]]:
    few = dict(zip(_spread(len(cuts), len(_ROUNDS)), _ROUNDS, strict=False))
    for number, cut in enumerate(cuts):
        if level == "full":
            kinds: tuple[How, ...] = (*_ALWAYS, _IN_TURN[number % len(_IN_TURN)])
        else:
            kinds = (How.WILD, *few.get(number, ()))
        for how in kinds:
            yield cut, how
    yield cuts[-1], How.APPEND
    yield cuts[len(cuts) // 2], How.CALENDAR


def _spread(length: int, most: int) -> list[int]:
    return sorted(set(np.linspace(0, length - 1, min(length, most)).astype(int).tolist()))


def _loses_symbols(prices: PriceFrame, cut: int) -> bool:
    return bool(prices.close.iloc[: cut + 1].isna().all().any())


def _note(
    found: dict[tuple[Stage, str], Finding],
    key: tuple[Stage, str],
    before: pd.DataFrame,
    after: pd.DataFrame,
    until: pd.Timestamp,
    how: How,
    what: str,
) -> None:
    """Keep the first finding of each part."""
    if key in found:
        return
    if movement(before, after, until) is None:
        return
    tolerance = rounding(before, after) if how.keeps_shape else CHANGED_SHAPE
    moved = movement(before, after, until, tolerance)
    if moved is not None:
        found[key] = moved.finding(*key, f"{what}; it moved")


class _Panels:
    """What features, labels and the panel were on the prices as they are."""

    def __init__(self, subject: Subject, prices: PriceFrame) -> None:
        self.subject = subject
        self.features: dict[str, pd.DataFrame] = {}
        for feature in subject.study.features:
            with blaming(f"feature {feature.name}"):
                self.features[feature.name] = feature(prices)
        labelled = subject.labelled
        if prices is not subject.prices:
            labelled = subject.study.labelled_panel(prices)
        self.folds = self._begun(prices, prices.n_bars)
        self.panel = _tables(labelled)
        self.target = _labels(labelled)
        study = subject.study
        self.labels = study.target(prices, study.execution)

    def compare_labels(
        self,
        found: dict[tuple[Stage, str], Finding],
        outside: Outside,
        prices: PriceFrame,
        until: pd.Timestamp,
        how: How,
        what: str,
    ) -> None:
        """Labels whose span was over must stay."""
        study = self.subject.study
        key = (Stage.TARGET, type(study.target).__name__)
        span = study.execution.label_span(study.target.horizon)
        known = prices.index[: max(prices.index.get_loc(until) + 1 - span, 0)]
        if len(known):
            after = outside.after(study.target, until)(prices, study.execution)
            _note(found, key, self.labels, after, known[-1], how, what)

    def compare(
        self,
        found: dict[tuple[Stage, str], Finding],
        guilty: set[str],
        prices: PriceFrame,
        until: pd.Timestamp,
        how: How,
        what: str,
    ) -> None:
        labelled = self.subject.study.labelled_panel(prices)
        name = type(self.subject.study.target).__name__
        index = labelled.panel.index
        known = index[: max(index.get_loc(until) + 1 - self.subject.labelled.span, 0)]
        if len(known):
            after = _labels(labelled)
            _note(found, (Stage.TARGET, name), self.target, after, known[-1], how, what)
        self._compare_folds(found, prices, index.get_loc(until), what)
        tables = _tables(labelled)
        if set(tables) != set(self.panel):
            key = (Stage.PIPELINE, "selection of features")
            added = ", ".join(sorted(set(tables) ^ set(self.panel)))
            found.setdefault(key, Finding(*key, f"{what}; other features were chosen: {added}"))
            return
        valid = self.panel["validity"]
        both = valid.eq(1) & tables["validity"].reindex_like(valid).eq(1) if guilty else valid
        for column, before in self.panel.items():
            if column.removeprefix("feature ") in guilty or (guilty and column == "validity"):
                continue
            if column == "outcome" and (Stage.TARGET, name) in found:
                continue
            after = tables[column]
            if guilty and column.startswith("feature "):
                # A guilty feature makes rows come and go; the others are judged where both are.
                before, after = before.where(both), after.where(both)
            stage = Stage.SCALER if column.startswith("feature ") else Stage.PIPELINE
            _note(found, (stage, column), before, after, until, how, what)

    def _begun(self, prices: PriceFrame, last: int) -> list[tuple[range, range, int]]:
        """Slices of the folds that are tested by a bar; how long a test will be is not known."""
        folds = self.subject.study.folds(prices)
        return [(one.train, one.validation, one.test.start) for one in folds if one.test[0] <= last]

    def _compare_folds(
        self, found: dict[tuple[Stage, str], Finding], prices: PriceFrame, last: int, what: str
    ) -> None:
        expected = [one for one in self.folds if one[2] <= last]
        if expected and self._begun(prices, last) != expected:
            key = (Stage.FOLD, type(self.subject.study).__name__)
            day = f"{prices.index[expected[0][2]]:%Y-%m-%d}"
            found.setdefault(key, Finding(*key, f"{what}; slices of folds moved", day))


def _tables(labelled: LabelledPanel) -> dict[str, pd.DataFrame]:
    panel = labelled.panel
    arrays: dict[str, np.ndarray] = {
        f"feature {name}": panel.values[:, :, column] for column, name in enumerate(panel.features)
    }
    arrays |= {"validity": panel.valid, "outcome": panel.outcome, "membership": panel.member}
    symbols = pd.Index(panel.symbols)
    return {name: _table(panel.index, symbols, values) for name, values in arrays.items()}


def _labels(labelled: LabelledPanel) -> pd.DataFrame:
    panel = labelled.panel
    return _table(panel.index, pd.Index(panel.symbols), labelled.target)


def _table(index: pd.DatetimeIndex, symbols: pd.Index, values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values.T.astype(np.float64), index, symbols)
