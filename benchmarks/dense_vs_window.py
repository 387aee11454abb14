"""Dense training against window training: the same network, the same labels, three folds.

The question of ``walkforward_vs_peers.py``. Dense training runs the network once over a chunk of
bars and scores many steps of it; window training runs it over every window by itself and scores the
last step, as is done elsewhere. Both take as many epochs as they like, up to a limit, and stop by
the same validation slice. Printed for each fold: the correlation of their out-of-sample forecasts,
both errors in units of the variance of the training labels, and the seconds of one fit.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch
from machine import facts
from peers.fold_data import HIDDEN, LOOKBACK, ask

from lstmtrader.forecast import Forecast
from lstmtrader.models.training.forecaster import RecurrentForecaster
from lstmtrader.models.training.objectives.point import Mse
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.splits import Fold
from lstmtrader.walkforward.engine import walk_forward

DENSE = Training(steps=60, batch_size=16, epochs=8, patience=2, learning_rate=3e-3)
WINDOW = replace(DENSE, mode="window", batch_size=256)
VALIDATION, GAP = 125, 7


def main() -> None:
    """Fit both ways on three folds and compare."""
    torch.set_num_threads(1)
    print(facts(("torch", "pytorch-lightning")))
    question = ask()
    print(f"\n{'fold':>6}{'correlation':>13}{'dense':>10}{'window':>10}{'ratio':>8}"
          f"{'dense':>9}{'window':>10}{'ratio':>8}")  # fmt: skip
    for number in (1, 4, 8):
        whole = question.folds[number]
        fold = Fold(
            number=number,
            train=range(whole.train.start, whole.train.stop - VALIDATION - GAP),
            validation=range(whole.train.stop - VALIDATION, whole.train.stop),
            test=whole.test,
        )
        forecasts: list[Forecast] = []
        seconds = []
        for training in (DENSE, WINDOW):
            model = RecurrentForecaster(LOOKBACK, Network("lstm", HIDDEN, 1, 0.0), Mse(), training)
            start = time.perf_counter()
            (answer,) = walk_forward(question.labelled, [fold], model, question.kind, seed=1)
            seconds.append(time.perf_counter() - start)
            forecasts.append(answer.forecast)
        outcome = question.labelled.target.T[fold.test.start : fold.test.stop]
        label = question.labelled.target[:, fold.train.start : fold.train.stop]
        known = np.isfinite(outcome)
        said = [forecast.mean.to_numpy()[known] for forecast in forecasts]
        errors = [float(np.mean((one - outcome[known]) ** 2)) / np.nanvar(label) for one in said]
        correlation = np.corrcoef(*said)[0, 1]
        print(
            f"{number:>6}{correlation:13.4f}{errors[0]:10.4f}{errors[1]:10.4f}"
            f"{errors[0] / errors[1]:8.3f}{seconds[0]:8.2f} s{seconds[1]:8.2f} s"
            f"{seconds[1] / seconds[0]:7.1f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
