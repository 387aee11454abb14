"""What it costs a network not to know a feature: permutation inside the test folds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lstmtrader.evaluation.skill.kinds import COMPARED_OVER_TIME
from lstmtrader.evaluation.skill.table import (
    correlation,
    mean_of,
    mean_squared_error,
    rank_correlation_by_bar,
)
from lstmtrader.forecast import ForecastKind
from lstmtrader.models.training.forecaster import FittedNetwork
from lstmtrader.panel import Float32, Mask, Panel

_REPEATS = 3
_WITHOUT_SIGN = frozenset({ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY})


@dataclass(frozen=True, eq=False)
class Examined:
    """One fold's network, and the questions it was asked.

    Parameters
    ----------
    number : int
        Of the fold; the permutations follow from it.
    model : FittedNetwork
    context : Panel
        Test bars and the bars of context before them.
    outcome : float32 array of shape (n_symbols, n_test)
        What came; NaN where it is not known.
    """

    number: int
    model: FittedNetwork
    context: Panel
    outcome: Float32

    def said(self, values: Float32) -> np.ndarray:
        """Forecasts for other values of the features, shape (n_test, n_symbols)."""
        context = self.context
        forecast = self.model.predict(replace(context, values=values))
        asked = forecast.where(np.ascontiguousarray(context.member.T))
        members: np.ndarray = asked.last(self.outcome.shape[1]).members[0]
        return members


def measure_of(kind: ForecastKind) -> str:
    """Name what a permutation is charged with."""
    if kind in _WITHOUT_SIGN:
        return "increase of the squared error, % of it"
    return "loss of IC"


def permutation_importance(examined: Iterable[Examined], seed: int = 0) -> pd.DataFrame:
    """Permute each feature inside each test fold, and measure what that costs.

    The whole path of the feature is taken from another symbol (where there is one) and turned
    round in time, by the same number of bars for all symbols: its own memory and its spread
    across symbols stay as they are; what it says about this symbol and this bar is gone. Bars
    are never mixed one by one, which would show the network paths that no market makes.

    Parameters
    ----------
    examined : iterable of Examined
        One a fold.
    seed : int
        The permutations follow from it, the fold and the position of the feature.

    Returns
    -------
    DataFrame
        One row a feature, the largest first: ``mean`` and ``deviation`` (ddof 0) over folds of
        the average of 3 permutations, and ``measure``: for forecasts of volatility the increase
        of the squared error in percent of it, for all others the fall of the information
        coefficient. NaN where no fold has an outcome.

    References
    ----------
    Breiman, L. (2001). Random Forests. Machine Learning, 45(1), 5-32.
    Fisher, A., Rudin, C. and Dominici, F. (2019). All Models are Wrong, but Many are Useful.
    Journal of Machine Learning Research, 20(177), 1-81.
    """
    costs: list[list[float]] = []
    features: tuple[str, ...] = ()
    kind = ForecastKind.RETURN
    for one in examined:
        features, kind = one.context.features, one.model.kind
        outcome = one.outcome.T
        usual = _error(one.said(one.context.values), outcome, kind)
        row = []
        for number in range(len(features)):
            errors = []
            for repeat in range(_REPEATS):
                rng = np.random.default_rng([seed, one.number, number, repeat])
                values = one.context.values.copy()
                values[:, :, number] = permuted(
                    values[:, :, number], one.context.valid, one.model.settings.lookback, rng
                )
                errors.append(_error(one.said(values), outcome, kind))
            increase = float(np.mean(errors)) - usual
            row.append(100 * increase / usual if kind in _WITHOUT_SIGN else increase)
        costs.append(row)
    table = np.array(costs, dtype=np.float64).reshape(len(costs), len(features))
    known = table[~np.isnan(table).any(axis=1)]
    blank = np.full(len(features), np.nan)
    found = pd.DataFrame(
        {
            "mean": known.mean(axis=0) if len(known) else blank,
            "deviation": known.std(axis=0) if len(known) else blank,
            "measure": measure_of(kind),
        },
        index=pd.Index(features, name="feature"),
    )
    return found.sort_values("mean", ascending=False, kind="stable")


def permuted(values: Float32, valid: Mask, lookback: int, rng: np.random.Generator) -> Float32:
    """Give every symbol another's path, turned round in time.

    Parameters
    ----------
    values : float32 array of shape (n_symbols, n_bars)
    valid : bool array of the same shape
        Other values are neither read nor written.
    lookback : int
        The turn is at least so many bars, where there are twice as many.
    rng : Generator
    """
    n_bars = values.shape[1]
    alive = np.flatnonzero(valid.any(axis=1))
    least = lookback if n_bars > 2 * lookback else 1
    turn = int(rng.integers(least, max(n_bars - least, least) + 1))
    further = int(rng.integers(1, len(alive))) if len(alive) > 1 else 0
    mixed = values.copy()
    for taker, giver in zip(alive, np.roll(alive, further), strict=True):
        path = np.roll(values[giver, valid[giver]], turn)
        # A shorter path is read again from its start.
        mixed[taker, valid[taker]] = np.resize(path, int(valid[taker].sum()))
    return mixed


def _error(said: np.ndarray, outcome: np.ndarray, kind: ForecastKind) -> float:
    if kind in _WITHOUT_SIGN:
        return mean_squared_error(said, outcome)
    if kind in COMPARED_OVER_TIME:
        ic = correlation(said, outcome)
    else:
        ic = mean_of(rank_correlation_by_bar(said, outcome))
    return -ic
