"""From axes of settings to variants of a study that share its forecasts."""

from __future__ import annotations

import itertools
import json
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lstmtrader.config.building import Aliases, build_value
from lstmtrader.config.reading import override
from lstmtrader.errors import ConfigError
from lstmtrader.study import Study

SECTIONS = ("strategy", "costs", "limits", "sizing", "rebalancing")
"""Settings that change no forecast."""

MOST_VARIANTS = 100_000


@dataclass(frozen=True, eq=False)
class Variant:
    """One point of the grid.

    Parameters
    ----------
    settings : mapping of str to object
        The value of each axis.
    study : Study
        The study with these settings.
    """

    settings: Mapping[str, Any]
    study: Study


def check_apart(keys: Sequence[str]) -> None:
    """Refuse axes of which one sets what another sets, too.

    Raises
    ------
    ConfigError
        If a key is given twice, or lies inside another one.
    """
    for first, second in itertools.combinations(keys, 2):
        outer, inner = sorted((first, second), key=lambda key: key.count("."))
        outer_parts, inner_parts = outer.strip().split("."), inner.strip().split(".")
        if outer_parts == inner_parts:
            raise ConfigError(f"{outer.strip()}: an axis that is given twice")
        if outer_parts == inner_parts[: len(outer_parts)]:
            raise ConfigError(f"{inner.strip()}: an axis that lies inside the axis {outer.strip()}")


def vary(
    study: Study, axes: Mapping[str, Sequence[Any]], aliases: Aliases | None = None
) -> list[Variant]:
    """Return the variants of a study over all combinations of the axes, last axis fastest.

    Parameters
    ----------
    study : Study
    axes : mapping of str to sequence
        Values by key, such as ``"strategy.params.top": [0.1, 0.2]``.
    aliases : mapping, optional
        Short names for dotted paths.

    Raises
    ------
    ConfigError
        If a key is unknown or changes the forecasts, two axes set the same thing, a value is none
        for it, or there are too many variants.
    """
    check_apart(list(axes))
    for key, values in axes.items():
        if key.split(".")[0] not in SECTIONS:
            raise ConfigError(
                f"{key}: a sweep varies {', '.join(SECTIONS)}; what changes the forecasts is an "
                "experiment of its own"
            )
        if isinstance(values, str) or not isinstance(values, Sequence) or not values:
            raise ConfigError(f"{key}: expected a list of at least one value; got {values!r}")
    total = 1
    for values in axes.values():
        total *= len(values)
    if total > MOST_VARIANTS:
        raise ConfigError(f"sweep: {total} variants are more than {MOST_VARIANTS}")
    hints, config = typing.get_type_hints(type(study)), study.config
    made: dict[str, Any] = {}
    variants = []
    for values in itertools.product(*axes.values()):
        settings = dict(zip(axes, values, strict=True))
        given = override(config, [f"{key}={json.dumps(one)}" for key, one in settings.items()])
        parts = {}
        for section in {key.split(".")[0] for key in axes}:
            # Equal settings make one object: whoever trades it decides only once.
            identity = section + json.dumps(given[section], sort_keys=True)
            if identity not in made:
                made[identity] = build_value(given[section], hints[section], section, aliases or {})
            parts[section] = made[identity]
        variants.append(Variant(settings, replace(study, **parts)))
    return variants
