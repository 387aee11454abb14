"""Features that no price moves: what they know is compared with what came."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.movement import compare
from lstmtrader.audit.perturbation import changed_on
from lstmtrader.audit.refusals import Refusals
from lstmtrader.audit.subject import Subject

_KNOWS = 0.5
"""Correlation with labels, which no honest feature has on prices that somebody trades."""
_FEWEST = 100


def probe_unmoved(subject: Subject) -> ProbeResult:
    """Change every price there is; compare what does not move at all with the labels."""
    prices, study = subject.prices, subject.study
    other = changed_on(prices, np.arange(prices.n_bars))
    label = study.target(prices, study.execution)
    found: list[Finding] = []
    notes: list[str] = []
    refused = Refusals()
    for feature in study.features:
        with refused.of(f"feature {feature.name}", "all prices changed"):
            table = feature(prices)
            if compare(table, feature(other)) is not None or not _varies_by_symbol(table):
                continue
            known = _correlation(table, label)
            if abs(known) > _KNOWS:
                text = (
                    "no price moves it, and it knows the label: their correlation is "
                    f"{known:.2f}; it was computed from prices that came later"
                )
                found.append(Finding(Stage.FEATURE, feature.name, text))
            else:
                notes.append(
                    f"feature {feature.name}: no price moves it; whether its numbers were known "
                    "in time could only be tried as far as they have dates"
                )
    return ProbeResult(
        "unmoved features",
        "every price changed; features that stay the same compared with the labels",
        tuple(found),
        notes=(*notes, *refused.notes),
        unjudged=refused.unjudged,
    )


def _varies_by_symbol(table: pd.DataFrame) -> bool:
    """A day of the week is the same for all; what differs by symbol came from somewhere."""
    values = table.to_numpy(dtype=np.float64)
    if values.shape[1] == 1:
        return len(np.unique(values[np.isfinite(values)])) > _FEWEST
    with np.errstate(invalid="ignore"):
        return bool((np.abs(values - values[:, :1]) > 0).any())


def _correlation(table: pd.DataFrame, label: pd.DataFrame) -> float:
    one, other = (part.to_numpy(dtype=np.float64) for part in (table, label))
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < _FEWEST or not one[both].std() or not other[both].std():
        return 0.0
    return float(np.corrcoef(one[both], other[both])[0, 1])
