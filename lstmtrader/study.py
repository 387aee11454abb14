"""Study: one question about prices, fully stated and checked; nothing is computed here."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.bounds import at_least
from lstmtrader.clock import Execution
from lstmtrader.config.building import describe
from lstmtrader.data.source import PriceSource
from lstmtrader.errors import ConfigError, LstmtraderError
from lstmtrader.features.assemble import build_panel, warm_up
from lstmtrader.features.feature import Feature, Target
from lstmtrader.models.baselines.windows import check_reads
from lstmtrader.models.forecaster import Forecaster, Restoring
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import Folds, WalkForward
from lstmtrader.strategy import Strategy, check_kind, check_needs
from lstmtrader.walkforward.engine import Refit

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


@dataclass(frozen=True)
class Study:
    """Prices, features, target, folds, model, strategy, costs, each fitting the others.

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
    sizing : Sizing
    rebalancing : Rebalancing
    members : int
        Fits per fold with different seeds, averaged.
    seed : int
        Base seed.
    refit : {"cold", "warm", "none"}
        Whether each fold is fitted from random weights, from those of the fold before, or not.
    baselines : tuple of Forecaster
        Cheap forecasts of the same target, judged and traded as the model is.
    benchmark : str, optional
        A symbol that is bought once and held, for comparison; by default all members of the
        universe are, in equal parts. Fetched as the prices are, whether it is among them or not.
    capital : float

    Raises
    ------
    ConfigError
        If a setting is out of its bounds or contradicts another, naming it.
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
    sizing: Sizing = field(default_factory=Sizing)
    rebalancing: Rebalancing = field(default_factory=Rebalancing)
    members: int = 1
    seed: int = 0
    refit: Refit = Refit.COLD
    baselines: tuple[Forecaster, ...] = ()
    benchmark: str | None = None
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
        check_name(self.name)
        if not self.features:
            raise ConfigError("features: expected at least one")
        at_least(1, members=self.members)
        _ = self.terms  # checks the capital
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

    @property
    def config(self) -> dict[str, Any]:
        """The settings as plain data, defaults included."""
        settings: dict[str, Any] = describe(self, type(self))
        return settings

    @property
    def config_hash(self) -> str:
        """SHA-256 of the settings."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()

    @property
    def terms(self) -> Terms:
        """Everything the account is told besides prices and weights."""
        return Terms(
            self.execution, self.costs, self.limits, self.sizing, self.rebalancing, self.capital
        )

    @property
    def plan(self) -> WalkForward:
        """The walk-forward with its purge set to the label span where none was given."""
        span = self.execution.label_span(self.target.horizon)
        why = f"horizon={self.target.horizon} with {self.execution} fills"
        return self.walk_forward.purged(span, why=why)

    def labelled_panel(self, prices: PriceFrame) -> LabelledPanel:
        """Features and labels of the prices."""
        return build_panel(prices, self.features, self.target, self.execution)

    def folds(self, prices: PriceFrame) -> Folds:
        """Cut the bars into folds; training starts once every feature and window is warm."""
        start = warm_up(self.features) + self.model.lookback - 1
        per_year = prices.periods_per_year
        cut = self.plan.split(prices.n_bars, start=start, periods_per_year=per_year)
        return Folds(cut, prices.index)


def check_name(name: str) -> None:
    """Raise a `ConfigError` unless a run folder can be called so."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"name: expected letters, digits, '.', '_' and '-', at most 61; got {name!r}"
        )


def _within(key: str, check: Any) -> None:
    try:
        check()
    except LstmtraderError as error:
        raise type(error)(f"{key}: {error}") from error
