"""A test slice as a network reads it: which bars lie behind each forecast."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lstmtrader.models.recurrent import CELLS
from lstmtrader.models.training.forecaster import FittedNetwork
from lstmtrader.models.training.windows import Int64
from lstmtrader.panel import Panel

BARS_PER_PASS = 32_768


@dataclass(frozen=True, eq=False)
class Reading:
    """One network before the test bars of one fold and the bars of context they need.

    Parameters
    ----------
    model : FittedNetwork
    context : Panel
        What the forecasts of the fold were made of.
    n_test : int
        How many bars at the end of `context` are test bars.
    network : nn.Module
        The network of `model`, in float64 where the network is one of this package.
    inputs : tensor of shape (n_symbols * n_bars, n_features)
        Standardised, in the precision of `network`.
    start : int64 array of shape (n_symbols, n_bars)
        Bar at which the unbroken run that holds a bar begins.
    """

    model: FittedNetwork
    context: Panel
    n_test: int
    network: nn.Module
    inputs: Tensor
    start: Int64

    @staticmethod
    def of(model: FittedNetwork, context: Panel, n_test: int) -> Reading:
        """Standardise the slice and copy the network."""
        # A network of the user's may make float32 tensors of its own.
        ours = type(model.network) in CELLS.values()
        dtype = torch.float64 if ours else torch.float32
        values = model.features.transform(context.values).reshape(-1, context.values.shape[2])
        bars = np.broadcast_to(np.arange(context.n_bars), context.valid.shape)
        after_hole = np.where(context.valid, 0, bars + 1)
        network = copy.deepcopy(model.network).to(dtype).eval().requires_grad_(False)
        return Reading(
            model,
            context,
            n_test,
            network,
            torch.from_numpy(values).to(dtype),
            np.maximum.accumulate(after_hole, axis=1),
        )

    @property
    def lookback(self) -> int:
        """Bars that a forecast reads at least."""
        return self.model.settings.lookback

    @property
    def dense(self) -> bool:
        """Whether a run is read as one stream, instead of window by window."""
        return self.model.settings.training.mode == "dense"

    def ends(self) -> tuple[Int64, Int64]:
        """Symbol and bar, as positions in `context`, of every forecast on a test bar."""
        bars = np.arange(self.context.n_bars)
        whole = bars - self.start + 1 >= self.lookback
        asked = whole & self.context.valid & self.context.member
        asked[:, : self.context.n_bars - self.n_test] = False
        symbol, bar = np.nonzero(asked)
        return symbol, bar

    def stream(self, symbol: int, bar: int) -> range:
        """Rows of `inputs` that the forecast of a symbol at a bar of `context` reads."""
        first = int(self.start[symbol, bar]) if self.dense else bar - self.lookback + 1
        offset = symbol * self.context.n_bars
        return range(offset + first, offset + bar + 1)

    def answer(self, inputs: Tensor, last: Tensor | None = None) -> Tensor:
        """Forecast from standardised inputs.

        Parameters
        ----------
        inputs : tensor of shape (n_rows, n_steps, n_features)
        last : int64 tensor of shape (n_rows,), optional
            Step that is asked for in each row, for networks that look at no later one; the last
            one by default.

        Returns
        -------
        tensor of shape (n_rows,)
            In units of the forecast.
        """
        if last is None:
            output = self.network(inputs, last=1)[:, -1]
        else:
            output = self.network(inputs)[torch.arange(len(inputs)), last]
        scaler = self.model.target
        location, spread = 0.0, 1.0
        if scaler is not None:
            location, spread = float(scaler.mean[0]), float(scaler.deviation[0])
        return self.model.settings.loss.read(output, location, spread)["mean"]
