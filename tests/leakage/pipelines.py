"""Small whole pipelines, prices with a changed future, and the comparison that finds leaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from lstmtrader.backtest.engine import trade
from lstmtrader.clock import Execution
from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.experiment import Experiment
from lstmtrader.features import (
    AbsoluteReturn,
    BeatMedian,
    CrossSectionRank,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
    MacdMomentum,
    RealisedVolatility,
    RelativeStrength,
    Return,
    ScaledReturn,
)
from lstmtrader.forecast import Forecast
from lstmtrader.models.training.forecaster import RecurrentForecaster
from lstmtrader.models.training.objectives import named_objective
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.pipeline import Fits, forecast_study
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import WalkForward
from lstmtrader.strategy import decide
from lstmtrader.walkforward.engine import Refit
from lstmtrader.walkforward.local import LocalExecutor
from strategies.direct_positions import DirectPositions
from strategies.rank_long_short import RankLongShort
from strategies.volatility_target import VolatilityTarget

MARKET = SyntheticProvider(
    n_symbols=6, n_bars=320, seed=6, autocorrelation=0.2, clustering=0.9, listed_late=1, holes=3
)


@dataclass(frozen=True)
class ChangedAfter:
    """The prices of another provider, changed on every bar after one position.

    Parameters
    ----------
    market : PriceProvider
    after : int
        Position of the last bar that stays as it is.
    how : str
        ``mild``, ``jump``, ``crash``, ``shuffle``, ``missing`` or ``truncate``.
    """

    market: PriceProvider
    after: int
    how: str

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        prices = self.market.fetch(request)
        cut = self.after + 1
        names = ("close", "open", "high", "low")
        if self.how == "truncate":
            tables = {name: getattr(prices, name).iloc[:cut] for name in (*names, "volume")}
            return replace(prices, **tables)
        rng = np.random.default_rng(self.after)
        shape = (prices.n_bars - cut, len(prices.symbols))
        order = rng.permutation(shape[0])
        mild = np.exp(rng.normal(0, 0.001, shape))
        missing = np.where(rng.random(shape) < 0.01, np.nan, 1.0)
        missing[:1, ::2] = np.nan  # some, however few bars there are
        factor = {
            "mild": mild,
            "jump": np.full(shape, 1e4),
            "crash": np.full(shape, 1e-4),
            "shuffle": np.ones(shape),
            "missing": missing,
        }[self.how]
        tables = {}
        for name in names:
            values = getattr(prices, name).to_numpy(copy=True)
            future = values[cut:]
            values[cut:] = (future[order] if self.how == "shuffle" else future) * factor
            tables[name] = pd.DataFrame(values, index=prices.index, columns=prices.symbols)
        changed = replace(prices, **tables)
        alone = self.how == "shuffle" and shape[0] == 1
        assert alone or not changed.close.equals(prices.close), "nothing was changed"
        return changed


def _experiment(name: str, **parts: object) -> Experiment:
    return Experiment(
        name=name,
        prices=PriceSource(MARKET),
        walk_forward=WalkForward(train=140, validation=40, test=60),
        seed=3,
        **parts,  # type: ignore[arg-type]
    )


def _network(loss: str, cell: str = "lstm") -> RecurrentForecaster:
    return RecurrentForecaster(
        lookback=10,
        network=Network(cell, hidden=4),
        loss=named_objective(loss),
        training=Training(epochs=3, patience=2, steps=20, batch_size=24, learning_rate=1e-2),
    )


EXPERIMENTS = {
    "positions": _experiment(
        "positions",
        features=(ScaledReturn(1, 20), RelativeStrength(14), MacdMomentum(2, 4, 10, 10)),
        target=ForwardReturn(1, scaled=True, volatility_window=20),
        execution=Execution.NEXT_CLOSE,
        model=_network("sharpe"),
        members=2,
        strategy=DirectPositions(window=20),
    ),
    "ranks": _experiment(
        "ranks",
        features=(CrossSectionRank(ScaledReturn(5, 20)), RealisedVolatility(15)),
        target=ForwardRank(5),
        execution=Execution.NEXT_OPEN,
        model=_network("mse"),
        strategy=RankLongShort(0.34),
    ),
    "volatility": _experiment(
        "volatility",
        features=(AbsoluteReturn(1), AbsoluteReturn(5)),
        target=ForwardVolatility(3),
        execution=Execution.NEXT_OPEN,
        model=_network("huber"),
        strategy=VolatilityTarget(),
    ),
    # Each fit starts from the weights of the one before it.
    "warm": _experiment(
        "warm",
        features=(Return(1), AbsoluteReturn(5)),
        target=BeatMedian(2),
        execution=Execution.NEXT_CLOSE,
        model=_network("bce", "gru"),
        refit=Refit.WARM,
        strategy=RankLongShort(count=1),
    ),
}


@dataclass(frozen=True, eq=False)
class Decided:
    """What a run decides: forecasts, and weights inside the limits; and what came of it."""

    forecast: Forecast
    weights: pd.DataFrame
    test_starts: tuple[pd.Timestamp, ...]
    outcome: np.ndarray
    returns: pd.Series


def decide_all(experiment: Experiment) -> Decided:
    """Do what a run does up to its account; what comes after that judges and decides nothing."""
    with LocalExecutor(1) as executor:
        found = forecast_study(experiment, Fits(executor))
    wanted = decide(experiment.strategy, found.forecast, found.prices)
    account = trade(found.prices, wanted, experiment.terms)
    tested = found.labelled.panel.index.get_indexer(found.forecast.index)
    return Decided(
        found.forecast,
        account.targets,
        tuple(one.forecast.index[0] for one in found.by_fold),
        found.labelled.target.T[tested],
        account.returns,
    )


@cache
def unchanged(experiment: Experiment) -> Decided:
    """What is decided on the prices as they are."""
    return decide_all(experiment)


def largest_move(experiment: Experiment, after: int, how: str) -> float:
    """Return by how much forecasts and weights at or before bar `after` move.

    The future of the prices is changed, everything is decided again, and every row up to `after` is
    compared: 0.0 means bit for bit the same; appearing or vanishing numbers count as infinite.
    """
    before = unchanged(experiment)
    changed = replace(
        experiment, prices=PriceSource(ChangedAfter(experiment.prices.provider, after, how))
    )
    after_change = decide_all(changed)
    last = experiment.prices.fetch().index[after]
    moves = [
        _move(one.members[:, one.index <= last], other.members[:, other.index <= last])
        for one, other in [(before.forecast, after_change.forecast)]
    ]
    moves.append(_move(before.weights.loc[:last], after_change.weights.loc[:last]))
    return max(moves)


def _move(one: np.ndarray, other: np.ndarray) -> float:
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if one.shape != other.shape or one.size == 0:
        return np.inf
    if (np.isnan(one) != np.isnan(other)).any():
        return np.inf
    return float(np.nanmax(np.abs(one - other), initial=0.0))


def telling_bars(experiment: Experiment) -> list[int]:
    """Positions at which a leak would show: first decision, fold borders, inside, last but one."""
    prices = experiment.prices.fetch()
    folds = experiment.folds(prices)
    first, second = folds[0].test, folds[1].test
    return [first.start, second.start - 1, second.start, second.start + 17, prices.n_bars - 2]
