"""Networks with weights set by hand, before random panels: nothing here is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from lstmtrader.explain.reading import Reading
from lstmtrader.forecast import ForecastKind
from lstmtrader.models import RecurrentForecaster
from lstmtrader.models.forecaster import FitRecord
from lstmtrader.models.training.forecaster import FittedNetwork
from lstmtrader.models.training.scaler import Standardiser
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.panel import Panel


def panel(
    n_symbols: int = 4, n_bars: int = 90, n_features: int = 3, holes: int = 0, seed: int = 0
) -> Panel:
    """White noise, with holes at random places."""
    rng = np.random.default_rng(seed)
    valid = np.ones((n_symbols, n_bars), dtype=bool)
    valid.reshape(-1)[rng.choice(valid.size, holes, replace=False)] = False
    values = rng.standard_normal((n_symbols, n_bars, n_features)).astype(np.float32)
    return Panel(
        np.where(valid[..., None], values, np.float32(0)),
        valid,
        np.ones_like(valid),
        np.full(valid.shape, np.nan, dtype=np.float32),
        pd.bdate_range("2001-01-01", periods=n_bars),
        tuple(f"S{number}" for number in range(n_symbols)),
        tuple(f"f{number}" for number in range(n_features)),
    )


def fitted(
    network: nn.Module,
    settings: RecurrentForecaster,
    n_features: int,
    kind: ForecastKind = ForecastKind.RETURN,
) -> FittedNetwork:
    """A network as if it had been fitted on standardised numbers."""
    plain = Standardiser(
        np.zeros(n_features, dtype=np.float32), np.ones(n_features, dtype=np.float32), clip=5.0
    )
    target = Standardiser(np.float32([0.5]), np.float32([2.0]), clip=10.0)
    scaler = target if settings.loss.standardise else None
    return FittedNetwork(network.eval(), plain, scaler, settings, kind, FitRecord(1))


def settings(cell: str, lookback: int = 8, mode: str = "dense", **of_network: Any) -> Any:
    of_network = {"hidden": 4, "dropout": 0.0, **of_network}
    training = Training(mode=mode)  # type: ignore[arg-type]
    return RecurrentForecaster(lookback, Network(cell=cell, **of_network), training=training)


def random_reading(cell: str, mode: str = "dense", holes: int = 0, n_test: int = 60) -> Reading:
    """A network with random weights, larger than at the start of training."""
    context = panel(holes=holes)
    torch.manual_seed(5)
    made = settings(cell, mode=mode)
    network = made.network.build(3, 1, made.lookback)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return Reading.of(fitted(network, made, 3), context, n_test)


def remembers_one_number(feature: int, lag: int, n_features: int = 3) -> FittedNetwork:
    """A plain RNN that is a shift register: it forecasts one feature of `lag` bars ago."""
    made = settings("rnn", hidden=lag + 1)
    network = made.network.build(n_features, 1, made.lookback)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        recurrent = network.body.recurrent
        recurrent.weight_ih_l0[0, feature] = 0.01  # where tanh is a straight line
        for cell in range(lag):
            recurrent.weight_hh_l0[cell + 1, cell] = 1.0
        network.head.weight[0, lag] = 100.0
    return fitted(network, made, n_features)


def constant_gates(cell: str, bias: float) -> Reading:
    """An LSTM or GRU all of whose weights are zero: its gates are their biases' own."""
    made = settings(cell)
    network = made.network.build(3, 1, made.lookback)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.body.recurrent.bias_ih_l0[4:8] = bias  # the second gate of both
    return Reading.of(fitted(network, made, 3), panel(), 60)
