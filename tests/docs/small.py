"""The settings of a documented experiment, with as little training as there can be.

What a page shows is run as printed; only the files of settings on the desk say less. The same
keys stay there, so that every ``--set`` and ``--vary`` of a page finds what it names.
"""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TRAINING = {"epochs": 1, "steps": 20}
_PLAN = {"train": "2y", "validation": "6mo", "test": "1y"}
# Years that every symbol of the provider has.
_YEARS: dict[str, dict[str, datetime.date]] = {
    "sample": {"start": datetime.date(2010, 1, 4), "end": datetime.date(2014, 12, 31)},
    "yahoo": {"start": datetime.date(2021, 1, 4), "end": datetime.date(2025, 12, 31)},
}
FEW_SYMBOLS = ("AAPL", "KO", "XOM")


def smaller(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with one short fit a fold, and few folds; twice is as once."""
    small = dict(settings)
    model = small.get("model")
    if isinstance(model, dict) and str(model.get("target", "")).endswith("RecurrentForecaster"):
        params = dict(model.get("params") or {})
        network = {**(params.get("network") or {}), "hidden": 2}
        training = {**(params.get("training") or {}), **_TRAINING}
        lookback = min(int(params.get("lookback", 10)), 10)
        small["model"] = {
            **model,
            "params": {**params, "lookback": lookback, "network": network, "training": training},
        }
        small["members"] = 1
    if small.get("baselines"):
        small["baselines"] = small["baselines"][:1]
    plan = small.get("walk_forward")
    if isinstance(plan, dict) and all(isinstance(plan.get(name), str) for name in _PLAN):
        small["walk_forward"] = {**plan, **_PLAN}
    prices = small.get("prices")
    provider = prices.get("provider") if isinstance(prices, dict) else None
    if isinstance(provider, str) and provider in _YEARS:
        small["prices"] = {"symbols": list(FEW_SYMBOLS), **prices, **_YEARS[provider]}
    return small


def make_smaller(folder: Path) -> None:
    """Write every experiment in a folder anew, smaller."""
    for path in folder.rglob("*.yaml"):
        if "runs" in path.relative_to(folder).parts:
            continue
        text = path.read_text(encoding="utf-8")
        small = _written_smaller(text)
        if small != text:
            path.write_text(small, encoding="utf-8")


@cache  # asked before every command, of files that seldom change
def _written_smaller(text: str) -> str:
    settings = yaml.safe_load(text)
    if not isinstance(settings, dict) or not {"model", "strategy"} <= settings.keys():
        return text
    small = smaller(settings)
    return text if small == settings else str(yaml.safe_dump(small, sort_keys=False))
