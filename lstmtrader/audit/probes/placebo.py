"""Placebo and oracle: nothing can be forecast of noise, and what is told must be found."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.fitting import fit, shortened
from lstmtrader.audit.probes.hits import (
    FEWEST_BARS,
    Float64,
    Hits,
    Neutral,
    count_hits,
    forecast_sides,
)
from lstmtrader.audit.probes.noise import draws_like, redrawn_after
from lstmtrader.audit.reduction import reduced
from lstmtrader.audit.subject import Subject
from lstmtrader.errors import LstmtraderError
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import Fold
from lstmtrader.study import Study

_SEEDS = {"quick": 2, "full": 5}
_TESTED = 252
_BEFORE = 120  # bars whose forecasts tell their usual level
_DRAWS = 6  # of labels alone, to learn what chance makes of them
_FUTURES = 3  # of the same past, where a first look says that chance is no explanation
_FOUND = 0.9
_ORACLE = "oracle"


def probe_placebo(subject: Subject) -> ProbeResult:
    """Fit a small model on prices without memory; then tell it the labels themselves.

    On noise, hits must be what chance gives. With the label as one more feature, the model must
    find it in nine of ten cases, or the probe says that this model is no witness. With the label
    one span later, when all of it is known, hits must be chance's again.
    """
    findings: list[Finding] = []
    notes: list[str] = []
    unjudged: list[str] = []
    try:
        findings, notes = _judged(subject)
    except LstmtraderError as error:
        unjudged.append(f"on prices without memory: {error}")
    return ProbeResult(
        "placebo",
        f"fitted a small model on {_SEEDS[subject.level]} draws of prices without memory, and on "
        "the labels themselves, told in time and one label span late",
        findings=tuple(findings),
        notes=tuple(notes),
        unjudged=tuple(unjudged),
    )


@dataclass(eq=False)
class _Trial:
    """Fits on several draws, and what they said."""

    study: Study
    neutral: Neutral
    fold: Fold
    span: int
    said: list[Float64] = field(default_factory=list)
    came: list[Float64] = field(default_factory=list)
    drawn: list[PriceFrame] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def add(self, prices: PriceFrame, labelled: LabelledPanel, seed: int) -> None:
        """Fit on one draw."""
        before = self.fold.train[-_BEFORE:]
        outcome = fit(self.study, labelled, self.fold, before, seed=seed)
        test, earlier = outcome.forecasts
        rows = slice(self.fold.test.start, self.fold.test.stop)
        self.said.append(forecast_sides(test.mean.to_numpy(), earlier.mean.to_numpy(), test.kind))
        self.came.append(labelled.target[:, rows].T.astype(np.float64))
        self.drawn.append(prices)
        self.raw.append(test.members.tobytes())

    def hits(self) -> Hits:
        """Count; where chance is no explanation, count against other futures of the same past."""
        hits = count_hits(self.said, self.came, self.neutral, self.span)
        if not hits.beyond_chance:
            return hits
        redrawn = [self._futures(number, one) for number, one in enumerate(self.drawn)]
        return count_hits(self.said, self.came, self.neutral, self.span, redrawn)

    def told(self) -> Hits:
        """Count without a second look."""
        return count_hits(self.said, self.came, self.neutral, self.span)

    def _futures(self, number: int, prices: PriceFrame) -> Float64:
        bars = list(self.fold.test)[:: self.span]
        made = np.full((_FUTURES, len(bars), len(prices.symbols)), np.nan)
        rng = np.random.default_rng([self.study.seed, 77, number])
        # No two counted bars share the bars of a draw.
        for draw, fresh in zip(range(_FUTURES), draws_like(prices, rng), strict=False):
            for row, bar in enumerate(bars):
                if bar + self.span < prices.n_bars:
                    other = redrawn_after(prices, fresh, bar, self.span)
                    labels = self.study.target(other, self.study.execution).iloc[bar]
                    made[draw, row] = labels.reindex(list(prices.symbols)).to_numpy()
        return made


def _judged(subject: Subject) -> tuple[list[Finding], list[str]]:
    small = dataclasses.replace(subject.small, model=reduced(subject.study.model, learning=True))
    span = subject.labelled.span
    prices, fold = _place(subject)
    like = draws_like(prices, np.random.default_rng([small.seed, 2718]))
    draws = [next(like) for _ in range(_SEEDS[subject.level])]
    labels = [small.target(next(like), small.execution).to_numpy() for _ in range(_DRAWS)]
    neutral = Neutral.of(labels, small.target.kind)
    placebo = _Trial(small, neutral, fold, span)
    for number, drawn in enumerate(draws):
        placebo.add(drawn, small.labelled_panel(drawn), number)
    hits = placebo.hits()
    notes = list(_silences(small, hits, len(draws)))
    if hits.beyond_chance:
        return [_leak(hits)], notes  # whatever an oracle told, this would be in its hits, too
    found, told = _oracle(small, placebo, neutral)
    return found, notes + told


def _place(subject: Subject) -> tuple[PriceFrame, Fold]:
    """Cut prices just long enough for a short fold, and the fold's bars on them."""
    own, prices = subject.folds[0], subject.prices
    fold = shortened(own, subject.small.model.lookback, _TESTED)
    warm = own.train.start  # bars that features and windows need
    needed = fold.test.stop - fold.train.start + warm + subject.labelled.span
    first = max(prices.n_bars - needed, 0)
    cut = prices.bars(first, prices.n_bars)
    shift = warm - fold.train.start
    moved = [
        range(one.start + shift, one.stop + shift) if one else one
        for one in (fold.train, fold.validation, fold.test)
    ]
    return cut, Fold(0, *moved)


def _silences(small: Study, hits: Hits, n_draws: int) -> Iterator[str]:
    model = type(small.model).__name__
    if not hits.n_bars:
        yield (
            f"{model} says the same of every bar on prices without memory: there is nothing to "
            "count"
        )
    elif hits.n_bars < FEWEST_BARS:
        yield (
            f"{n_draws} draws of prices without memory gave {hits.n_bars} bars to count: only a "
            "gross leak would show"
        )


def _leak(hits: Hits) -> Finding:
    return Finding(
        Stage.PIPELINE,
        "as a whole",
        f"on prices without memory, {hits.rate:.1%} of {hits.n_forecasts} forecasts hit where "
        f"chance gives {hits.expected:.1%} ({hits.sigmas:+.1f} standard errors)",
        size=hits.rate - hits.expected,
    )


def _oracle(small: Study, placebo: _Trial, neutral: Neutral) -> tuple[list[Finding], list[str]]:
    model = type(small.model).__name__
    eager = _eager(small)
    prices = placebo.drawn[0]
    labelled = small.labelled_panel(prices)
    in_time = _Trial(eager, neutral, placebo.fold, placebo.span)
    in_time.add(prices, _told(labelled, labelled.target, small.model), 0)
    if in_time.raw[0] == placebo.raw[0] or not in_time.told().n_bars:
        return [], [f"{model} reads no feature that could tell it the labels: it saw no oracle"]
    hits, notes = in_time.told(), []
    if hits.rate < _FOUND:
        notes.append(
            f"{model}, reduced, hit {hits.rate:.1%} of the labels it was told (expected at least "
            f"{_FOUND:.0%}): it would hardly find a leak, and the placebo says little"
        )
    late = _Trial(eager, neutral, placebo.fold, placebo.span)
    late.add(prices, _told(labelled, labelled.panel.outcome, small.model), 0)
    known = late.hits()
    if not known.beyond_chance:
        return [], notes
    finding = Finding(
        Stage.MODEL,
        model,
        f"model {model}: told of each label on the bar on which it is known, {known.rate:.1%} of "
        f"its forecasts hit where chance gives {known.expected:.1%} ({known.sigmas:+.1f} standard "
        "errors)",
        size=known.rate - known.expected,
    )
    return [finding], notes


def _told(labelled: LabelledPanel, told: np.ndarray, model: object) -> LabelledPanel:
    """Add a feature of given numbers, and put them in place of features that a model names."""
    panel = labelled.panel
    column = np.where(np.isfinite(told) & panel.valid, told, 0.0).astype(np.float32)
    values = np.concatenate([panel.values, column[:, :, None]], axis=2)
    reads: Sequence[str] = getattr(model, "reads", ())
    for name in reads:
        values[:, :, panel.features.index(name)] = column
    features = (*panel.features, _ORACLE)
    made = dataclasses.replace(panel, values=values, features=features)
    return dataclasses.replace(labelled, panel=made)


def _eager(small: Study) -> Study:
    """Give a network what it needs to find one column: no dropout, some cells, some epochs."""
    model: Any = small.model
    changes: dict[str, Any] = {}
    for name, wanted in (
        ("network", {"dropout": 0.0, "hidden": 8}),
        ("training", {"epochs": 8, "patience": 8, "head_start": "least_squares", "average": 0.0,
                      "learning_rate": 0.01}),
    ):  # fmt: skip
        part = getattr(model, name, None)
        if dataclasses.is_dataclass(part) and not isinstance(part, type):
            known = {item.name for item in dataclasses.fields(part)}
            changes[name] = dataclasses.replace(
                part, **{key: value for key, value in wanted.items() if key in known}
            )
    if not changes:
        return small
    return dataclasses.replace(small, model=dataclasses.replace(model, **changes))
