"""Run: everything one experiment produced."""

from __future__ import annotations

import importlib.metadata
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.evaluation.baselines import Baseline, compare, skill_figures
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.skill.result import Skill
from lstmtrader.forecast import Forecast
from lstmtrader.report.tearsheet import TearSheet, render

_PACKAGES = (
    "lstmtrader", "torch", "pytorch-lightning", "vectorbt", "vectorbt-rust", "numpy", "pandas",
    "scikit-learn", "arch",
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
        The strategy, and equal-weight buy & hold with the same costs, fills and start.
    folds : DataFrame
        One row per fold.
    skill : DataFrame
        One row per fold and one for all.
    metrics : dict
        ``strategy``, ``benchmark`` and ``skill`` figures.
    facts : dict of str
        The assumptions, for people.
    path : Path, optional
        The run folder, where one was written.
    n_fits, n_reused : int
        How many fits the forecasts rest on, and how many of them came from the cache.
    baselines : dict of str to Baseline
        Each judged and traded as the model.
    """

    name: str
    config: Mapping[str, Any]
    config_hash: str
    data_hash: str
    forecast: Forecast
    outcome: pd.DataFrame
    result: BacktestResult
    benchmark: BacktestResult
    folds: pd.DataFrame
    skill: pd.DataFrame
    metrics: Mapping[str, Mapping[str, float]]
    facts: Mapping[str, str]
    path: Path | None = None
    n_fits: int = 0
    n_reused: int = 0
    baselines: Mapping[str, Baseline] = field(default_factory=dict)

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
    def comparison(self) -> pd.DataFrame:
        """Skill and account of the model, every baseline, and buy & hold; see `compare`."""
        skill = skill_figures(self.forecast, self.outcome.to_numpy(), self.forecast)
        return compare(skill, self.metrics, self.baselines)

    @property
    def figures(self) -> dict[str, Any]:
        """The metrics and those of every baseline as plain data; None where not defined.

        With the execution, and whether anybody could have traded it.
        """
        baselines = {name: one.figures for name, one in self.baselines.items()}
        execution = self.result.execution
        figures: dict[str, Any] = _plain(
            {
                **self.metrics,
                "baselines": baselines,
                "execution": execution.value,
                "tradable": execution.is_tradable,
            }
        )
        return figures

    @property
    def _evaluation(self) -> Evaluation:
        """What is measured so far; the other tables are empty."""
        none = pd.DataFrame()
        skill = Skill(
            figures={},
            by_fold=self.skill,
            by_year=none,
            by_symbol=none,
            by_bar=none,
            decay=none,
            deciles=none,
            calibration=none,
            cloud=none,
            versus=none,
        )
        return Evaluation(
            strategy=self.metrics["strategy"],
            benchmark=self.metrics["benchmark"],
            skill=skill,
            significance=Significance({}, none, none, none),
            comparison=self.comparison if self.baselines else none,
            rivals=none,
            cost_levels=none,
            round_trips=none,
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
        html = render(
            TearSheet(
                name=self.name,
                title=f"{self.name} · tear sheet",
                account=self.result,
                benchmark=self.benchmark,
                evaluation=self._evaluation,
                folds=self.folds,
                facts=self.facts,
                config_yaml=to_yaml(self.config),
                versions=versions(),
                command=command or "lstmtrader run config.yaml",
                untraded={
                    name: one.untraded for name, one in self.baselines.items() if one.untraded
                },
            )
        )
        if path is not None:
            Path(path).write_text(html, encoding="utf-8")
        return html


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _plain(value) for key, value in content.items()}
    return None if isinstance(content, float) and not math.isfinite(content) else content


def to_yaml(config: Mapping[str, Any]) -> str:
    """Write settings as YAML, in the order given."""
    return str(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True, width=100))


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on."""
    found = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **found}
