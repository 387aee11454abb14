"""The forecasts of the baselines, fold by fold as the model's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import Forecaster
from lstmtrader.panel import LabelledPanel
from lstmtrader.progress import Progress, silent
from lstmtrader.splits import Fold
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.engine import walk_forward
from lstmtrader.walkforward.executor import Executor

_MOST_NOTES = 20


def forecast_baselines(
    labelled: LabelledPanel,
    folds: Sequence[Fold],
    baselines: Sequence[Forecaster],
    target: ForecastKind,
    *,
    seed: int = 0,
    executor: Executor | None = None,
    cache_of: Callable[[Forecaster], FitCache | None] = lambda _: None,
    progress: Progress = silent,
) -> tuple[dict[str, Forecast], dict[str, str]]:
    """Walk every baseline forward over the same folds; see `walk_forward`.

    Returns
    -------
    forecasts : dict of str to Forecast
        By the name of the class, such as ``last_value``; a second one of a class gets a number.
    notes : dict of str to str
        What the fits had to say, for the facts of a run.
    """
    named: dict[str, Forecast] = {}
    facts: dict[str, str] = {}
    for baseline in baselines:
        answers = list(
            walk_forward(
                labelled, folds, baseline, target,
                seed=seed, executor=executor, cache=cache_of(baseline), progress=progress,
            )
        )  # fmt: skip
        name = snake_case(type(baseline).__name__)
        taken = {*named, "model", "buy_and_hold"}
        name = name if name not in taken else f"{name}_{len(named)}"
        named[name] = Forecast.concat([one.forecast for one in answers])
        notes = Counter(note for one in answers for note in one.records[0].notes)
        told = [f"{note} ({count} of {len(folds)} folds)" for note, count in notes.items()]
        if len(told) > _MOST_NOTES:
            told = [*told[:_MOST_NOTES], f"and {len(told) - _MOST_NOTES} more"]
        if told:
            facts[f"Baseline {name}"] = "; ".join(told)
    return named, facts


def snake_case(name: str) -> str:
    """Turn ``LastValue`` into ``last_value``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
