"""Law 6, networks: every cell with every head trains, learns a signal, and sees no future."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from lstmtrader.clock import Execution
from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.sample import SampleProvider
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, HistoryError, NonFiniteLossError
from lstmtrader.evaluation.skill.table import correlation
from lstmtrader.features import (
    AbsoluteReturn,
    Direction,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
    Return,
    ScaledReturn,
    TripleBarrier,
)
from lstmtrader.features.assemble import build_panel
from lstmtrader.features.feature import Target
from lstmtrader.forecast import Forecast
from lstmtrader.models import HistoricalMean
from lstmtrader.models.forecaster import Forecaster
from lstmtrader.models.recurrent import CELLS
from lstmtrader.models.training.forecaster import RecurrentForecaster
from lstmtrader.models.training.objectives import OBJECTIVES, named_objective
from lstmtrader.models.training.objectives.trading import Sharpe
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import silent
from lstmtrader.splits import Fold, WalkForward
from lstmtrader.walkforward.engine import walk_forward
from lstmtrader.walkforward.job import Job, Workload, carry_out

LOOKBACK = 6
TARGETS: dict[str, Target] = {
    "mse": ForwardReturn(volatility_window=20),
    "mae": ForwardReturn(volatility_window=20),
    "huber": ForwardReturn(scaled=False),
    "quantile": ForwardReturn(volatility_window=20),
    "gaussian": ForwardVolatility(3),
    "student_t": ForwardReturn(volatility_window=20),
    "bce": Direction(),
    "direction": TripleBarrier(3, upper=1.0, lower=1.0, volatility_window=20),
    "ic": ForwardRank(),
    "sharpe": ForwardReturn(volatility_window=20),
}
# Written out, so that a new cell or head has to be added here: see the first test.
CELL_NAMES = ("rnn", "lstm", "gru", "bilstm", "peephole", "attention", "window_mlp")
each_cell = pytest.mark.parametrize("cell", CELL_NAMES)


def together(loss: str) -> pytest.MarkDecorator:
    """Tests that share what was learnt by a loss run in one process, where it is kept."""
    return pytest.mark.xdist_group(f"networks with {loss}")


each_loss = pytest.mark.parametrize(
    "loss", [pytest.param(loss, marks=together(loss)) for loss in TARGETS]
)


@dataclass(frozen=True, eq=False)
class Market:
    """Prices, how they are cut, and the panels made of them."""

    prices: PriceFrame
    folds: tuple[Fold, ...]

    @cache  # noqa: B019 (as long as the suite itself)
    def panel(self, loss: str) -> LabelledPanel:
        features = (Return(1), ScaledReturn(1, 20), AbsoluteReturn(1), AbsoluteReturn(5))
        return build_panel(self.prices, features, TARGETS[loss], Execution.NEXT_CLOSE)


def folds_of(n_bars: int, train: int, test: int, count: int) -> tuple[Fold, ...]:
    plan = WalkForward(train=train, validation=60, test=test, purge=4)
    return tuple(plan.split(n_bars, start=30))[:count]


@cache
def sample() -> Market:
    """Real closes: five stocks, some three years."""
    request = PriceRequest(symbols=("AAPL", "GE", "JPM", "KO", "XOM"))
    prices = SampleProvider().fetch(request).bars(1000, 1420)
    return Market(prices, folds_of(prices.n_bars, 180, 70, 2))


@cache
def signal() -> Market:
    """Returns that repeat half of themselves a bar later, in calm and in stormy times.

    One fold: refits are looked at on real prices, and what is learnt shows on many bars.
    """
    prices = SyntheticProvider(
        n_symbols=8, n_bars=820, seed=4, autocorrelation=0.8, clustering=0.95
    ).fetch()
    return Market(prices, folds_of(prices.n_bars, 440, 260, 1))


def network(cell: str, loss: str, epochs: int = 1, **training: object) -> RecurrentForecaster:
    mode = "dense" if CELLS[cell].causal else "window"
    # A head from random weights: all that is learnt is learnt by gradients.
    # Many short chunks: as many labels a gradient as in few long ones, and fewer steps in a row.
    settings = {"mode": mode, "epochs": epochs, "steps": 8, "learning_rate": 3e-2}
    settings |= {"head_start": "random", "average": 0.8}
    settings["batch_size"] = 48 if mode == "dense" else 384
    if named_objective(loss).across_symbols:
        settings["batch_size"] = 6 if mode == "dense" else 48
    return RecurrentForecaster(
        lookback=LOOKBACK,
        network=Network(cell, hidden=8, dropout=0.0),
        loss=named_objective(loss),
        training=Training(**{**settings, **training}),  # type: ignore[arg-type]
    )


def forecasts(market: Market, panel: LabelledPanel, forecaster: Forecaster, loss: str) -> Forecast:
    made = walk_forward(panel, market.folds, forecaster, TARGETS[loss].kind, seed=2)
    return Forecast.concat([one.forecast for one in made])


def said(forecast: Forecast, bars: slice) -> dict[str, bytes]:
    arrays = {"mean": forecast.members, **forecast.details}
    return {name: array[:, bars].tobytes() for name, array in arrays.items()}


def test_every_shipped_cell_and_head_is_in_the_suite() -> None:
    assert set(CELL_NAMES) == set(CELLS)
    assert set(TARGETS) == set(OBJECTIVES)


@each_cell
@each_loss
def test_two_folds_of_real_prices_and_no_look_at_the_future(cell: str, loss: str) -> None:
    """Later prices, violently changed, move no bit of an earlier forecast, refits included."""
    market = sample()
    forecaster = network(cell, loss)
    before = forecasts(market, market.panel(loss), forecaster, loss)
    answered = ~np.isnan(before.members)
    assert answered.all(), "five unbroken histories: a forecast for every bar"
    assert np.std(before.members) > 0

    t = market.folds[1].test[20]  # inside the second fold: everything it was fitted on is kept
    later = np.arange(market.prices.n_bars) > t
    shock = np.random.default_rng(0).choice([1e-4, 0.5, 3.0, 1e4], market.prices.close.shape)
    close = market.prices.close.copy()
    close.loc[later] *= shock[later]
    changed = replace(market, prices=PriceFrame(close=close, calendar=market.prices.calendar))
    after = forecasts(changed, changed.panel(loss), forecaster, loss)
    known = slice(0, len(market.folds[0].test) + 21)
    assert said(before, known) == said(after, known)
    unknown = slice(known.stop, None)
    assert said(before, unknown) != said(after, unknown), "the later prices were looked at later"


@cache
def learnt(cell: str, loss: str) -> tuple[Forecast, np.ndarray]:
    """Forecasts on the market with a signal, and what came of them."""
    market = signal()
    panel = market.panel(loss)
    forecast = forecasts(market, panel, network(cell, loss, epochs=5, patience=5), loss)
    rows = panel.panel.index.get_indexer(forecast.index)
    return forecast, panel.target.T[rows]


@cache
def by_the_mean(loss: str) -> np.ndarray:
    """What the mean of the past forecasts on the market with a signal."""
    market = signal()
    naive = forecasts(market, market.panel(loss), HistoricalMean(), loss)
    return naive.mean.to_numpy()


@each_cell
@each_loss
def test_it_learns_a_signal_better_than_the_mean(cell: str, loss: str) -> None:
    forecast, outcome = learnt(cell, loss)
    mean = forecast.mean.to_numpy()
    market = signal()
    idle = network(cell, loss, epochs=1, learning_rate=1e-12, weight_decay=0.0, batch_size=10_000)
    untrained = forecasts(market, market.panel(loss), idle, loss).mean.to_numpy()
    assert correlation(mean, outcome) > 0.3
    assert correlation(mean, outcome) > correlation(untrained, outcome) + 0.02
    if forecast.kind is TARGETS[loss].kind and loss != "direction":
        # In the same unit as the outcome: the errors are smaller than those of the mean.
        both = ~np.isnan(outcome)
        error, reference = (mean - outcome)[both], (by_the_mean(loss) - outcome)[both]
        assert error @ error < 0.95 * (reference @ reference)


@together("quantile")
@each_cell
def test_quantiles_do_not_cross_and_cover_what_they_say(cell: str) -> None:
    forecast, outcome = learnt(cell, "quantile")
    assert forecast.levels == (0.1, 0.25, 0.5, 0.75, 0.9)
    quantiles = np.stack([forecast.quantile(level).to_numpy() for level in forecast.levels])
    assert (np.diff(quantiles, axis=0) > 0).all()
    assert np.array_equal(forecast.quantile(0.5), forecast.mean)
    both = ~np.isnan(outcome)
    for level, quantile in zip(forecast.levels, quantiles, strict=True):
        assert (outcome[both] < quantile[both]).mean() == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize(
    "loss", [pytest.param(loss, marks=together(loss)) for loss in ("gaussian", "student_t")]
)
@each_cell
def test_the_scale_is_that_of_the_errors(cell: str, loss: str) -> None:
    forecast, outcome = learnt(cell, loss)
    both = ~np.isnan(outcome)
    standardised = ((outcome - forecast.mean) / forecast.scale).to_numpy()[both]
    assert 0.7 < standardised.std() < 1.4


@together("direction")
@each_cell
def test_three_classes_are_a_distribution(cell: str) -> None:
    forecast, _ = learnt(cell, "direction")
    down, flat, up = (forecast.detail(f"probability_{side}") for side in ("down", "flat", "up"))
    np.testing.assert_allclose((down + flat + up).to_numpy(), 1.0, atol=1e-5)
    np.testing.assert_allclose((up - down).to_numpy(), forecast.mean.to_numpy(), atol=1e-6)


@each_cell
def test_what_is_not_causal_refuses_dense_training(cell: str) -> None:
    if CELLS[cell].causal:
        assert RecurrentForecaster(network=Network(cell)).training.mode == "dense"
        return
    with pytest.raises(ConfigError, match=f"{cell} is not causal .* set training.mode to window"):
        RecurrentForecaster(network=Network(cell), training=Training("dense"))


@together("mse")
def test_dense_and_window_training_agree_out_of_sample() -> None:
    """The same network, trained either way on the same labels, says nearly the same."""
    market = signal()
    panel = market.panel("mse")
    dense, _ = learnt("lstm", "mse")
    forecaster = network("lstm", "mse", epochs=5, mode="window", batch_size=384)
    window = forecasts(market, panel, forecaster, "mse")
    rows = panel.panel.index.get_indexer(dense.index)
    outcome = panel.target.T[rows]
    assert correlation(dense.mean.to_numpy(), window.mean.to_numpy()) > 0.95
    both = ~np.isnan(outcome)
    errors = [float(np.mean((one.mean.to_numpy() - outcome)[both] ** 2)) for one in (dense, window)]
    assert errors[0] < 1.05 * errors[1]


@pytest.mark.parametrize("cell", [name for name in CELL_NAMES if CELLS[name].causal])
def test_dense_and_window_inference_agree_where_the_context_is_the_same(cell: str) -> None:
    """The first forecast of a stream has read its own window and nothing else."""
    market = signal()
    panel, fold = market.panel("mse"), market.folds[0]
    workload = Workload(panel, network(cell, "mse"), TARGETS["mse"].kind)
    ((_, outcome),) = carry_out(workload, [Job(fold, 0, 1, (fold,))], silent)
    assert outcome.state is not None
    dense = workload.forecaster
    assert isinstance(dense, RecurrentForecaster)
    window = replace(dense, training=replace(dense.training, mode="window"))
    stream, single = (
        forecaster.restore(outcome.state, workload.target, outcome.record)
        for forecaster in (dense, window)
    )
    for start in range(fold.test.start, fold.test.stop, 7):
        context = panel.panel.bars(start, start + LOOKBACK)
        one, other = (model.predict(context).members[0, -1] for model in (stream, single))
        assert np.isfinite(one).all()
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "plateau"])
def test_every_optimiser_and_schedule_learns(optimiser: str, schedule: str) -> None:
    market = signal()
    panel = market.panel("mse")
    forecaster = network(
        "lstm", "mse", 5, optimiser=optimiser, schedule=schedule, warmup=10, halflife=200.0
    )
    forecast = forecasts(market, panel, forecaster, "mse")
    rows = panel.panel.index.get_indexer(forecast.index)
    assert correlation(forecast.mean.to_numpy(), panel.target.T[rows]) > 0.3


@together("mse")
def test_a_network_without_training_learns_nothing() -> None:
    """What the tests above demand is not there before the first gradient."""
    market = signal()
    idle = network("lstm", "mse", 1, learning_rate=1e-12, weight_decay=0.0)
    forecast = forecasts(market, market.panel("mse"), idle, "mse")
    rows = market.panel("mse").panel.index.get_indexer(forecast.index)
    mean, outcome = forecast.mean.to_numpy(), market.panel("mse").target.T[rows]
    both = ~np.isnan(outcome)
    error, reference = (mean - outcome)[both], (by_the_mean("mse") - outcome)[both]
    assert error @ error > reference @ reference


def test_positions_of_single_windows_cannot_be_charged_for_turnover() -> None:
    with pytest.raises(ConfigError, match="turnover_cost needs training"):
        RecurrentForecaster(loss=Sharpe(0.01), training=Training("window"))


def test_a_comparison_of_symbols_needs_three() -> None:
    market = sample()
    panel = market.panel("ic")
    cut = replace(panel, panel=replace(panel.panel, valid=panel.panel.valid.copy()))
    cut.panel.valid[2:] = False
    with pytest.raises(HistoryError, match="expected at least 3 with whole windows, got 2"):
        list(walk_forward(cut, market.folds, network("lstm", "ic"), TARGETS["ic"].kind))


def test_a_loss_that_is_not_finite_names_fold_member_epoch_and_feature() -> None:
    market = sample()
    panel = market.panel("mse")
    values = panel.panel.values.copy()
    values[2, market.folds[1].train[30], 1] = np.inf
    spoilt = replace(panel, panel=replace(panel.panel, values=values))
    first, second = market.folds
    one = walk_forward(spoilt, [first], network("lstm", "mse"), TARGETS["mse"].kind)
    if second.train[30] not in first.train:
        assert len(list(one)) == 1
    message = r"fold 1, member 0, epoch 1: the loss became nan; feature scaled_return_1\S* is not"
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(NonFiniteLossError, match=message),
    ):
        list(walk_forward(spoilt, [second], network("lstm", "mse"), TARGETS["mse"].kind))


def test_weights_that_run_away_are_told_from_bad_features() -> None:
    market = sample()
    forecaster = network("lstm", "mse", 5, learning_rate=1e30, optimiser="adam")
    with pytest.raises(NonFiniteLossError, match="every feature is finite, so the weights ran"):
        list(walk_forward(market.panel("mse"), market.folds, forecaster, TARGETS["mse"].kind))
