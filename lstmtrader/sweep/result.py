"""Sweep: every variant with its figures, and what they say together."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lstmtrader.clock import Execution
from lstmtrader.errors import ConfigError
from lstmtrader.report.heat_map import heat_map

_QUANTILES = {"worst": 0.0, "lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75,
              "best": 1.0}  # fmt: skip
_RATIOS = ("sharpe", "sortino")

CAUTION = (
    "The best of many variants was found by looking: what it earned here says little about what "
    "it will earn."
)
NOT_TRADABLE = "same_close: fills at a price already seen; not tradable"
FIGURES = "sweep.json"
"""Begun once the table of variants is whole."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a grid of variants earned on the same forecasts.

    The best of many variants was found by looking: what it earned here says little about what it
    will earn. The spread says how much the choice matters.

    Parameters
    ----------
    name : str
        Of the study.
    axes : tuple of str
        The settings that were varied.
    table : DataFrame
        One row a variant: its settings, its `config_hash`, and the figures of its account. The
        ratios of a ruined account are those of its bars up to the ruin: `spread` and `heat_map`
        leave them out.
    data_hash : str
        SHA-256 of the prices.
    base : mapping of str to object
        The figures of the study as it stands.
    break_even : float
        Slippage, as a fraction of every fill, on top of the study's own costs, at which the study
        as it stands ends where it began; NaN if it loses without, infinite if nothing is traded.
    execution : Execution
        When orders were filled, in every variant.
    config_hash : str
        SHA-256 of the settings of the study as it stands, to find it among the variants.
    luck : mapping of str to float
        What is left of the best variant; see `judge_selection`.
    path : Path, optional
        Its folder, where one was written.

    Examples
    --------
    >>> from lstmtrader import Experiment
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=2, n_bars=2100, seed=1).fetch()
    >>> model = "model={target: lstmtrader.models:AlwaysLong}"
    >>> short = [model, "members=1", "baselines=[]", "walk_forward.test=500"]
    >>> experiment = Experiment.from_yaml("configs/quickstart.yaml", short).on(prices)
    >>> swept = experiment.sweep({"costs.fees": [0.0, 0.001]}, workers=1)
    >>> swept.axes, len(swept.table)
    (('costs.fees',), 2)
    >>> bool(swept.table["sharpe"].is_monotonic_decreasing)
    True
    """

    name: str
    axes: tuple[str, ...]
    table: pd.DataFrame
    data_hash: str
    base: Mapping[str, Any]
    break_even: float
    execution: Execution
    config_hash: str = ""
    luck: Mapping[str, float] = field(default_factory=dict)
    path: Path | None = None

    def spread(self, metric: str = "sharpe") -> pd.Series:
        """Worst, quartiles, median and best of a figure over all variants."""
        self._check(metric)
        values = self._comparable(metric)
        return pd.Series({name: values.quantile(at) for name, at in _QUANTILES.items()})

    def heat_map(
        self, x: str | None = None, y: str | None = None, metric: str = "sharpe"
    ) -> go.Figure:
        """Draw a figure over two axes (or one), the median over the others.

        The study as it stands is outlined, where it is one of the variants.

        Parameters
        ----------
        x, y : str, optional
            Axes; by default the first two.
        metric : str
        """
        x = x or self.axes[0]
        y = y or next((axis for axis in self.axes if axis != x), None)
        for name in (x, *([y] if y else []), metric):
            self._check(name)
        table = self.table.assign(**{metric: self._comparable(metric)})
        warning = "" if self.execution.is_tradable else NOT_TRADABLE
        return heat_map(
            table,
            x,
            y,
            metric,
            title=self.name,
            caution=CAUTION,
            warning=warning,
            configured=self._configured,
        )

    @property
    def ruined(self) -> pd.Series:
        """Whether each variant's equity reached zero."""
        return self.table["ruined_on"].notna()

    @property
    def _configured(self) -> object:
        """Which variant has the settings of the study as it stands: its label, or None."""
        if not self.config_hash or "config_hash" not in self.table:
            return None
        same = self.table.index[self.table["config_hash"] == self.config_hash]
        return same[0] if len(same) else None

    def _comparable(self, metric: str) -> pd.Series:
        """One figure of every variant; NaN for the ratios of the ruined ones."""
        values = self.table[metric]
        return values.mask(self.ruined) if metric in _RATIOS else values

    def _check(self, column: str) -> None:
        if column not in self.table.columns:
            known = ", ".join(map(str, self.table.columns))
            raise ConfigError(f"sweep: no {column}; there are {known}")

    @property
    def figures(self) -> dict[str, Any]:
        """Plain data; None where a figure is not defined."""
        return {
            "name": self.name,
            "variants": len(self.table),
            "axes": list(self.axes),
            "data_sha256": self.data_hash,
            "execution": str(self.execution),
            "tradable": self.execution.is_tradable,
            "base": _plain(dict(self.base)),
            "sharpe": _plain(self.spread().to_dict()),
            "break_even_slippage": _plain(self.break_even),
            **_plain(dict(self.luck)),
        }

    @property
    def records(self) -> list[dict[str, Any]]:
        """One variant after the other, as plain data; None where a figure is not defined."""
        return [_plain(row) for row in self.table.to_dict("records")]

    def save(self, folder: Path) -> None:
        """Write the table, the figures and the picture into a folder."""
        # An axis may hold numbers and words, or whole presets.
        mixed = {
            name: self.table[name].map(json.dumps)
            for name in self.axes
            if not pd.api.types.is_numeric_dtype(self.table[name])
        }
        self.table.assign(**mixed).to_parquet(folder / "variants.parquet", index=False)
        (folder / FIGURES).write_text(json.dumps(self.figures, indent=2) + "\n", "utf-8")
        self.heat_map().write_html(folder / "sweep.html", include_plotlyjs=True, div_id="sweep")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
