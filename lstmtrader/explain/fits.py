"""The network that made a forecast: from the cache of fits, or fitted again."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lstmtrader.config.building import describe
from lstmtrader.errors import ConfigError, ContractError, RunError
from lstmtrader.models.forecaster import Forecaster, State
from lstmtrader.models.training.forecaster import FittedNetwork, RecurrentForecaster
from lstmtrader.panel import LabelledPanel
from lstmtrader.progress import Progress, Step, silent
from lstmtrader.splits import Fold
from lstmtrader.study import Study
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.engine import Refit, fit_seed
from lstmtrader.walkforward.identity import Provenance
from lstmtrader.walkforward.job import Job, Outcome, Workload, carry_out


def require_network(model: Forecaster) -> RecurrentForecaster:
    """Return the model, if it is one whose insides are known here.

    Raises
    ------
    ConfigError
        If it is another one.
    """
    if not isinstance(model, RecurrentForecaster):
        raise ConfigError(
            f"model: only the networks of RecurrentForecaster can be explained; the run's model is "
            f"{type(model).__name__}"
        )
    return model


@dataclass(eq=False)
class Networks:
    """The fitted networks of one study, each brought back once.

    Parameters
    ----------
    study : Study
    labelled : LabelledPanel
        Of the prices that the run had.
    folds : sequence of Fold
    cache : Path, optional
        Folder of finished fits; what is fitted here is kept there, too.
    total : int
        How many are going to be asked for, for `progress`.
    progress : Progress
        Told of each of them, and of every epoch of those that are fitted.

    Attributes
    ----------
    fitted_again : int
        How many of the run's own were not in the cache.
    """

    study: Study
    labelled: LabelledPanel
    folds: Sequence[Fold]
    cache: Path | None = None
    total: int = 1
    progress: Progress = silent
    fitted_again: int = 0
    _done: int = 0
    _states: dict[tuple[int, int], Outcome] = field(default_factory=dict)
    _caches: dict[str, FitCache] = field(default_factory=dict)

    @property
    def model(self) -> RecurrentForecaster:
        """The model of the study."""
        return require_network(self.study.model)

    def of_run(self, fold: Fold, member: int) -> FittedNetwork:
        """Return the network that forecast the test slice of a fold."""
        chain = {
            Refit.COLD: [fold],
            Refit.NONE: [self.folds[0]],
            Refit.WARM: list(self.folds[: fold.number + 1]),
        }[self.study.refit]
        start: State | None = None
        for one in chain:
            if (one.number, member) not in self._states:
                self._states[one.number, member] = self._outcome(self.model, one, member, start)
            outcome = self._states[one.number, member]
            start = outcome.state if self.study.refit is Refit.WARM else None
        return self._restored(self.model, outcome, f"fold {fold.number}, member {member}")

    def of_cell(self, fold: Fold, member: int, cell: str, epochs: int) -> FittedNetwork:
        """Return a network with another cell, fitted on the slices of a fold from random weights.

        Everything else is as in the study, but for at most `epochs` epochs.
        """
        model = replace(
            self.model,
            network=replace(self.model.network, cell=cell),
            training=replace(self.model.training, epochs=min(epochs, self.model.training.epochs)),
        )
        fitted = self.folds[0] if self.study.refit is Refit.NONE else fold
        return self._restored(model, self._outcome(model, fitted, member, None, cell), cell)

    def _outcome(
        self,
        model: RecurrentForecaster,
        fold: Fold,
        member: int,
        start: State | None,
        what: str = "",
    ) -> Outcome:
        workload = Workload(self.labelled, model, self.study.target.kind)
        first_decision = self.labelled.panel.index[fold.test.start]
        seed = fit_seed(self.study.seed, first_decision, member)
        # Without test slices: what it forecasts is asked for elsewhere.
        job = Job(fold, member, seed, tests=(), start=start)
        cache, key = self._cache(model), ""
        if cache is not None:
            key = cache.key(workload, job)
            found = cache.load(key, workload, job)
            if found is not None and found.state is not None:
                return found

        def named(step: Step) -> None:
            self.progress(replace(step, label=f"{step.label}, {what}" if what else step.label))

        [(_, outcome)] = carry_out(workload, [job], named)
        self.fitted_again += not what
        if cache is not None:
            with contextlib.suppress(RunError):  # somebody else's folder, that may only be read
                cache.save(key, workload, job, outcome)
        return outcome

    def _cache(self, model: RecurrentForecaster) -> FitCache | None:
        if self.cache is None:
            return None
        cell = model.network.cell  # all that the models of one explanation differ in
        if cell not in self._caches:
            provenance = Provenance.of(model, describe(model, Forecaster))
            self._caches[cell] = FitCache(self.cache, provenance)
        return self._caches[cell]

    def _restored(self, model: RecurrentForecaster, outcome: Outcome, label: str) -> FittedNetwork:
        if outcome.state is None:
            raise ContractError(f"{label}: the fit has no state to be restored from")
        self._done += 1
        self.progress(Step("fit", self._done, max(self.total, self._done), label))
        return model.restore(outcome.state, self.study.target.kind, outcome.record)
