"""Run: everything one experiment produced."""

from __future__ import annotations

import importlib.metadata
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.config.building import build
from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.baselines import Baseline
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.report.labels import benchmark_symbol
from lstmtrader.report.sheet import TearSheet
from lstmtrader.report.tearsheet import render

if TYPE_CHECKING:
    from lstmtrader.explain.result import Explanation

_PACKAGES = (
    "lstmtrader", "torch", "pytorch-lightning", "vectorbt", "vectorbt-rust", "numpy", "pandas",
    "scikit-learn", "arch",
)  # fmt: skip


# Those of the significance that depend on the ledger, and not on the run alone.
_OF_TRIALS = (
    "n_trials", "effective_trials", "deflated_by", "trials_elsewhere", "expected_max_sharpe",
    "dsr", "pbo", "pbo_trials",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Run:
    """The outcome of one experiment.

    Parameters
    ----------
    name : str
    config : dict
        The resolved settings, defaults included.
    config_hash, data_hash : str
        SHA-256 of the settings and of the prices.
    forecast : Forecast
        Out of sample, all folds.
    outcome : DataFrame of shape (n_bars, n_symbols)
        What came of each forecast; NaN where it is not known yet.
    result, benchmark : BacktestResult
        The strategy, and buy & hold with the same costs, fills and start.
    evaluation : Evaluation
        All that was measured on forecasts and accounts.
    folds : DataFrame
        One row per fold.
    curves : DataFrame
        The losses of every fit, epoch by epoch; see `training_curves`.
    facts : dict of str
        The assumptions, for people.
    notes : tuple of str
        What there is to know about the prices and the universe.
    path : Path, optional
        The run folder, where one was written.
    n_fits, n_reused : int
        How many fits the forecasts rest on, and how many of them came from the cache.
    baselines : dict of str to Baseline
        Each judged and traded as the model.
    audit_identity : str
        SHA-256 of the settings, user code and prices of this run, by which an audit of it is
        found; empty where it is not known.
    audit : mapping, optional
        What an audit of this very run says, as plain data; None where there is none.
    """

    name: str
    config: Mapping[str, Any]
    config_hash: str
    data_hash: str
    forecast: Forecast
    outcome: pd.DataFrame
    result: BacktestResult
    benchmark: BacktestResult
    evaluation: Evaluation
    folds: pd.DataFrame
    curves: pd.DataFrame
    facts: Mapping[str, str]
    notes: tuple[str, ...] = ()
    path: Path | None = None
    n_fits: int = 0
    n_reused: int = 0
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    audit_identity: str = ""
    audit: Mapping[str, Any] | None = None

    @property
    def equity(self) -> pd.Series:
        """Account value at each close."""
        return self.result.equity

    @property
    def weights(self) -> pd.DataFrame:
        """Target weights inside the limits, on the bars they were decided."""
        return self.result.targets

    @property
    def trades(self) -> pd.DataFrame:
        """Every fill."""
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
    def metrics(self) -> dict[str, dict[str, float]]:
        """Figures of ``strategy`` and ``benchmark``, and those of ``skill`` over all folds."""
        skill = self.evaluation.skill
        overall = {str(name): float(value) for name, value in skill.by_fold.loc["all"].items()}
        return {
            "strategy": dict(self.evaluation.strategy),
            "benchmark": dict(self.evaluation.benchmark),
            "skill": {**overall, **skill.figures},
        }

    @property
    def trials(self) -> dict[str, float | None]:
        """What was tried on these prices so far, and what that leaves of the Sharpe ratio."""
        figures = self.evaluation.significance.figures
        found: dict[str, float | None] = _plain({name: figures[name] for name in _OF_TRIALS})
        return found

    @property
    def figures(self) -> dict[str, Any]:
        """The metrics and those of every baseline as plain data; None where not defined.

        With the execution, and whether anybody could have traded it. Without `trials`: those
        change with whatever else is tried.
        """
        significance = self.evaluation.significance
        execution = self.result.execution
        figures: dict[str, Any] = _plain(
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
                "baselines": {name: one.figures for name, one in self.baselines.items()},
                "benchmark_symbol": benchmark_symbol(self.benchmark),
                "execution": execution.value,
                "tradable": execution.is_tradable,
            }
        )
        return figures

    def sheet(self, command: str | None = None) -> TearSheet:
        """Return what the report shows; `command` is what it prints as the way to reproduce it."""
        return TearSheet(
            name=self.name,
            title=f"{self.name} · tear sheet",
            account=self.result,
            benchmark=self.benchmark,
            evaluation=self.evaluation,
            folds=self.folds,
            curves=self.curves,
            facts=self.facts,
            notes=self.notes,
            config_yaml=to_yaml(self.config),
            versions=versions(),
            command=command or "lstmtrader run config.yaml",
            untraded={name: one.untraded for name, one in self.baselines.items() if one.untraded},
            audit=self.audit,
        )

    def report(self, path: str | Path | None = None, command: str | None = None) -> str:
        """Return the tear sheet as one offline HTML document, and write it where asked.

        Parameters
        ----------
        path : str or Path, optional
            File to write.
        command : str, optional
            What to print as the way to reproduce it.
        """
        html = render(self.sheet(command))
        if path is not None:
            Path(path).write_text(html, encoding="utf-8")
        return html

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

        Networks come from the cache of fits; what is not there is fitted again.

        Parameters
        ----------
        symbol : str, optional
            None for the one with the largest forecast, up or down, on that bar.
        date : Timestamp or what makes one, optional
            Bar of the forecast; None for the last one.
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


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    return None if isinstance(content, float) and not math.isfinite(content) else content


def to_yaml(config: Mapping[str, Any]) -> str:
    """Write settings as YAML, in the order given."""
    return str(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True, width=100))


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on."""
    found = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **found}
