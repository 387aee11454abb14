"""What one would write by hand: an `nn.LSTM`, 256 windows a step, the loss on the last bar."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from peers.fold_data import HIDDEN, LOOKBACK, TEST, Array, FoldData
from peers.system import RATES, STEPS, Stop

WINDOWS = 256


class Network(nn.Module):
    """An LSTM and a linear head on its last state."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(n_features, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """(batch, lookback, n_features) to (batch,)."""
        states, _ = self.recurrent(windows)
        answer: Tensor = self.head(states[:, -1]).squeeze(-1)
        return answer


@dataclass(frozen=True, eq=False)
class Ready:
    """Flat resident tensors, and where the windows end."""

    inputs: Tensor
    label: Tensor
    train: Tensor
    test: Tensor


@dataclass(frozen=True)
class BareLoop:
    """The window loop; a window is gathered by index when it is needed."""

    name: str = "bare window loop"
    threads: int = 2
    unit: str = "steps"
    rates: Sequence[float] = RATES

    def ready(self, data: FoldData) -> Ready:
        """Put the fold into flat tensors."""
        n_bars = data.label.shape[1]

        def ends(rows: slice) -> Tensor:
            bars = np.arange(data.n_symbols)[:, None] * n_bars + np.arange(rows.start, rows.stop)
            return torch.from_numpy(bars.reshape(-1))

        flat = np.ascontiguousarray(data.features.reshape(-1, data.features.shape[2]))
        label = torch.from_numpy(np.ascontiguousarray(data.label.reshape(-1)))
        return Ready(torch.from_numpy(flat), label, ends(data.train), ends(data.test))

    def curve(self, ready: Ready, rate: float, seed: int) -> list[Stop]:
        """One fit, interrupted for a forecast at every budget."""
        stops, start = [], time.perf_counter()
        for step, network in self._fit(ready, rate, max(STEPS), seed):
            if step in STEPS:
                trained = time.perf_counter()
                forecast = _forecast(network, ready)
                done = time.perf_counter()
                stops.append(Stop(step, done - start, forecast))
                start += done - trained
        return stops

    def run(self, ready: Ready, rate: float, budget: int, seed: int) -> Array:
        """Fit and forecast."""
        for _, network in self._fit(ready, rate, budget, seed):
            last = network
        return _forecast(last, ready)

    def _fit(
        self, ready: Ready, rate: float, steps: int, seed: int
    ) -> Iterator[tuple[int, Network]]:
        torch.manual_seed(seed)
        network = Network(ready.inputs.shape[1])
        optimiser = torch.optim.Adam(network.parameters(), lr=rate)
        step = 0
        while step < steps:
            order = ready.train[torch.randperm(len(ready.train))]
            for ends in order.split(WINDOWS):
                loss = nn.functional.mse_loss(network(_gather(ready, ends)), ready.label[ends])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                step += 1
                yield step, network
                if step == steps:
                    break


def _gather(ready: Ready, ends: Tensor) -> Tensor:
    return ready.inputs[ends[:, None] + torch.arange(1 - LOOKBACK, 1)]


@torch.inference_mode()
def _forecast(network: Network, ready: Ready) -> Array:
    parts = [network(_gather(ready, ends)) for ends in ready.test.split(1024)]
    answer: Array = torch.cat(parts).reshape(-1, TEST).numpy()
    return answer
