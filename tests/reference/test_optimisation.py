"""Schedules by hand, the average against a plain loop, the head against scikit-learn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import sklearn.linear_model
import torch
from torch import nn

from lstmtrader.models.recurrent import CELLS
from lstmtrader.models.training.head_start import start_head
from lstmtrader.models.training.module import ForecastModule
from lstmtrader.models.training.objectives.direction import Binary
from lstmtrader.models.training.objectives.distribution import Quantile
from lstmtrader.models.training.objectives.point import Mse
from lstmtrader.models.training.optimisation import Average, Schedule, make_optimiser
from lstmtrader.models.training.resident import Resident
from lstmtrader.models.training.settings import Training
from lstmtrader.models.training.windows import ScoringBatches, TrainingBatches

LOOKBACK, FEATURES = 5, 3


def test_constant_is_constant_after_its_warm_up() -> None:
    schedule = Schedule(Training(warmup=4))
    assert [schedule.at(step, 0.0) for step in range(7)] == pytest.approx(
        [0.2, 0.4, 0.6, 0.8, 1, 1, 1]
    )


def test_cosine_ends_with_the_last_epoch() -> None:
    schedule = Schedule(Training(schedule="cosine", epochs=10))
    assert schedule.at(0, 0.0) == 1.0
    assert schedule.at(50, 5.0) == pytest.approx(0.5)
    assert schedule.at(99, 9.9) == pytest.approx(0.5 * (1 + math.cos(0.99 * math.pi)))
    assert schedule.at(99, 9.9) > 0


def test_plateau_halves_after_every_second_epoch_in_a_row_that_is_no_better() -> None:
    schedule, factors = Schedule(Training(schedule="plateau")), []
    for better in (True, False, True, False, False, False, False, True, False, False):
        schedule.note(better=better)
        factors.append(schedule.at(0, 0.0))
    assert factors == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]
    steady = Schedule(Training())
    for _ in range(4):
        steady.note(better=False)
    assert steady.at(9, 0.0) == 1


def test_the_rate_of_every_group_is_set() -> None:
    network = nn.Linear(2, 1)
    training = Training(learning_rate=0.5, warmup=1)
    for optimiser in ("adam", "adamw", "rmsprop"):
        made = make_optimiser(network, replace(training, optimiser=optimiser))
        schedule = Schedule(training)
        schedule.set_rate(made, 0.0)
        assert [group["lr"] for group in made.param_groups] == [0.25]
        schedule.set_rate(made, 0.0)
        assert [group["lr"] for group in made.param_groups] == [0.5]


def test_the_average_is_the_mean_of_few_and_forgets_of_many() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average, plain, keep = Average(network, 0.75), torch.zeros(()), 0.75
    for step in range(1, 12):
        with torch.no_grad():
            network[0].weight.fill_(float(step**2))
            network[1].running_mean.fill_(float(step))
        average.update(network)
        taken = max(1 - keep, 1 / step)
        plain = plain + taken * (step**2 - plain)
        assert average.network[0].weight[0, 0].item() == pytest.approx(plain.item())
        if step <= 4:
            assert plain.item() == pytest.approx(np.mean([n**2 for n in range(1, step + 1)]))
    assert (average.network[1].running_mean == 11).all(), "buffers are the latest"
    assert not average.network.training


def slice_of(n_symbols: int = 4, n_bars: int = 60) -> tuple[Resident, ScoringBatches]:
    rng = np.random.default_rng(1)
    valid = rng.random((n_symbols, n_bars)) < 0.98
    labelled = rng.random((n_symbols, n_bars)) < 0.9
    inputs = rng.normal(size=(n_symbols * n_bars, FEATURES)).astype(np.float32)
    target = inputs.sum(axis=1) + 0.3 * rng.normal(size=len(inputs)) + 2
    weight = rng.uniform(0.5, 1, size=len(inputs))
    tensors = [torch.tensor(part, dtype=torch.float32) for part in (inputs, target, weight)]
    return Resident(*tensors, n_bars), ScoringBatches(valid, labelled, LOOKBACK, dense=True)


@pytest.mark.parametrize("cell", ["lstm", "gru", "attention", "window_mlp"])
def test_the_head_starts_as_scikit_learns_ridge(cell: str) -> None:
    torch.manual_seed(2)
    resident, batches = slice_of()
    network = CELLS[cell](FEATURES, 1, lookback=LOOKBACK, hidden=8, dropout=0.5)
    before = {name: value.clone() for name, value in network.named_parameters()}
    seen: list[np.ndarray] = []
    targets: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    network.eval()
    with torch.no_grad():
        for batch in batches:
            states = network.norm(network.body(resident.inputs[batch.bars], batch.scored.shape[1]))
            scored = resident.scored(batch)
            seen.append(states[batch.scored].double().numpy())
            targets.append(scored.target[batch.scored].double().numpy())
            weights.append(scored.weight[batch.scored].double().numpy())
    network.train()
    start_head(network, Mse(), resident, batches)
    total = float(np.concatenate(weights).sum())
    ridge = sklearn.linear_model.Ridge(alpha=1e-2 * total)
    ridge.fit(np.concatenate(seen), np.concatenate(targets), np.concatenate(weights))
    np.testing.assert_allclose(network.head.weight[0].detach(), ridge.coef_, atol=2e-4)
    assert network.head.bias.item() == pytest.approx(ridge.intercept_, abs=2e-4)
    assert network.training
    for name, value in network.named_parameters():
        assert name.startswith("head.") or torch.equal(value, before[name])


def test_only_the_location_of_a_head_is_regressed() -> None:
    torch.manual_seed(2)
    resident, batches = slice_of()
    objective = Quantile((0.1, 0.5, 0.9))
    network = CELLS["lstm"](FEATURES, 3, lookback=LOOKBACK, hidden=8)
    before = network.head.weight.detach().clone()
    start_head(network, objective, resident, batches)
    moved = (network.head.weight != before).any(dim=1)
    assert moved.tolist() == [False, True, False]
    other = CELLS["lstm"](FEATURES, 1, lookback=LOOKBACK, hidden=8)
    before = other.head.weight.detach().clone()
    start_head(other, Binary(), resident, batches)
    assert torch.equal(other.head.weight, before)


def test_everything_goes_to_the_device_of_the_network() -> None:
    """No GPU is needed to see where tensors would be: the meta device is another one."""
    resident, _ = slice_of()
    valid = np.ones((4, 60), dtype=bool)
    batches = TrainingBatches(valid, valid, LOOKBACK, 10, 4, 0)
    network = CELLS["lstm"](FEATURES, 1, lookback=LOOKBACK, hidden=8)
    module = ForecastModule(
        network, Mse(), Training(), resident, resident, ("a", "b", "c"), "fit", batches
    ).to("meta")
    module.on_fit_start()
    tensors = [*module.network.parameters(), *module.answering.parameters()]
    for data in (module.train_data, module.validation_data):
        assert data is not None
        tensors += [data.inputs, data.target, data.weight]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert module.answering is not module.network
