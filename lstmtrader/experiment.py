"""Experiment: the one place that sees the whole pipeline."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from lstmtrader.backtest.costs import Costs, Limits
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.clock import Execution
from lstmtrader.config.building import build, describe
from lstmtrader.config.reading import override, read_yaml
from lstmtrader.data import PROVIDERS
from lstmtrader.data.provider import PriceProvider
from lstmtrader.data.source import PriceSource
from lstmtrader.errors import ConfigError, LstmtraderError
from lstmtrader.evaluation.baselines import judge_baselines
from lstmtrader.evaluation.benchmark import buy_and_hold
from lstmtrader.evaluation.coverage import coverage
from lstmtrader.evaluation.metrics import performance
from lstmtrader.evaluation.skill import skill_table
from lstmtrader.features.assemble import build_panel, warm_up
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import Forecast
from lstmtrader.models.baselines.windows import check_reads
from lstmtrader.models.forecaster import Forecaster, Restoring
from lstmtrader.models.training.objectives import OBJECTIVES
from lstmtrader.models.training.objectives.objective import Objective
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.report.assumptions import trading_assumptions
from lstmtrader.run import Run
from lstmtrader.run_folder import RunFolder, save_run, save_settings
from lstmtrader.splits import Fold, WalkForward
from lstmtrader.strategy import Strategy, check_kind, check_needs, decide
from lstmtrader.walkforward.baselines import forecast_baselines
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.engine import FoldForecast, Refit, fold_table, walk_forward
from lstmtrader.walkforward.executor import Executor
from lstmtrader.walkforward.identity import Provenance
from lstmtrader.walkforward.local import LocalExecutor

_ALIASES = {PriceProvider: PROVIDERS, Objective: OBJECTIVES}
CACHE = ".cache"
"""Folder of finished fits inside the folder of runs."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


@dataclass(frozen=True)
class Experiment:
    """Prices, features, target, folds, model, strategy, costs: one question, fully stated.

    Parameters
    ----------
    name : str
        Letters, digits, ``.``, ``_`` and ``-``; part of the run folder's name.
    prices : PriceSource
    features : tuple of Feature
    target : Target
    walk_forward : WalkForward
    model : Forecaster
    strategy : Strategy
    execution : Execution
        When orders are filled; the target starts there.
    costs : Costs
    limits : Limits
    members : int
        Fits per fold with different seeds, averaged.
    seed : int
        Base seed.
    refit : {"cold", "warm", "none"}
        Whether each fold is fitted from random weights, from those of the fold before, or not.
    baselines : tuple of Forecaster
        Cheap forecasts of the same target, judged and traded as the model is.
    capital : float

    Examples
    --------
    ::

        from lstmtrader import Experiment

        run = Experiment.from_yaml("configs/quickstart.yaml").run()
        run.metrics["strategy"]["sharpe"]
    """

    name: str
    prices: PriceSource
    features: tuple[Feature, ...]
    target: Target
    walk_forward: WalkForward
    model: Forecaster
    strategy: Strategy
    execution: Execution = Execution.NEXT_OPEN
    costs: Costs = field(default_factory=Costs)
    limits: Limits = field(default_factory=Limits)
    members: int = 1
    seed: int = 0
    refit: Refit = Refit.COLD
    baselines: tuple[Forecaster, ...] = ()
    capital: float = 1_000_000.0

    def __post_init__(self) -> None:
        # Lists and plain words are fine from Python, too.
        for name, made in (
            ("features", tuple(self.features)),
            ("baselines", tuple(self.baselines)),
            ("execution", Execution(self.execution)),
            ("refit", Refit(self.refit)),
        ):
            object.__setattr__(self, name, made)
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"name: expected letters, digits, '.', '_' and '-', at most 61; got {self.name!r}"
            )
        if not self.features:
            raise ConfigError("features: expected at least one")
        if self.members < 1:
            raise ConfigError(f"members: expected at least 1; got {self.members}")
        if not 0 < self.capital < math.inf:
            raise ConfigError(f"capital: expected a finite sum above 0; got {self.capital}")
        _within("model", lambda: self.model.kind(self.target.kind))
        _within("strategy", lambda: check_kind(self.strategy, self.model.kind(self.target.kind)))
        for number, baseline in enumerate(self.baselines):
            _within(f"baselines[{number}]", lambda one=baseline: one.kind(self.target.kind))
            _within(f"baselines[{number}]", lambda one=baseline: check_reads(one, self.features))
        _within("model", lambda: check_reads(self.model, self.features))
        _within("strategy", lambda: check_needs(self.strategy, self.model))
        _within("walk_forward", lambda: self.plan)
        if self.refit is Refit.WARM and not isinstance(self.model, Restoring):
            raise ConfigError(
                f"refit warm: model {type(self.model).__name__} cannot start from earlier weights"
            )

    @staticmethod
    def from_yaml(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
        """Read an experiment from a YAML file.

        Parameters
        ----------
        path : str or Path
        overrides : sequence of str
            Such as ``"members=5"`` or ``"model.params.hidden=16"``.

        Raises
        ------
        ConfigError
            Naming the file, the key and what was expected.
        """
        settings = read_yaml(Path(path))
        try:
            settings = override(settings, overrides)
            made: Experiment = build(Experiment, settings, aliases=_ALIASES)
        except LstmtraderError as error:
            raise type(error)(f"{path}: {error}") from error
        return made

    @property
    def config(self) -> dict[str, Any]:
        """The settings as plain data, defaults included."""
        settings: dict[str, Any] = describe(self, Experiment)
        return settings

    @property
    def config_hash(self) -> str:
        """SHA-256 of the settings."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()

    @property
    def plan(self) -> WalkForward:
        """The walk-forward with its purge set to the label span where none was given."""
        span = self.execution.label_span(self.target.horizon)
        why = f"horizon={self.target.horizon} with {self.execution} fills"
        return self.walk_forward.purged(span, why=why)

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        """Features and labels of the prices."""
        return build_panel(prices, self.features, self.target, self.execution)

    def folds(self, prices: PriceFrame) -> list[Fold]:
        """Cut the bars into folds; training starts once every feature and window is warm."""
        start = warm_up(self.features) + self.model.lookback - 1
        return list(
            self.plan.split(prices.n_bars, start=start, periods_per_year=prices.periods_per_year)
        )

    def run(
        self,
        runs: str | Path | None = None,
        *,
        cache: str | Path | Literal[False] | None = None,
        executor: Executor | None = None,
        workers: int | None = None,
        progress: Progress = silent,
        command: str | None = None,
    ) -> Run:
        """Run the whole pipeline.

        Parameters
        ----------
        runs : str or Path, optional
            Folder for the run folder; None writes nothing. An interrupted run leaves its
            settings and the forecasts of the finished folds in a folder named ``….incomplete``.
        cache : str or Path or False, optional
            Folder where finished fits are kept and looked up, so that nothing is trained twice
            and a killed run goes on where it stopped. None for ``.cache`` in `runs`, if that is
            given; False for none.
        executor : Executor, optional
            Who does the fits; it stays open. None makes a `LocalExecutor` for this run.
        workers : int, optional
            Processes of that one; None for one a core. The results are the same to the byte.
        progress : Progress
            Told of every epoch and fit.
        command : str, optional
            Printed in the report as the way to reproduce it.

        Returns
        -------
        Run
        """
        with contextlib.ExitStack() as stack:
            if executor is None:
                executor = stack.enter_context(LocalExecutor(workers))
            if cache is None and runs is not None:
                cache = Path(runs) / CACHE
            fits = _Fits(executor, Path(cache) if cache else None, progress)
            return self._run(runs, fits, command)

    def _run(self, runs: str | Path | None, fits: _Fits, command: str | None) -> Run:
        if runs is None:
            return self._compute([], fits)
        folder = RunFolder(Path(runs), self.name, self.config_hash)
        done: list[FoldForecast] = []
        try:
            save_settings(folder.path, self.config)
            run = self._compute(done, fits)
            save_run(folder.path, run, command)
            return replace(run, path=folder.complete())
        except BaseException as error:
            kept = folder.rescue([one.forecast for one in done])
            if kept:
                error.add_note(kept)
            raise

    def _compute(self, done: list[FoldForecast], fits: _Fits) -> Run:
        """Compute a run; finished folds are appended to `done` as they come."""
        prices = self.prices.fetch()
        data_hash = prices.sha256()
        prices.fill_price(self.execution)
        labelled = self.labelled_panel(prices)
        folds = self.folds(prices)
        for one in walk_forward(
            labelled, folds, self.model, self.target.kind,
            members=self.members, seed=self.seed, refit=self.refit,
            executor=fits.executor, cache=fits.cache(self.model), progress=fits.progress,
        ):  # fmt: skip
            done.append(one)
        forecast = Forecast.concat([one.forecast for one in done])
        weights = decide(self.strategy, forecast, prices)
        result = run_backtest(
            prices, weights, self.costs, self.execution, limits=self.limits, capital=self.capital
        )
        benchmark = buy_and_hold(
            prices, weights.frame.index[0], self.costs, self.execution, self.capital
        )
        table = fold_table(done, labelled.panel.index)
        rows = labelled.panel.index.get_indexer(forecast.index)
        outcome = labelled.target.T[rows]
        named, notes = forecast_baselines(
            labelled, folds, self.baselines, self.target.kind, seed=self.seed,
            executor=fits.executor, cache_of=fits.cache, progress=fits.progress,
        )  # fmt: skip
        skill = skill_table(forecast, outcome, [one.forecast.index for one in done], named)
        baselines = judge_baselines(
            named, forecast, outcome, self.strategy, prices, self.costs, self.execution,
            limits=self.limits, capital=self.capital,
        )  # fmt: skip
        metrics = {
            "strategy": performance(result),
            "benchmark": performance(benchmark),
            "skill": {str(name): float(value) for name, value in skill.loc["all"].items()},
        }
        return Run(
            name=self.name,
            config=self.config,
            config_hash=self.config_hash,
            data_hash=data_hash,
            forecast=forecast,
            outcome=forecast.frame(outcome),
            result=result,
            benchmark=benchmark,
            folds=table,
            skill=skill,
            metrics=metrics,
            n_fits=sum(len(one.records) for one in done if one.fitted == one.fold),
            n_reused=sum(one.reused for one in done),
            facts={
                **self._facts(prices, data_hash),
                **coverage(forecast, benchmark),
                **trading_assumptions(result),
                **notes,
            },
            baselines=baselines,
        )

    def _facts(self, prices: PriceFrame, data_hash: str) -> dict[str, str]:
        span, plan = self.execution.label_span(self.target.horizon), self.plan
        return {
            "Prices": f"{type(self.prices.provider).__name__}: {len(prices.symbols)} symbols, "
            f"{prices.n_bars} bars, {prices.index[0]:%Y-%m-%d} to {prices.index[-1]:%Y-%m-%d}",
            "Prices, SHA-256": data_hash,
            **({"Vintage": prices.vintage} if prices.vintage else {}),
            **{f"Note {number}": note for number, note in enumerate(prices.notes, 1)},
            "Target": f"{type(self.target).__name__}, horizon {self.target.horizon}, label span "
            f"{span} bars from the decision",
            "Walk-forward": f"{plan.window}; train {plan.train}, validation {plan.validation}, "
            f"test {plan.test}; purge {plan.purge} and embargo {plan.embargo} bars at each border",
            "Model": f"{type(self.model).__name__}, lookback {self.model.lookback} bars, "
            f"{self.members} member(s), base seed {self.seed}, refit {self.refit}",
        }


@dataclass(frozen=True, eq=False)
class _Fits:
    """How the fits of a run get done; the results do not depend on it."""

    executor: Executor
    folder: Path | None
    progress: Progress

    def cache(self, model: Forecaster) -> FitCache | None:
        """Return where the fits of a model are kept."""
        if self.folder is None:
            return None
        return FitCache(self.folder, Provenance.of(model, describe(model, Forecaster)))


def _within(key: str, check: Any) -> None:
    try:
        check()
    except LstmtraderError as error:
        raise type(error)(f"{key}: {error}") from error
