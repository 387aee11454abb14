"""Losses against scipy and plain loops; gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lstmtrader.models.training.objectives import OBJECTIVES, named_objective
from lstmtrader.models.training.objectives.distribution import Gaussian, Quantile, StudentT
from lstmtrader.models.training.objectives.objective import Objective, Scored
from lstmtrader.models.training.objectives.point import Huber
from lstmtrader.models.training.objectives.trading import InformationCoefficient, Sharpe

CHUNKS, STEPS = 6, 5


def batch(seed: int, objective: Objective, name: str = "") -> tuple[Tensor, Scored]:
    """Outputs, targets, weights (a third of them zero) and bars of six chunks."""
    rng = np.random.default_rng(seed)
    output = rng.normal(size=(CHUNKS, STEPS, objective.n_outputs))
    target = rng.normal(size=(CHUNKS, STEPS))
    if name == "bce":
        target = (target > 0).astype(float)
    if name == "direction":
        target = rng.integers(-1, 2, size=target.shape).astype(float)
    weight = rng.uniform(0.2, 1, size=target.shape) * (rng.random(target.shape) < 0.7)
    # Three symbols on the same five bars, twice.
    bar = np.arange(STEPS) + np.repeat([0, STEPS], 3)[:, None]
    tensors = [torch.tensor(part, dtype=torch.float64) for part in (target, weight)]
    return torch.tensor(output), Scored(*tensors, torch.tensor(bar))


def average(values: np.ndarray, scored: Scored) -> float:
    return float(np.average(values, weights=scored.weight.numpy()))


@pytest.mark.parametrize("seed", range(3))
def test_gaussian_is_scipys_likelihood(seed: int) -> None:
    output, scored = batch(seed, Gaussian())
    mean, scale = output[..., 0].numpy(), np.log1p(np.exp(output[..., 1].numpy())) + 1e-3
    expected = average(-scipy.stats.norm.logpdf(scored.target.numpy(), mean, scale), scored)
    assert Gaussian().loss(output, scored).item() == pytest.approx(expected, rel=1e-12)
    said = Gaussian().read(output, 3.0, 2.0)
    np.testing.assert_allclose(said["mean"], 3 + 2 * mean)
    np.testing.assert_allclose(said["scale"], 2 * scale)


@pytest.mark.parametrize("seed", range(3))
def test_student_t_is_scipys_likelihood(seed: int) -> None:
    output, scored = batch(seed, StudentT())
    mean, raw_scale, raw_freedom = np.moveaxis(output.numpy(), -1, 0)
    scale, freedom = np.log1p(np.exp(raw_scale)) + 1e-3, np.log1p(np.exp(raw_freedom)) + 2.1
    law = scipy.stats.t(freedom, mean, scale)
    expected = average(-law.logpdf(scored.target.numpy()), scored)
    assert StudentT().loss(output, scored).item() == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(StudentT().read(output, 0.0, 2.0)["scale"], 2 * law.std())


@pytest.mark.parametrize("levels", [(0.5,), (0.1, 0.5, 0.9), (0.05, 0.2, 0.4, 0.6, 0.99)])
def test_quantile_is_the_plain_pinball(levels: tuple[float, ...]) -> None:
    objective = Quantile(levels)
    output, scored = batch(4, objective)
    said = objective.read(output, 0.0, 1.0)
    values = np.zeros((CHUNKS, STEPS))
    for level in levels:
        error = scored.target.numpy() - said[f"quantile_{level:g}"].numpy()
        values += np.where(error > 0, level * error, (level - 1) * error) / len(levels)
    assert objective.loss(output, scored).item() == pytest.approx(average(values, scored))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.floats(-50, 50), min_size=5, max_size=5))
def test_quantiles_never_cross(output: list[float]) -> None:
    quantiles = Quantile().quantiles(torch.tensor(output))
    assert (quantiles.diff() >= 0).all()
    assert quantiles[2].item() == pytest.approx(output[2], rel=1e-6)


def test_huber_and_binary_are_the_textbooks() -> None:
    output, scored = batch(5, Huber(0.5))
    error = np.abs(output[..., 0].numpy() - scored.target.numpy())
    expected = average(np.where(error < 0.5, error**2, error - 0.25), scored)
    assert Huber(0.5).loss(output, scored).item() == pytest.approx(expected)
    binary = named_objective("bce")
    output, scored = batch(6, binary, "bce")
    p, y = scipy.special.expit(output[..., 0].numpy()), scored.target.numpy()
    expected = average(-(y * np.log(p) + (1 - y) * np.log(1 - p)), scored)
    assert binary.loss(output, scored).item() == pytest.approx(expected)


def test_three_classes_are_down_flat_up() -> None:
    objective = named_objective("direction")
    output, scored = batch(7, objective, "direction")
    p = scipy.special.softmax(output.numpy(), axis=-1)
    classes = scored.target.numpy().astype(int) + 1
    expected = average(-np.log(np.take_along_axis(p, classes[..., None], -1)[..., 0]), scored)
    assert objective.loss(output, scored).item() == pytest.approx(expected)
    np.testing.assert_allclose(objective.read(output, 0, 1)["mean"], p[..., 2] - p[..., 0])


@pytest.mark.parametrize("seed", range(3))
def test_ic_is_the_mean_correlation_of_the_bars(seed: int) -> None:
    objective = InformationCoefficient()
    output, scored = batch(seed, objective)
    weight = (scored.weight > 0).double()  # whole weights: the mean is a plain one
    there, x, y = weight.numpy() > 0, output[..., 0].numpy(), scored.target.numpy()
    by_bar = []
    for bar in range(int(scored.bar.max()) + 1):
        chosen = there & (scored.bar.numpy() == bar)
        if chosen.sum() >= 3:
            by_bar.append(np.corrcoef(x[chosen], y[chosen])[0, 1])
    assert by_bar
    loss = objective.loss(output, scored._replace(weight=weight)).item()
    assert loss == pytest.approx(-np.mean(by_bar), rel=1e-6)


@pytest.mark.parametrize("cost", [0.0, 0.05])
def test_sharpe_is_net_of_what_changes_from_bar_to_bar(cost: float) -> None:
    objective = Sharpe(cost)
    output, scored = batch(8, objective)
    bars = scored.bar.clone()
    bars[2, 3:] = bars[2, 3]  # the run of the third chunk ended: its last bar is repeated
    position, captured = np.tanh(output[..., 0].numpy()), []
    for chunk in range(CHUNKS):
        for step in range(STEPS):
            gain = position[chunk, step] * scored.target[chunk, step].item()
            if step > 0 and bars[chunk, step] != bars[chunk, step - 1]:
                gain -= cost * abs(position[chunk, step] - position[chunk, step - 1])
            captured.append(gain)
    weight = scored.weight.numpy().ravel()
    mean = np.average(captured, weights=weight)
    deviation = np.sqrt(np.average(np.square(captured), weights=weight) - mean**2 + 1e-9)
    loss = objective.loss(output, scored._replace(bar=bars)).item()
    assert loss == pytest.approx(-mean / deviation)


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_gradients_are_those_of_the_loss_and_unscored_steps_have_none(name: str) -> None:
    objective = named_objective(name)
    output, scored = batch(9, objective, name)
    output.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: objective.loss(x, scored), (output,))
    objective.loss(output, scored).backward()
    assert output.grad is not None
    idle = scored.weight == 0
    assert (output.grad[idle] == 0).all()
    assert (output.grad[~idle] != 0).any()


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_a_target_of_nothing_changes_nothing(name: str) -> None:
    """Steps without weight may say anything."""
    objective = named_objective(name)
    output, scored = batch(10, objective, name)
    noise = torch.where(scored.weight == 0, 1.0, 0.0)
    changed = scored._replace(target=scored.target * (1 - noise))
    assert objective.loss(output, scored).item() == pytest.approx(
        objective.loss(output, changed).item()
    )
