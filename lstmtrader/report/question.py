"""An experiment in words: every setting on a line, for people who read it in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmtrader.display.tables import block, table
from lstmtrader.study import Study

_FEW = 3
_LINES = (
    ("Features", "features"),
    ("Target", "target"),
    ("Model", "model"),
    ("Baselines", "baselines"),
    ("Strategy", "strategy"),
    ("Costs", "costs"),
    ("Limits", "limits"),
    ("Sizing", "sizing"),
    ("Rebalancing", "rebalancing"),
)


def question_card(study: Study) -> str:
    """Return a study as a little HTML: what is asked, of which prices, and on which terms."""
    config, plan = study.config, study.plan
    said = {title: spelled(config[key]) for title, key in _LINES}
    folds = (
        f"{plan.window}; train {plan.train}, validation {plan.validation}, test {plan.test}; "
        f"purge {plan.purge} and embargo {plan.embargo} bars at each border"
    )
    members = f"{study.members} member{'' if study.members == 1 else 's'} a fold"
    rows = [
        ("Prices", spelled(config["prices"])),
        *((title, said[title]) for title in ("Features", "Target")),
        ("Walk-forward", folds),
        ("Model", said["Model"]),
        ("Training", f"{members}, base seed {study.seed}, refit {study.refit}"),
        ("Baselines", said["Baselines"]),
        ("Strategy", said["Strategy"]),
        ("Fills", str(study.execution)),
        *((title, said[title]) for title in ("Costs", "Limits", "Sizing", "Rebalancing")),
        ("Buy & hold", study.benchmark or "all symbols, in equal parts"),
        ("Capital", f"{study.capital:,.0f}"),
    ]
    return block(
        f"Experiment {study.name}", table(rows, text=2), remark=f"{study.config_hash[:12]}"
    )


def question_text(study: Study) -> str:
    """Return a study in three lines."""
    names = [feature.name for feature in study.features]
    features = ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if names[_FEW:] else "")
    source = study.prices
    which = f"{len(source.symbols)} symbols" if source.symbols else "all symbols"
    return (
        f"Experiment {study.name}: {type(study.model).__name__} on {features}\n"
        f"prices of {type(source.provider).__name__}, {which}; traded by "
        f"{type(study.strategy).__name__}, {study.execution} fills"
    )


def spelled(settings: Any) -> str:
    """Spell plain settings as a person would: ``Ewma(halflife=10)``, lists with commas."""
    if isinstance(settings, Mapping):
        if "target" in settings and set(settings) <= {"target", "params"}:
            name = str(settings["target"]).partition(":")[2]
            return f"{name}({_pairs(settings.get('params') or {})})"
        return _pairs(settings) or "nothing"
    if isinstance(settings, list | tuple):
        return ", ".join(spelled(one) for one in settings) or "none"
    return str(settings)


def _pairs(settings: Mapping[str, Any]) -> str:
    told = {key: value for key, value in settings.items() if value not in (None, {}, [])}
    return ", ".join(
        f"{key}=({spelled(value)})" if _is_plain(value) else f"{key}={spelled(value)}"
        for key, value in told.items()
    )


def _is_plain(value: Any) -> bool:
    """Whether it is a group of settings without a name of its own."""
    return isinstance(value, Mapping) and "target" not in value
