"""Law: every gate that is shown is that of a plain NumPy network with the same weights."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from built import constant_gates, random_reading
from torch import Tensor, nn

from lstmtrader.explain.cells import activations, why_not
from lstmtrader.explain.gates import remember, trace_gates
from lstmtrader.models.recurrent import CELLS, SequenceNetwork

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))
import networks as plain

FEATURES, HIDDEN, STEPS, ROWS = 3, 6, 40, 3
READABLE = ("rnn", "lstm", "gru", "peephole", "attention")


def network_and_inputs(name: str, layers: int) -> tuple[SequenceNetwork, Tensor]:
    torch.manual_seed(11)
    network = CELLS[name](
        FEATURES, 2, lookback=5, hidden=HIDDEN, layers=layers, dropout=0.2, projection=4
    ).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.4 * torch.randn_like(parameter)  # no bias or peephole at zero
    return network.double(), 2 * torch.randn(ROWS, STEPS, FEATURES, dtype=torch.float64)


def float64(tensor: Tensor) -> plain.Array:
    return tensor.detach().numpy().astype(np.float64)


def plainly(name: str, network: SequenceNetwork, steps: plain.Array, layer: int) -> list:
    """Hidden states, states, and gates in the order in which they are shown."""
    if name == "peephole":
        of = network.body.layers[layer]
        weights = (of.input_weight, of.recurrent_weight, of.bias, of.peephole)
        hidden, cells, gates = plain.peephole_gates(steps, *map(float64, weights))
        return [hidden, cells, *gates]
    body = network.body.kernel if name == "attention" else network.body
    w, u, b, d = (
        float64(getattr(body.recurrent, f"{part}_l{layer}"))
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    if name == "rnn":
        hidden = plain.rnn(steps, w, u, b + d)
        return [hidden, hidden]
    if name == "gru":
        hidden, gates = plain.gru_gates(steps, w, u, b, d)
        return [hidden, hidden, *gates]
    hidden, cells, gates = plain.lstm_gates(steps, w, u, b + d)
    return [hidden, cells, *gates]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", READABLE)
def test_gates_and_states_equal_those_of_the_plain_network(name: str, layers: int) -> None:
    network, inputs = network_and_inputs(name, layers)
    found = activations(network, inputs)
    assert found is not None
    assert found.n_layers == layers
    shown = [found.hidden, found.state, *found.gates.values()]
    projected = float64(network.projection(inputs))
    for row in range(ROWS):
        steps = projected[row]
        for layer in range(layers):
            wanted = plainly(name, network, steps, layer)
            steps = wanted[0]
        for got, want in zip(shown, wanted, strict=True):
            np.testing.assert_allclose(float64(got[row]), want, rtol=0, atol=1e-6)


def test_gates_bear_their_names() -> None:
    """Saturate one gate after the other, and see which one says so."""
    for name, order in (
        ("lstm", ("input", "forget", None, "output")),
        ("gru", ("reset", "update")),
    ):
        for place, gate in enumerate(order):
            network, inputs = network_and_inputs(name, 1)
            with torch.no_grad():
                rows = slice(place * HIDDEN, (place + 1) * HIDDEN)
                network.body.recurrent.bias_ih_l0[rows] = 1000.0
            found = activations(network, inputs)
            assert found is not None
            open_ = [one for one, values in found.gates.items() if float(values.min()) > 0.999]
            assert open_ == ([gate] if gate else [])


@pytest.mark.parametrize("name", ["bilstm", "window_mlp"])
def test_a_network_without_such_gates_says_why(name: str) -> None:
    network, inputs = network_and_inputs(name, 1)
    assert activations(network, inputs) is None
    assert why_not(network, name).startswith("No gates: ")
    assert why_not(nn.Linear(1, 1), "mine:Linear") == "No gates: Linear is no cell of this package"


@pytest.mark.parametrize("mode", ["dense", "window"])
def test_the_trace_is_the_end_of_what_the_forecast_read(mode: str) -> None:
    reading = random_reading("lstm", mode)
    close = np.arange(90.0)
    trace = trace_gates(reading, symbol=2, bar=80, close=close)
    assert trace is not None
    assert list(trace.index) == list(reading.context.index[73:81])
    assert list(trace.close) == list(close[73:81])
    rows = reading.stream(2, 80)
    assert len(rows) == (81 if mode == "dense" else 8)
    hidden = trace.gates["output"][-1] * np.tanh(trace.state[-1])
    network = reading.network
    answer = float64(network.head.weight)[0] @ hidden + float64(network.head.bias)[0]
    forecast = reading.model.predict(reading.context).members[0]
    assert answer * 2.0 + 0.5 == pytest.approx(forecast[80, 2], abs=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_constant_gates_have_the_half_life_of_the_textbook(cell: str) -> None:
    lives = {}
    for bias in (0.0, 1.0, 3.0):
        memory = remember(constant_gates(cell, bias))
        assert memory is not None
        wanted = math.log(0.5) / math.log(1 / (1 + math.exp(-bias)))
        np.testing.assert_allclose(memory.by_unit, wanted, rtol=1e-6)
        np.testing.assert_allclose(memory.over_time.to_numpy(), wanted, rtol=1e-6)
        lives[bias] = wanted
    assert lives[0.0] == pytest.approx(1.0)
    assert lives[3.0] > 5 * lives[1.0] > 5 * lives[0.0]


def test_a_gate_that_is_open_to_the_last_bit_has_a_half_life() -> None:
    memory = remember(constant_gates("lstm", 1000.0))
    assert memory is not None
    assert np.isfinite(memory.by_unit).all()
    assert (memory.by_unit > 1e9).all()


@pytest.mark.parametrize("mode", ["dense", "window"])
def test_memory_is_that_of_the_gates_on_the_test_bars(mode: str) -> None:
    reading = random_reading("lstm", mode, holes=20)
    memory = remember(reading)
    assert memory is not None
    logs: dict[int, list[np.ndarray]] = {}
    for symbol, bar in zip(*reading.ends(), strict=True):
        rows = reading.stream(int(symbol), int(bar))
        found = activations(reading.network, reading.inputs[rows.start : rows.stop][None])
        assert found is not None
        logs.setdefault(int(bar), []).append(np.log(float64(found.gates["forget"][0, -1])))
    everything = np.concatenate([np.array(one) for one in logs.values()])
    np.testing.assert_allclose(memory.by_unit, np.log(0.5) / everything.mean(axis=0), rtol=1e-6)
    assert list(memory.over_time.index) == [reading.context.index[bar] for bar in sorted(logs)]
    last = np.log(0.5) / np.mean(logs[max(logs)], axis=0)
    assert memory.over_time["median"].iloc[-1] == pytest.approx(np.median(last), rel=1e-6)
    assert (memory.over_time["low"] <= memory.over_time["high"]).all()


@pytest.mark.parametrize("cell", ["rnn", "window_mlp"])
def test_without_a_gate_that_keeps_there_is_no_memory_to_measure(cell: str) -> None:
    assert remember(random_reading(cell, "window")) is None
