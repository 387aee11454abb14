"""Another future must move no fit, no scaler and no forecast that was made before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.fitting import fit_together, shortened
from lstmtrader.audit.movement import movement
from lstmtrader.audit.outside import Outside
from lstmtrader.audit.subject import Subject
from lstmtrader.errors import LeakError, LstmtraderError
from lstmtrader.panel import LabelledPanel
from lstmtrader.splits import Fold
from lstmtrader.walkforward.job import Outcome

_FOLDS = {"quick": 2, "full": 6}
_CUTS = {"quick": 2, "full": 3}
_ROUNDING = 1e-5  # of float32, in sums of another length
_SCALERS = ("features.", "target.")  # how fitted models name what they scale by


def probe_model(subject: Subject) -> ProbeResult:
    """Fit and forecast again on panels with other rows after a bar."""
    folds, name = subject.folds, subject.names()["model"]
    chosen = sorted(set(np.linspace(0, len(folds) - 1, _FOLDS[subject.level]).astype(int).tolist()))
    found: dict[Stage, Finding] = {}
    unjudged: list[str] = []
    fits = 0
    for number in chosen:
        fold = folds[number]
        later = _after(folds, fold)
        try:
            alone, together = _Fits(subject, [fold]), _Fits(subject, [fold, later])
            for cut in _cuts(fold, subject.level):
                for fits_of in (alone, together) if cut == fold.test.start else (alone,):
                    fits += 1
                    fits_of.compare(found, cut, name)
            alone.compare_scalers(found, name)
            alone.compare_shorter(found, name)
            if (what := alone.differs_from(together)) is not None:
                found.setdefault(Stage.MODEL, Finding(Stage.MODEL, name, what))
        except LeakError as error:
            found.setdefault(Stage.FOLD, Finding(Stage.FOLD, f"{fold.number}", str(error)))
        except LstmtraderError as error:
            unjudged.append(f"fold {fold.number}: {error}")
    return ProbeResult(
        "future: scaler and model",
        f"a reduced {name}, fitted {fits} times on {len(chosen)} folds whose later rows were "
        "changed, alone and beside a later fold",
        tuple(found.values()),
        unjudged=tuple(unjudged),
    )


def _after(folds: tuple[Fold, ...], fold: Fold) -> Fold:
    """The first fold that is trained on what `fold` is tested on, or else the last."""
    later = [one for one in folds if one.train.stop > fold.test.start + 1]
    return later[0] if later else folds[-1]


def _cuts(fold: Fold, level: str) -> list[int]:
    """The first decision, and some later ones of the fold."""
    spread = np.linspace(0, max(len(fold.test) - 2, 0), _CUTS[level]).astype(int)
    return sorted({fold.test.start + int(offset) for offset in spread})


class _Fits:
    """Fits on some folds in one call; the first fold is the one that is looked at."""

    def __init__(self, subject: Subject, folds: list[Fold]) -> None:
        self.subject = subject
        self.folds = [shortened(fold, subject.small.model.lookback) for fold in folds]
        self.before = fit_together(subject.small, subject.labelled, self.folds)[0]

    def again(self, cut: int) -> Outcome:
        """Fit with other rows after a position."""
        other = with_other_rows(self.subject.labelled, cut)
        day = other.panel.index[cut]
        with Outside() as outside, outside.reading(day):
            small = replace(self.subject.small, model=outside.after(self.subject.small.model, day))
            return fit_together(small, other, self.folds)[0]

    def compare(self, found: dict[Stage, Finding], cut: int, name: str) -> None:
        after = self.again(cut)
        day = self.subject.labelled.panel.index[cut]
        what = f"rows of the panel after {day:%Y-%m-%d}: others; fold {self.folds[0].number}"
        if (part := _moved_state(self.before, after)) is not None:
            stage = Stage.SCALER if part.startswith(_SCALERS) else Stage.MODEL
            text = f"{what}, fitted before it: {part} moved"
            found.setdefault(stage, Finding(stage, name, text))
        for label, one, other in _forecasts(self.before, after):
            if (moved := movement(one, other, day)) is not None:
                text = f"{what}: its {label} moved"
                found.setdefault(Stage.MODEL, moved.finding(Stage.MODEL, name, text))
                return

    def compare_scalers(self, found: dict[Stage, Finding], name: str) -> None:
        """What inputs are scaled by must not see the validation slice either."""
        fold = self.folds[0]
        if not fold.validation:
            return
        after = self.again(fold.train[-1] + self.subject.labelled.span)
        part = _moved_state(self.before, after, _SCALERS)
        if part is not None:
            text = f"rows after the training slice of fold {fold.number}: others; {part} moved"
            found.setdefault(Stage.SCALER, Finding(Stage.SCALER, name, text))

    def compare_shorter(self, found: dict[Stage, Finding], name: str) -> None:
        """How many bars are asked about must not move what is said of the first of them."""
        fold = self.folds[0]
        fewer = replace(fold, test=fold.test[: max(len(fold.test) // 2, 1)])
        (outcome,) = fit_together(self.subject.small, self.subject.labelled, [fold], [fewer])
        day = self.subject.labelled.panel.index[fewer.test[-1]]
        for label, one, other in _forecasts(self.before, outcome):
            if (moved := movement(one, other, day, _ROUNDING)) is not None:
                text = f"asked about the bars up to {day:%Y-%m-%d} only: its {label} moved"
                found.setdefault(Stage.MODEL, moved.finding(Stage.MODEL, name, text))
                return

    def differs_from(self, together: _Fits) -> str | None:
        """Say whether the fit depends on the fits that were asked for in the same call."""
        moved = _moved_state(self.before, together.before)
        if moved is None:
            last = self.subject.labelled.panel.index[-1]
            for label, one, other in _forecasts(self.before, together.before):
                if movement(one, other, last) is not None:
                    moved = label
        fold, later = self.folds[0].number, together.folds[-1].number
        if moved is None:
            return None
        return f"fold {fold} fitted in one call with fold {later}: its {moved} moved"


def with_other_rows(labelled: LabelledPanel, cut: int) -> LabelledPanel:
    """Return a panel with the same rows up to a position, and rows drawn at random after it.

    Labels that were known by then stay as well, and so does which rows are valid: arrays of other
    shapes would move honest forecasts by a rounding.
    """
    panel = labelled.panel
    rng = np.random.default_rng(cut)
    first, n_bars = cut + 1, panel.n_bars
    source = rng.integers(0, n_bars, n_bars - first)
    values, outcome = panel.values.copy(), panel.outcome.copy()
    target = labelled.target.copy()
    spread = values.std(axis=(0, 1), dtype=np.float64).astype(np.float32)
    noise = rng.standard_normal((values.shape[0], n_bars - first, values.shape[2]))
    values[:, first:] = panel.values[:, source] + 3 * spread * noise.astype(np.float32)
    values[~panel.valid] = 0
    outcome[:, first:] = panel.outcome[:, source]
    unknown = max(first - labelled.span, 0)
    target[:, unknown:] = labelled.target[:, rng.integers(0, n_bars, n_bars - unknown)]
    changed = replace(panel, values=values, outcome=outcome)
    return LabelledPanel(changed, target, labelled.span)


def _moved_state(before: Outcome, after: Outcome, only: tuple[str, ...] = ("",)) -> str | None:
    """Name the first array of the fitted state that is another one."""
    one, other = before.state or {}, after.state or {}
    if set(one) != set(other):
        return ", ".join(sorted(set(one) ^ set(other)))
    scalers_first = sorted(one, key=lambda name: not name.startswith(_SCALERS))
    for name in scalers_first:
        same = np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f")
        if name.startswith(only) and not same:
            return name
    return None


def _forecasts(before: Outcome, after: Outcome) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    (one,), (other,) = before.forecasts, after.forecasts
    tables = [("forecast", one.frame(one.members[0]), other.frame(other.members[0]))]
    for name in one.details:
        tables.append((name, one.frame(one.details[name][0]), other.frame(other.details[name][0])))
    return tables
