"""What our training loop costs beyond the arithmetic.

One fit of the fold in ``walkforward_vs_peers.py`` by `RecurrentForecaster`, beside the same fit
written as a plain loop: the same scalers, network, chunks, optimiser, clipping and average of the
weights, no framework. They take turns; medians. Then the arithmetic of the fit as a share of what
this machine does in a large float32 matrix product, both on one thread.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
from machine import facts
from peers.fold_data import HIDDEN, LOOKBACK, FoldData, ask, cut
from peers.ours import Ours
from torch import nn

from lstmtrader.models.recurrent import LSTM
from lstmtrader.models.training.scaler import Standardiser
from lstmtrader.models.training.windows import TrainingBatches

RATE, EPOCHS, SEED = 3e-3, 3, 1
OURS = Ours(random_head=True)  # the start of the head is no part of the loop
MODEL = OURS.forecaster(RATE, EPOCHS)
TRAINING = MODEL.training


def batches_of(data: FoldData) -> TrainingBatches:
    """The chunks that the forecaster draws from this fold, for the same seed."""
    train = OURS.train(data)
    valid = train.panel.valid
    return TrainingBatches(
        valid, train.labelled, LOOKBACK, TRAINING.steps, TRAINING.batch_size, SEED
    )


def plain(data: FoldData) -> list[float]:
    """Fit in plain torch; return the losses."""
    train = OURS.train(data)
    scaled = Standardiser.of_features(train, MODEL.clip).transform(train.panel.values)
    label = Standardiser.of_target(train, 10.0).transform(train.target[..., None])
    inputs = torch.from_numpy(scaled).reshape(-1, scaled.shape[2])
    target = torch.from_numpy(label).reshape(-1)
    torch.manual_seed(SEED)
    network = LSTM(inputs.shape[1], 1, lookback=LOOKBACK, hidden=HIDDEN)
    weights = list(network.parameters())
    average = [weight.detach().clone() for weight in weights]
    optimiser = torch.optim.AdamW(weights, lr=RATE, weight_decay=TRAINING.weight_decay, fused=True)
    batches, losses = batches_of(data), []
    for _ in range(EPOCHS):
        for bars, scored in batches:
            steps = scored.shape[1]
            output = network(inputs[bars], last=steps)[..., 0]
            wanted = target[bars[:, -steps:]]
            loss = nn.functional.mse_loss(output[scored], wanted[scored])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, TRAINING.clip_norm)
            optimiser.step()
            losses.append(loss.item())
            with torch.no_grad():
                taken = max(1 - TRAINING.average, 1 / len(losses))
                for mean, weight in zip(average, weights, strict=True):
                    mean.lerp_(weight, taken)
    return losses


def arithmetic(data: FoldData) -> int:
    """Floating point operations of the LSTM in one fit: forward once, backward twice."""
    batches = batches_of(data)
    bars = sum(batch.bars.numel() for _ in range(EPOCHS) for batch in batches)
    n_features = data.features.shape[2]
    return 3 * 2 * bars * 4 * HIDDEN * (n_features + HIDDEN)


def matmul_rate(size: int) -> float:
    """Operations per second of a square matrix product, the best of ten."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best


def main() -> None:
    """Fit both ways in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    print(facts(("torch", "pytorch-lightning")))
    question = ask()
    data = cut(question, question.folds[5])
    task = OURS.task(data, SEED)
    calls = {
        "plain loop": lambda: plain(data),
        "RecurrentForecaster": lambda: MODEL.fit_many([task]),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    rates: list[float] = []
    for round_ in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if round_:  # the first round warms up
                taken[name].append(time.perf_counter() - start)
        rates.append(max(matmul_rate(1024), matmul_rate(2048)))
    steps = len(plain(data))
    operations, peak = arithmetic(data), max(rates)
    base = statistics.median(taken["plain loop"])
    print(f"{steps} steps, {operations / 1e9:.1f} GFLOP, matmul {peak / 1e9:.1f} GFLOP/s")
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        print(
            f"{name:<24}{median:8.3f} s  {1e3 * median / steps:6.2f} ms a step"
            f"{median / base:6.2f} x plain loop  {operations / median / peak:5.1%} of matmul"
        )
    least = {name: min(seconds) for name, seconds in taken.items()}
    ratio = least["RecurrentForecaster"] / least["plain loop"]
    print(f"the fastest of each: {ratio:.2f} x plain loop")


if __name__ == "__main__":
    main()
