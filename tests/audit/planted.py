"""Every planted leak: what it is called, the experiment it is in, and who must be blamed.

Most leaky features are planted several to an experiment, each beside the honest ones: probes that
name features ask each by itself, at bars that do not depend on the others (`GROUPS`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from lstmtrader.audit.finding import Stage
from lstmtrader.clock import Execution
from lstmtrader.experiment import Experiment
from lstmtrader.features import AbsoluteReturn, ForwardReturn, RelativeStrength, Return
from lstmtrader.models import LastValue
from lstmtrader.models.training.forecaster import RecurrentForecaster
from lstmtrader.models.training.objectives import named_objective
from lstmtrader.models.training.settings import Network, Training
from tests.audit import features_of_the_whole_history as whole
from tests.audit import features_that_cannot_repeat as unstable
from tests.audit import features_that_look_ahead as ahead
from tests.audit import leaky_answers as answers
from tests.audit import leaky_experiments as experiments
from tests.audit import leaky_markets as markets
from tests.audit import leaky_models as models
from tests.audit import leaky_strategies as strategies
from tests.audit import outside_numbers as outside
from tests.audit.causal_features import Level
from tests.audit.ground import (
    BASE,
    DELISTING,
    Paying,
    Spells,
    as_kind,
    groups,
    with_feature,
    with_features,
    with_provider,
    with_universe,
)

FEATURE, SCALER, TARGET, FOLD, MODEL, STRATEGY, FILL, DATA, UNIVERSE, PIPELINE = (
    Stage.FEATURE, Stage.SCALER, Stage.TARGET, Stage.FOLD, Stage.MODEL, Stage.STRATEGY,
    Stage.FILL, Stage.DATA, Stage.UNIVERSE, Stage.PIPELINE,
)  # fmt: skip


@dataclass(frozen=True)
class Leak:
    """A leaky experiment, the stages any of which may be blamed, and a part of the name.

    The feature that leaks, where that is all: it may be planted beside others.
    """

    experiment: Experiment
    stages: tuple[Stage, ...]
    name: str = ""
    feature: Any = None


NETWORK = RecurrentForecaster(
    lookback=5,
    network=Network("gru", hidden=3),
    loss=named_objective("mse"),
    training=Training(epochs=2, patience=2, steps=20, batch_size=32),
)
ON_DELISTING = with_provider(DELISTING)
IN_SPELLS = with_universe(Spells())
FIVE = replace(BASE, target=ForwardReturn(5, scaled=False))


def _in_features() -> dict[str, Leak]:
    special = {
        ahead.DividendAhead: with_provider(Paying()),
        ahead.SoonToJoin: IN_SPELLS,
        whole.TodaysMember: IN_SPELLS,
        whole.BarsToLive: ON_DELISTING,
    }
    found = {}
    for module in (ahead, whole, unstable):
        for kind in vars(module).values():
            if not isinstance(kind, type) or kind.__module__ != module.__name__:
                continue
            base, feature = special.get(kind, BASE), kind()
            changed = replace(base, features=(*base.features, feature))
            # What remembers or draws is left alone with its memory.
            alone = base is not BASE or module is unstable
            found[feature.name.replace("_", " ")] = Leak(
                changed, (FEATURE,), feature.name, None if alone else feature
            )
    return found


def _in(part: str, stage: Stage, module: object, **bases: Experiment) -> dict[str, Leak]:
    """One leak a class of a module that is no base of others: planted as that part."""
    found = {}
    for kind in vars(module).values():
        name = getattr(kind, "__name__", "")
        if isinstance(kind, type) and kind.__module__ == module.__name__:  # type: ignore[attr-defined]
            if name.startswith("_"):
                continue
            experiment = replace(bases.get(name, BASE), **{part: kind()})
            found[f"{part}: {name}"] = Leak(experiment, (stage,), name)
    return found


def _in_markets() -> dict[str, Leak]:
    providers = (
        markets.FillsBackwards(), markets.Interpolates(),
        markets.SurvivorsOnly(), markets.WithoutOutliers(), markets.StampedADayEarly(),
        markets.NeverTheSame(),
    )  # fmt: skip
    universes = (
        markets.CalmestOfAllTime(), markets.WinnersOfAllTime(), markets.StillThere(),
        markets.LiquidThisYear(), markets.TodaysMembers(),
    )  # fmt: skip
    interpolating = replace(BASE, prices=markets.InterpolatingSource(BASE.prices.provider))
    return {
        **{
            f"provider: {type(one).__name__}": Leak(with_provider(one), (DATA,))
            for one in providers
        },
        "source: InterpolatingSource": Leak(interpolating, (DATA,)),
        **{
            f"universe: {type(one).__name__}": Leak(
                with_universe(one, ON_DELISTING if one == markets.StillThere() else BASE),
                (UNIVERSE,),
                type(one).__name__,
            )
            for one in universes
        },
    }


def _in_experiments() -> dict[str, Leak]:
    before_the_model = (SCALER, FEATURE, PIPELINE)
    several = with_feature(Return(3))
    several = replace(
        several, features=(*several.features, RelativeStrength(5), Return(8), AbsoluteReturn(3))
    )
    made = {
        experiments.ScalesItsPanel: (BASE, (SCALER,)),
        experiments.ClipsItsPanel: (BASE, (SCALER,)),
        experiments.ScalesItsLabels: (BASE, (SCALER, TARGET)),
        experiments.PicksItsFeatures: (several, before_the_model),
        experiments.ADayEarly: (BASE, before_the_model),
        experiments.OutcomeTooEarly: (
            replace(BASE, model=LastValue()),
            (*before_the_model, TARGET),
        ),
        experiments.OnlyLabelledRows: (ON_DELISTING, before_the_model),
        experiments.Unpurged: (FIVE, (FOLD,)),
        experiments.UnpurgedPlan: (FIVE, (FOLD,)),
        experiments.SpanOfOne: (FIVE, (FOLD, TARGET)),
        experiments.ValidatesOnTest: (BASE, (FOLD,)),
        experiments.TrainsOnTest: (BASE, (FOLD,)),
        experiments.TrainsOnTheFuture: (BASE, (FOLD,)),
        experiments.FoldsByTheLow: (BASE, (FOLD,)),
        experiments.FillsAtOnce: (BASE, (FILL,)),
    }
    targets = (
        experiments.FiveForOne(), experiments.CalmedByTheFuture(), experiments.LessItsMean(),
        experiments.SmoothedBothWays(),
    )  # fmt: skip
    unvalidated = replace(
        BASE, target=targets[0], walk_forward=replace(BASE.walk_forward, validation=0)
    )
    return {
        **{
            f"experiment: {kind.__name__}": Leak(as_kind(kind, base), stages)
            for kind, (base, stages) in made.items()
        },
        **{
            f"target: {type(one).__name__}": Leak(
                replace(BASE, target=one), (TARGET,), type(one).__name__
            )
            for one in targets
        },
        "target: FiveForOne, no validation": Leak(unvalidated, (TARGET,), "FiveForOne"),
        "fill: same close": Leak(replace(BASE, execution=Execution.SAME_CLOSE), (FILL,)),
    }


LEAKS: dict[str, Leak] = {
    **_in_features(),
    **_in("strategy", STRATEGY, strategies, HoldsTodaysMembers=IN_SPELLS),
    **_in("model", MODEL, models),
    **_in("model", MODEL, answers),
    **_in_markets(),
    **_in_experiments(),
    **{
        one.name.replace("_", " "): Leak(with_feature(one), (FEATURE,), one.name, one)
        for one in outside.LEAKY_FEATURES
    },
    "strategy: StampedBets": Leak(
        replace(BASE, strategy=outside.StampedBets()), (STRATEGY,), "StampedBets"
    ),
    # By itself, a constant that rewrites the past leaks nothing: who reads levels makes it leak.
    "prices in units of the last, and their level read": Leak(
        with_provider(markets.InLastPrices(), with_feature(Level())), (DATA, FEATURE, PIPELINE)
    ),
    "a network reads tomorrow": Leak(
        with_feature(ahead.TomorrowsReturn(), model=NETWORK), (FEATURE,), "tomorrow"
    ),
}

GROUPS = groups(
    {name: leak.feature for name, leak in LEAKS.items() if leak.feature is not None}, together=7
)


def side_by_side(names: Iterable[str]) -> Experiment:
    """The honest experiment with the leaky features of several leaks."""
    return with_features(LEAKS[name].feature for name in names)


FIRST_RUN_THEN_AUDITED = (
    "fitted on first seen",
    "kept by symbols",
    "kept in itself",
    "strategy: RemembersVolatility",
    "model: RemembersLastFit",
)
"""Leaks whose memory is filled by a run in the same process, as in a notebook."""
