"""No label of one slice may reach the next, and every sample has a real past and a real label."""

from __future__ import annotations

import itertools

import numpy as np

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.subject import Subject
from lstmtrader.features.assemble import warm_up
from lstmtrader.splits import Fold
from lstmtrader.walkforward.job import Job, Workload

_MOST = {"quick": 3, "full": 1000}


def probe_labels(subject: Subject) -> ProbeResult:
    """Look at the bars that every fit may see, as the engine cuts them out."""
    found: list[Finding] = []
    looked = 0
    for fold in subject.folds:
        found += _borders(subject, fold)
    number = len(subject.folds)
    few = np.linspace(0, number - 1, min(number, _MOST[subject.level])).astype(int)
    for at in sorted(set(few.tolist())):
        samples, wrong = _samples(subject, subject.folds[at])
        looked += samples
        found += wrong
    kept = {(one.stage, one.name, one.what.split(":")[0]): one for one in reversed(found)}
    return ProbeResult(
        "labels",
        f"borders of {number} folds; past and label of {looked} samples",
        tuple(reversed(kept.values())),
    )


def _borders(subject: Subject, fold: Fold) -> list[Finding]:
    """Each slice ends, labels included, before the next begins."""
    span, index = subject.labelled.span, subject.labelled.panel.index
    named = [("training", fold.train), ("validation", fold.validation), ("test", fold.test)]
    slices = [(name, rows) for name, rows in named if rows]
    found = []
    for (name, rows), (next_name, next_rows) in itertools.pairwise(slices):
        last = rows[-1] + span
        if last >= next_rows[0]:
            reaches = max(last - next_rows[0] + 1, 1)
            found.append(
                Finding(
                    Stage.FOLD,
                    f"{name} before {next_name}",
                    f"purge: in fold {fold.number} the last {name} label ends {reaches} bars "
                    f"inside the {next_name} slice",
                    since=f"{index[min(next_rows[0], len(index) - 1)]:%Y-%m-%d}",
                )
            )
    declared = subject.study.execution.label_span(subject.study.target.horizon)
    if span != declared:
        text = f"span: labels are said to span {span} bars; the target has {declared}"
        found.append(Finding(Stage.TARGET, subject.names()["target"], text))
    return found


def _samples(subject: Subject, fold: Fold) -> tuple[int, list[Finding]]:
    """Every sample has prices on all bars it looks back on, and where its label starts and ends."""
    study, prices = subject.study, subject.prices
    there = prices.close.notna().to_numpy().T
    filled = prices.fill_price(study.execution).notna().to_numpy().T
    count, traded = _counted(there), _counted(filled)
    workload = Workload(subject.labelled, study.model, study.target.kind)
    task = Job(fold, 0, 0, ()).task(workload)
    samples, found = 0, []
    back = warm_up(study.features)
    for cut, rows in ((task.train, fold.train), (task.validation, fold.validation)):
        if cut is None:
            continue
        positions = prices.index.get_indexer(cut.panel.index)
        symbol, row = np.nonzero(cut.panel.valid)
        samples += len(row)
        at = positions[row]
        first = np.maximum(at - back, 0)
        whole = count[symbol, at + 1] - count[symbol, first] == back + 1
        if not whole.all():
            wrong = int(np.argmin(whole))
            found.append(
                _filled(subject, "past", fold, at[wrong], symbol[wrong], int(np.sum(~whole)))
            )
        symbol, row = np.nonzero(cut.labelled)
        at = positions[row]
        start, end = at + study.execution.lag, at + subject.labelled.span
        real = (at >= rows.start) & (end < prices.n_bars)
        start, end = np.minimum(start, prices.n_bars - 1), np.minimum(end, prices.n_bars - 1)
        # A path that touched a barrier may end in a hole: one price on the way is asked for.
        real &= filled[symbol, start] & (traded[symbol, end + 1] > traded[symbol, start])
        if not real.all():
            wrong = int(np.argmin(real))
            found.append(
                _filled(subject, "label", fold, at[wrong], symbol[wrong], int(np.sum(~real)))
            )
    return samples, found


def _counted(there: np.ndarray) -> np.ndarray:
    """How many prices there are before each bar."""
    return np.concatenate([np.zeros((len(there), 1), int), there.cumsum(axis=1)], axis=1)


def _filled(
    subject: Subject, part: str, fold: Fold, at: int, symbol: int, how_many: int
) -> Finding:
    index = subject.prices.index
    stage = Stage.FEATURE if part == "past" else Stage.TARGET
    name = "warm-up" if part == "past" else subject.names()["target"]
    return Finding(
        stage,
        name,
        f"{part}: {how_many} samples of fold {fold.number} have a {part} without real prices",
        since=f"{index[at]:%Y-%m-%d}",
        symbol=subject.prices.symbols[symbol],
    )
