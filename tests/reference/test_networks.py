"""Every gate of every cell against a plain NumPy network."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lstmtrader.models.recurrent import CELLS, SequenceNetwork

sys.path.insert(0, str(Path(__file__).parent))
import networks as plain

FEATURES, HIDDEN, STEPS, ROWS = 3, 6, 50, 3


def network_and_inputs(name: str, layers: int) -> tuple[SequenceNetwork, Tensor]:
    torch.manual_seed(11)
    network = CELLS[name](FEATURES, 2, lookback=5, hidden=HIDDEN, layers=layers).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.4 * torch.randn_like(parameter)  # no bias or peephole at zero
    return network, 2 * torch.randn(ROWS, STEPS, FEATURES)


def float64(tensor: Tensor) -> plain.Array:
    return tensor.detach().numpy().astype(np.float64)


def of_torch(recurrent: nn.RNNBase, layer: int, suffix: str = "") -> list[plain.Array]:
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return [float64(getattr(recurrent, f"{name}_l{layer}{suffix}")) for name in names]


def run(name: str, network: SequenceNetwork, states: plain.Array, layer: int) -> plain.Array:
    if name == "peephole":
        of = network.body.layers[layer]
        weights = (of.input_weight, of.recurrent_weight, of.bias, of.peephole)
        return plain.peephole(states, *map(float64, weights))
    w, u, b, d = of_torch(network.body.recurrent, layer)
    if name == "gru":
        return plain.gru(states, w, u, b, d)
    if name == "rnn":
        return plain.rnn(states, w, u, b + d)
    return plain.lstm(states, w, u, b + d)[0]


def head(network: SequenceNetwork, states: plain.Array) -> plain.Array:
    answer: plain.Array = states @ float64(network.head.weight).T + float64(network.head.bias)
    return answer


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru", "peephole"])
def test_equals_the_plain_network(name: str, layers: int) -> None:
    network, inputs = network_and_inputs(name, layers)
    with torch.inference_mode():
        got = network(inputs).numpy()
        states_got = network.body(inputs, None).numpy()
    for row in range(ROWS):
        states = float64(inputs[row])
        for layer in range(layers):
            states = run(name, network, states, layer)
        np.testing.assert_allclose(states_got[row], states, rtol=0, atol=1e-6)
        # The head sums six states with weights around one in float32.
        np.testing.assert_allclose(got[row], head(network, states), rtol=0, atol=3e-6)


def test_cell_states_of_the_lstm_equal_the_plain_ones() -> None:
    network, inputs = network_and_inputs("lstm", 1)
    weights = of_torch(network.body.recurrent, 0)
    for steps in (1, 2, 7, STEPS):
        with torch.inference_mode():
            _, (_, cell) = network.body.recurrent(inputs[:, :steps])
        for row in range(ROWS):
            w, u, b, d = weights
            _, expected = plain.lstm(float64(inputs[row, :steps]), w, u, b + d)
            np.testing.assert_allclose(cell[0, row].numpy(), expected[-1], rtol=0, atol=2e-6)


def test_bidirectional_joins_the_two_states_that_read_it_all() -> None:
    network, inputs = network_and_inputs("bilstm", 1)
    window = inputs[:, -5:]
    with torch.inference_mode():
        got = network.body(window, 1)[:, 0].numpy()
    for row in range(ROWS):
        ahead, back = (of_torch(network.body.recurrent, 0, suffix) for suffix in ("", "_reverse"))
        steps = float64(window[row])
        forwards, _ = plain.lstm(steps, ahead[0], ahead[1], ahead[2] + ahead[3])
        backwards, _ = plain.lstm(steps[::-1], back[0], back[1], back[2] + back[3])
        expected = np.concatenate([forwards[-1], backwards[-1]])
        np.testing.assert_allclose(got[row], expected, rtol=0, atol=1e-6)


def test_peephole_without_peepholes_is_an_lstm() -> None:
    network, inputs = network_and_inputs("peephole", 1)
    layer = network.body.layers[0]
    with torch.no_grad():
        layer.peephole.zero_()
    # In the order of the LSTM the cell gate comes ahead of the output gate.
    order = np.concatenate([np.arange(12), np.arange(18, 24), np.arange(12, 18)])
    parts = (layer.input_weight, layer.recurrent_weight, layer.bias)
    w, u, b = (float64(part)[order] for part in parts)
    with torch.inference_mode():
        got = network.body(inputs, None).numpy()
    for row in range(ROWS):
        expected, _ = plain.lstm(float64(inputs[row]), w, u, b)
        np.testing.assert_allclose(got[row], expected, rtol=0, atol=1e-6)
