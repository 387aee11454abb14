"""Run: everything one experiment produced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.config.building import build
from lstmtrader.errors import ConfigError, RunError
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.plain_data import plain
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.report.card import run_card
from lstmtrader.report.figures import FoldTable, Metrics
from lstmtrader.report.labels import benchmark_symbol
from lstmtrader.report.plots import Plots
from lstmtrader.report.sheet import TearSheet
from lstmtrader.report.tearsheet import render
from lstmtrader.report.verdict import headline
from lstmtrader.run_files import read_run_files

if TYPE_CHECKING:
    from lstmtrader.explain.result import Explanation

# Those of the significance that depend on the ledger, and not on the run alone.
_OF_TRIALS = (
    "n_trials", "effective_trials", "deflated_by", "trials_elsewhere", "expected_max_sharpe",
    "dsr", "pbo", "pbo_trials",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The outcome of one experiment, fresh or read again from its folder.

    Parameters
    ----------
    sheet : TearSheet
        What the report shows: accounts, evaluation, folds, assumptions.
    config : dict
        The resolved settings, defaults included.
    config_hash, data_hash : str
        SHA-256 of the settings and of the prices.
    forecast : Forecast
        Out of sample, all folds, every member.
    outcome : DataFrame of shape (n_bars, n_symbols)
        What came of each forecast; NaN where it is not known yet.
    baselines : mapping of str to mapping
        Figures of each baseline as plain data, None where one is not defined: ``skill``,
        ``strategy`` (of the account of the same strategy; None where it does not trade such
        forecasts) and ``untraded`` (why not).
    path : Path, optional
        The run folder, where one was written.
    n_fits, n_reused : int
        How many fits the forecasts rest on, and how many of them came from the cache.
    audit_identity : str
        SHA-256 of the settings, user code and prices of this run, by which an audit of it is
        found; empty where it is not known.

    Examples
    --------
    >>> from lstmtrader import backtest_forecasts
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> from strategies.long_flat import LongFlat
    >>> prices = SyntheticProvider(n_symbols=2, n_bars=300, seed=1).fetch()
    >>> forecasts = prices.close.pct_change(20).iloc[100:]
    >>> run = backtest_forecasts(forecasts, prices, LongFlat(), name="momentum")
    >>> run.equity.size, run.forecast.n_members, sorted(run.metrics)
    (200, 1, ['benchmark', 'skill', 'strategy'])
    >>> run.report().startswith("<!doctype html>")
    True

    With a folder for runs, ``run.path`` is where it was saved:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as runs:
    ...     saved = backtest_forecasts(forecasts, prices, LongFlat(), name="again", runs=runs)
    ...     loaded = Run.load(saved.path)
    >>> bool((loaded.equity == saved.equity).all())
    True
    """

    sheet: TearSheet
    config: Mapping[str, Any]
    config_hash: str
    data_hash: str
    forecast: Forecast
    outcome: pd.DataFrame
    baselines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    path: Path | None = None
    n_fits: int = 0
    n_reused: int = 0
    audit_identity: str = ""

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Read a run again from its folder; nothing is computed, no code of others is run.

        Parameters
        ----------
        path : str or Path
            A folder that `Experiment.run` or `backtest_forecasts` has written.

        Returns
        -------
        Run
            It gives the same forecasts, tables, figures and report as on its first day, an audit
            of its day included.

        Raises
        ------
        RunError
            If there is no such folder, or it is that of an interrupted run, of a sweep, or of a
            run of an earlier version.
        """
        folder = Path(path)
        read = read_run_files(folder)
        try:
            return cls(
                sheet=read.sheet,
                config=yaml.safe_load(read.sheet.config_yaml),
                config_hash=read.environment["config_sha256"],
                data_hash=read.environment["data_sha256"],
                forecast=read.forecast,
                outcome=read.outcome,
                baselines=read.figures["baselines"],
                path=folder,
                n_fits=read.environment["fits"]["all"],
                n_reused=read.environment["fits"]["reused"],
                audit_identity=read.environment["audit_identity"],
            )
        except KeyError as error:
            raise RunError(
                f"{folder}: written by an earlier version, without {error}; run the experiment "
                "again"
            ) from error

    @property
    def name(self) -> str:
        """As the settings name it."""
        return self.sheet.name

    @property
    def result(self) -> TrackRecord:
        """The account of the strategy."""
        return self.sheet.account

    @property
    def benchmark(self) -> TrackRecord:
        """Buy & hold with the same costs, fills and start."""
        return self.sheet.benchmark

    @property
    def evaluation(self) -> Evaluation:
        """All that was measured on forecasts and accounts."""
        return self.sheet.evaluation

    @property
    def folds(self) -> pd.DataFrame:
        """One row a fold: dates of its slices, samples, best epoch and loss; see `TearSheet`."""
        return FoldTable(self.sheet.folds)

    @property
    def curves(self) -> pd.DataFrame:
        """The losses of every fit, epoch by epoch."""
        return self.sheet.curves

    @property
    def facts(self) -> Mapping[str, str]:
        """The assumptions, for people."""
        return self.sheet.facts

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know about the prices, the universe, and what was left out."""
        return tuple(self.sheet.notes)

    @property
    def audit(self) -> Mapping[str, Any] | None:
        """What an audit of this very run says, as plain data; None where there is none."""
        return self.sheet.audit

    @property
    def equity(self) -> pd.Series:
        """Account value at each close."""
        return self.result.equity

    @property
    def returns(self) -> pd.Series:
        """Simple return of each bar from the first possible fill on."""
        return self.result.returns

    @property
    def weights(self) -> pd.DataFrame:
        """Target weights inside the limits, on the bars they were decided."""
        return self.result.targets

    @property
    def trades(self) -> pd.DataFrame:
        """Every fill: date, symbol, size, reference, price, fees, slippage."""
        return self.result.trades

    @property
    def skill(self) -> pd.DataFrame:
        """Skill of the forecasts, one row per fold and one for all."""
        return self.evaluation.skill.by_fold

    @property
    def comparison(self) -> pd.DataFrame:
        """Skill and account of the model, every baseline, and buy & hold; see `compare`."""
        return self.evaluation.comparison

    @property
    def metrics(self) -> Metrics:
        """Figures of ``strategy`` and ``benchmark``, and those of ``skill`` over all folds."""
        skill = self.evaluation.skill
        overall = {str(name): float(value) for name, value in skill.by_fold.loc["all"].items()}
        return Metrics(
            strategy=dict(self.evaluation.strategy),
            benchmark=dict(self.evaluation.benchmark),
            skill={**overall, **skill.figures},
        )

    @property
    def verdict(self) -> str:
        """The sentence the report opens with: the outcome against the benchmark."""
        return headline(self.result, self.benchmark, self.evaluation)

    @property
    def trials(self) -> dict[str, float | None]:
        """What was tried on these prices so far, and what that leaves of the Sharpe ratio."""
        figures = self.evaluation.significance.figures
        found: dict[str, float | None] = plain({name: figures[name] for name in _OF_TRIALS})
        return found

    @property
    def figures(self) -> dict[str, Any]:
        """The metrics and those of every baseline as plain data; None where not defined.

        With the execution, and whether anybody could have traded it. Without `trials`: those
        change with whatever else is tried.
        """
        significance = self.evaluation.significance
        execution = self.result.execution
        figures: dict[str, Any] = plain(
            {
                **self.metrics,
                "significance": {
                    **{
                        name: value
                        for name, value in significance.figures.items()
                        if name not in _OF_TRIALS
                    },
                    "intervals": significance.intervals.to_dict("index"),
                    "members": significance.members.to_dict("index"),
                },
                "baselines": self.baselines,
                "benchmark_symbol": benchmark_symbol(self.benchmark),
                "execution": execution.value,
                "tradable": execution.is_tradable,
            }
        )
        return figures

    @property
    def plot(self) -> Plots:
        """The charts, as plotly figures: ``run.plot.equity()``, ``run.plot.drawdowns()``, …"""
        return Plots(self.sheet, self.explain)

    def report(self, path: str | Path | None = None) -> str:
        """Return the tear sheet as one offline HTML document, and write it where asked.

        Parameters
        ----------
        path : str or Path, optional
            File to write.

        Raises
        ------
        RunError
            If it cannot be written.
        """
        document = render(self.sheet)
        if path is not None:
            try:
                Path(path).write_text(document, encoding="utf-8")
            except OSError as error:
                raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error
        return document

    def __repr__(self) -> str:
        place = "" if self.path is None else f"\n{self.path}"
        return f"Run {self.name}: {self.sheet.period}\n{self.verdict}{place}"

    def _repr_html_(self) -> str:
        """Verdict, key figures and a small picture of the account."""
        return run_card(self.sheet, "" if self.path is None else str(self.path))

    def explain(
        self,
        symbol: str | None = None,
        date: Any = None,
        member: int = 0,
        *,
        folds: int | None = None,
        cells: Sequence[str] = ("rnn", "lstm", "gru"),
        prices: PriceFrame | None = None,
        cache: str | Path | None = None,
        progress: Progress = silent,
    ) -> Explanation:
        """Look into the network behind one forecast; see `lstmtrader.explain.explaining.explain`.

        Networks come from the cache of fits; what is not there is fitted again. Unlike `load`, this
        imports the classes that the settings name: read those of a stranger's run before.

        Parameters
        ----------
        symbol : str, optional
            None for the one with the largest forecast, up or down, on that bar.
        date : Timestamp or what makes one, optional
            Bar of the forecast; None for the last one that has any.
        member : int
        folds : int, optional
            On how many folds the importance of features is measured at most; None for all.
        cells : sequence of str
            Whose gradients are compared; those that are not the run's are fitted for it.
        prices : PriceFrame, optional
            Those of the run, where its source cannot give them again.
        cache : str or Path, optional
            Folder of finished fits; None for the one beside the run folder, if there is one.
        progress : Progress
            Told of every network and epoch.

        Raises
        ------
        ConfigError
            If no network of this package made the forecasts, or there is no such forecast.
        DataError
            If the prices of the run cannot be had again.
        RunError
            If a network that was fitted again does not give the forecasts of the run.
        """
        from lstmtrader.explain.explaining import explain  # torch, which most runs can do without
        from lstmtrader.study import Study

        if "model" not in self.config:
            raise ConfigError(f"{self.name}: its forecasts were given, so there is no network")
        if cache is None and self.path is not None:
            cache = self.path.parent / ".cache"
        return explain(
            build(Study, self.config),
            self.forecast,
            self.data_hash,
            symbol=symbol,
            date=date,
            member=member,
            folds=folds,
            cells=cells,
            prices=prices,
            cache=None if cache is None else Path(cache),
            progress=progress,
        )
