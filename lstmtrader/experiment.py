"""Experiment: a study that can be read from a file, run, and put away in a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from lstmtrader.audit.auditing import audit
from lstmtrader.audit.finding import AuditReport, Level
from lstmtrader.audit.identity import audit_identity, code_identity
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import trade
from lstmtrader.backtest.presets import PRESETS
from lstmtrader.config.building import build
from lstmtrader.config.reading import override, read_yaml
from lstmtrader.data import PROVIDERS
from lstmtrader.data.memory import InMemory
from lstmtrader.data.provider import PriceProvider
from lstmtrader.data.source import PriceSource
from lstmtrader.errors import LstmtraderError
from lstmtrader.evaluation.break_even import break_even_slippage
from lstmtrader.evaluation.significance.selection import judge_selection
from lstmtrader.evaluation.trial_returns import TrialReturns
from lstmtrader.keeping import counting, keep
from lstmtrader.models.training.objectives import OBJECTIVES
from lstmtrader.models.training.objectives.objective import Objective
from lstmtrader.pipeline import Fits, forecast_study, trade_study
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.report.question import question_card, question_text
from lstmtrader.run import Run
from lstmtrader.strategy import decide
from lstmtrader.study import Study
from lstmtrader.sweep.folder import save_sweep
from lstmtrader.sweep.grid import vary
from lstmtrader.sweep.result import Sweep
from lstmtrader.sweep.runner import account_figures, trade_variants
from lstmtrader.walkforward.engine import FoldForecast
from lstmtrader.walkforward.executor import Executor
from lstmtrader.walkforward.local import LocalExecutor

_ALIASES = {PriceProvider: PROVIDERS, Objective: OBJECTIVES, Costs: PRESETS}
CACHE = ".cache"
"""Folder of finished fits inside the folder of runs."""


@dataclass(frozen=True, repr=False)
class Experiment(Study):
    """One question, fully stated, and its answer: a `Study` (see there for the settings) that runs.

    Examples
    --------
    >>> experiment = Experiment.from_yaml("configs/quickstart.yaml", ["members=1"])
    >>> experiment
    Experiment quickstart: RecurrentForecaster on scaled_return_1, scaled_return_5, ... and 5 more
    prices of SampleProvider, all symbols; traded by DirectPositions, next_close fills
    >>> experiment.members, experiment.model.lookback, experiment.target.horizon
    (1, 63, 1)

    A question of one's own, in Python, with a cheap model in place of the network:

    >>> from lstmtrader import PriceSource, WalkForward
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> from lstmtrader.features import ForwardReturn, ScaledReturn
    >>> from lstmtrader.models import Ridge
    >>> from strategies.long_flat import LongFlat
    >>> small = Experiment(
    ...     name="small",
    ...     prices=PriceSource(SyntheticProvider(n_symbols=2, n_bars=400, seed=1)),
    ...     features=(ScaledReturn(horizon=1), ScaledReturn(horizon=5)),
    ...     target=ForwardReturn(horizon=1),
    ...     walk_forward=WalkForward(train=150, validation=0, test=50),
    ...     model=Ridge(lags=5),
    ...     strategy=LongFlat(),
    ... )
    >>> run = small.run()
    >>> len(run.folds), run.forecast.symbols
    (4, ('SYN00', 'SYN01'))
    """

    def __repr__(self) -> str:
        return question_text(self)

    def _repr_html_(self) -> str:
        """Every setting in words."""
        return question_card(self)

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

    def run(
        self,
        runs: str | Path | None = None,
        *,
        cache: str | Path | Literal[False] | None = None,
        executor: Executor | None = None,
        workers: int | None = None,
        progress: Progress = silent,
        command: str | None = None,
        prices: PriceFrame | pd.DataFrame | None = None,
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
        prices : PriceFrame or DataFrame, optional
            One's own prices, in place of those that the settings name; see `on`.

        Returns
        -------
        Run
        """
        asked = self if prices is None else self.on(prices)
        with self._fits(runs, cache, executor, workers, progress) as fits:
            return asked._run(runs, fits, command)

    def on(self, prices: PriceFrame | pd.DataFrame) -> Experiment:
        """Return the same question about other prices, those of one's own program.

        Parameters
        ----------
        prices : PriceFrame or DataFrame
            In place of all that the settings say of prices: provider, symbols, start, end and
            universe. A DataFrame as `PriceFrame.from_pandas` takes it.

        Returns
        -------
        Experiment
            Its settings name the prices by their hash: they are not a whole recipe any more.

        Examples
        --------
        >>> from lstmtrader.data.synthetic import SyntheticProvider
        >>> closes = SyntheticProvider(n_symbols=3, n_bars=60).fetch().close
        >>> mine = Experiment.from_yaml("configs/quickstart.yaml").on(closes)
        >>> mine.prices.fetch().symbols
        ('SYN00', 'SYN01', 'SYN02')
        """
        frame = prices if isinstance(prices, PriceFrame) else PriceFrame.from_pandas(prices)
        return replace(self, prices=PriceSource(InMemory.of(frame)))

    def sweep(
        self,
        axes: Mapping[str, Sequence[Any]],
        runs: str | Path | None = None,
        *,
        cache: str | Path | Literal[False] | None = None,
        executor: Executor | None = None,
        workers: int | None = None,
        progress: Progress = silent,
    ) -> Sweep:
        """Trade every combination of settings of strategy, costs, limits, sizing, rebalancing.

        All on one set of forecasts, which come from the cache where they can.

        Parameters
        ----------
        axes : mapping of str to sequence
            Values by key, such as ``{"costs.fees": [0.0, 0.001]}``.
        runs : str or Path, optional
            Folder for the folder of the sweep, and for the ledger that counts every variant, and
            the experiment as it stands, as a trial; None writes and counts nothing.
        cache, executor, progress
            As in `run`.
        workers : int, optional
            Processes, for the fits and for the variants.

        Returns
        -------
        Sweep
        """
        variants = vary(self, axes, _ALIASES)
        with self._fits(runs, cache, executor, workers, progress) as fits:
            forecasts = forecast_study(
                replace(self, baselines=()), fits, terms=(one.study.terms for one in variants)
            )
        prices, forecast = forecasts.prices, forecasts.forecast
        # Of the variants, then of the study as it stands.
        returns = TrialReturns.empty(prices, len(variants) + 1)
        table = trade_variants(
            variants, forecast, prices, workers=workers, progress=progress, returns=returns
        )
        table.insert(len(axes), "config_hash", [one.study.config_hash for one in variants])
        weights = decide(self.strategy, forecast, prices)
        base = trade(prices, weights, self.terms)
        returns.put(len(variants), base.returns)
        swept = Sweep(
            name=self.name,
            axes=tuple(axes),
            table=table,
            data_hash=forecasts.data_hash,
            base=account_figures(base),
            break_even=break_even_slippage(prices, weights, self.terms),
            execution=self.execution,
            config_hash=self.config_hash,
            luck=judge_selection(pd.DataFrame(returns.values[:-1].T)),
        )
        return swept if runs is None else save_sweep(Path(runs), swept, self, variants, returns)

    def audit(self, level: Level = "full", progress: Progress = silent) -> AuditReport:
        """Try to catch every stage knowing what it could not know yet; see `lstmtrader.audit`.

        Parameters
        ----------
        level : {"quick", "full"}
            Seconds, or minutes.
        progress : Progress
            Told of every probe.
        """
        return audit(self, level, progress)

    @contextlib.contextmanager
    def _fits(
        self,
        runs: str | Path | None,
        cache: str | Path | Literal[False] | None,
        executor: Executor | None,
        workers: int | None,
        progress: Progress,
    ) -> Iterator[Fits]:
        with contextlib.ExitStack() as stack:
            if executor is None:
                executor = stack.enter_context(LocalExecutor(workers))
            if cache is None and runs is not None:
                cache = Path(runs) / CACHE
            yield Fits(executor, Path(cache) if cache else None, progress)

    def _run(self, runs: str | Path | None, fits: Fits, command: str | None) -> Run:
        code = code_identity(self.config)  # the code that is about to run, whoever edits it now
        done: list[FoldForecast] = []

        def work() -> Run:
            forecasts = forecast_study(self, fits, done)
            data_hash = forecasts.data_hash
            identity = audit_identity(self.config, data_hash, code)
            count = (
                None
                if runs is None
                else counting(Path(runs), data_hash, self.config, forecasts.prices)
            )
            run = trade_study(self, forecasts, count, fits.progress, command)
            return replace(run, audit_identity=identity)

        if runs is None:
            return work()
        return keep(
            Path(runs), self.name, self.config, self.config_hash, work,
            lambda: [one.forecast for one in done],
        )  # fmt: skip
