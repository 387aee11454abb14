"""The settings of a documented experiment, with as little training as there can be.

What a page shows is run as printed; only the files of settings on the desk say less. The same
keys stay there, so that every ``--set`` and ``--vary`` of a page finds what it names.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

_TRAINING = {"epochs": 1, "steps": 20}
_PLAN = {"train": "2y", "validation": "1y", "test": "2y"}
_FIRST_DAY = datetime.date(2011, 1, 3)
_FEW_SYMBOLS = ["AAPL", "KO", "XOM"]


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
    plan = small.get("walk_forward")
    if isinstance(plan, dict) and all(isinstance(plan.get(name), str) for name in _PLAN):
        small["walk_forward"] = {**plan, **_PLAN}
    prices = small.get("prices")
    if isinstance(prices, dict) and prices.get("provider") in ("sample", "yahoo"):
        small["prices"] = {**prices, "start": _FIRST_DAY}
        if prices["provider"] == "sample" and not prices.get("symbols"):
            small["prices"]["symbols"] = _FEW_SYMBOLS
    return small


def make_smaller(folder: Path) -> None:
    """Write every experiment in a folder anew, smaller."""
    for path in folder.rglob("*.yaml"):
        if "runs" in path.relative_to(folder).parts:
            continue
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(settings, dict) or not {"model", "strategy"} <= settings.keys():
            continue
        small = smaller(settings)
        if small != settings:
            path.write_text(yaml.safe_dump(small, sort_keys=False), encoding="utf-8")
