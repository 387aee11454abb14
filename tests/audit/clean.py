"""Suspicious pipelines that leak nothing: each must be let through.

Most features are audited several to an experiment, as the leaky ones are (`GROUPS`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.clock import Execution
from lstmtrader.experiment import Experiment
from lstmtrader.features import ForwardReturn, ForwardVolatility, TripleBarrier
from lstmtrader.models import LastValue
from lstmtrader.walkforward.engine import Refit
from tests.audit import causal_features as features
from tests.audit import causal_memories as memories
from tests.audit import causal_models as models
from tests.audit import causal_strategies as strategies
from tests.audit import outside_numbers as outside
from tests.audit.ground import (
    BASE,
    DELISTING,
    Paying,
    Spells,
    SplitAdjusted,
    groups,
    with_feature,
    with_features,
    with_provider,
    with_universe,
)
from tests.audit.planted import NETWORK

IN_SPELLS = with_universe(Spells())


def _own(module: object) -> list[type]:
    """The public classes that a module declares."""
    return [
        kind
        for name, kind in vars(module).items()
        if isinstance(kind, type)
        and kind.__module__ == module.__name__  # type: ignore[attr-defined]
        and not name.startswith("_")
    ]


_SPECIAL = {
    features.RankAmongMembers: IN_SPELLS,
    memories.LastDividend: with_provider(Paying()),
    memories.SlowToWarm: with_provider(replace(DELISTING, holes=0)),
}
FEATURES: dict[str, Any] = {
    one.name.replace("_", " "): one
    for one in (
        *(kind() for kind in (*_own(features), *_own(memories))),
        *outside.CAUSAL_FEATURES,
    )
}


def _in_features() -> dict[str, Experiment]:
    bases = {name: _SPECIAL.get(type(one), BASE) for name, one in FEATURES.items()}
    return {
        name: replace(bases[name], features=(*bases[name].features, one))
        for name, one in FEATURES.items()
    }


def _settings() -> dict[str, Experiment]:
    walk = BASE.walk_forward
    members = with_feature(features.RankAmongMembers(), strategy=strategies.AmongMembers())
    return {
        "the honest experiment": BASE,
        "warm refit": replace(BASE, model=NETWORK, refit=Refit.WARM),
        "no refit": replace(BASE, refit=Refit.NONE),
        "expanding folds": replace(BASE, walk_forward=replace(walk, window="expanding")),
        "no validation": replace(BASE, walk_forward=replace(walk, validation=0)),
        "five bars, purged by itself": replace(BASE, target=ForwardReturn(5, scaled=False)),
        "five bars, purged by more": replace(
            BASE, target=ForwardReturn(5, scaled=False), walk_forward=replace(walk, purge=9)
        ),
        "embargo": replace(BASE, walk_forward=replace(walk, embargo=4)),
        "several members": replace(BASE, model=NETWORK, members=2),
        "next close": replace(BASE, execution=Execution.NEXT_CLOSE),
        "a late trade": replace(BASE, rebalancing=Rebalancing(delay=2)),
        "weekly trades": replace(BASE, rebalancing=Rebalancing("week")),
        "costs and limits": replace(
            BASE,
            costs=Costs(fees=0.001, slippage=0.0005),
            limits=Limits(per_name=0.2, turnover=0.5, participation=0.05),
        ),
        "dated members": replace(members, prices=IN_SPELLS.prices),
        "delisted symbols": with_provider(DELISTING),
        "dividends": with_provider(Paying()),
        "prices adjusted for a split": with_provider(SplitAdjusted()),
        "labels that end early": replace(
            BASE,
            target=TripleBarrier(4, volatility_window=20),
            model=LastValue(),
            strategy=strategies.SlowTurns(),
        ),
        "volatility ahead": replace(
            BASE, target=ForwardVolatility(5), strategy=strategies.Monthly()
        ),
        "the latest outcome": replace(BASE, model=LastValue()),
    }


CLEAN: dict[str, Experiment] = {
    **_settings(),
    **_in_features(),
    **{
        f"strategy: {kind.__name__}": replace(
            IN_SPELLS if kind is strategies.AmongMembers else BASE, strategy=kind()
        )
        for kind in _own(strategies)
    },
    "strategy: PublishedBets": replace(BASE, strategy=outside.PublishedBets()),
    **{f"model: {kind.__name__}": replace(BASE, model=kind()) for kind in _own(models)},
}

# One that reads the level of prices is alone: beside it, others would not be asked whether the
# panel depends on that.
GROUPS = groups(
    {
        name: feature
        for name, feature in FEATURES.items()
        if type(feature) not in (*_SPECIAL, features.Level)
    },
    together=8,
)


def side_by_side(names: Iterable[str]) -> Experiment:
    """The honest experiment with several suspicious features."""
    return with_features(FEATURES[name] for name in names)
