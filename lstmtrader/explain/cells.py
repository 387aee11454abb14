"""The gates of a recurrent layer, recomputed step by step from its weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lstmtrader.models.recurrent import GRU, LSTM, RNN, AttentionLSTM, PeepholeLSTM
from lstmtrader.models.recurrent.peephole import PeepholeLayer


@dataclass(frozen=True, eq=False)
class Activations:
    """What one recurrent layer did with a batch of inputs.

    Parameters
    ----------
    gates : dict of str to tensor of shape (n_rows, n_steps, hidden)
        In (0, 1).
    state : tensor of shape (n_rows, n_steps, hidden)
        Cell state of an LSTM, else the hidden state.
    hidden : tensor of shape (n_rows, n_steps, hidden)
        What the layer hands on.
    keep : str, optional
        Name of the gate that is the share of the old state which is kept.
    n_layers : int
        How many layers there are; these are the activations of the last one.
    """

    gates: dict[str, Tensor]
    state: Tensor
    hidden: Tensor
    keep: str | None
    n_layers: int = 1


@torch.no_grad()
def activations(network: nn.Module, inputs: Tensor) -> Activations | None:
    """Recompute the last recurrent layer of a network, from a state of zeros.

    Parameters
    ----------
    network : nn.Module
        In the mode of evaluation.
    inputs : tensor of shape (n_rows, n_steps, n_features)
        In the precision of the network.

    Returns
    -------
    Activations or None
        None where the gates cannot be read; see `why_not`.
    """
    if not isinstance(network, LSTM | GRU | RNN | PeepholeLSTM | AttentionLSTM):
        return None
    body: Any = network.body
    if isinstance(network, AttentionLSTM):
        body = body.kernel
    steps = network.projection(inputs)
    found: Activations | None = None
    n_layers = len(body.layers) if isinstance(network, PeepholeLSTM) else body.recurrent.num_layers
    for number in range(n_layers):
        if isinstance(network, PeepholeLSTM):
            found = _peephole(body.layers[number], steps)
        else:
            found = _torch_layer(body.recurrent, number, steps)
        steps = found.hidden
    return None if found is None else replace(found, n_layers=n_layers)


def why_not(network: nn.Module, cell: str) -> str:
    """Say why the gates of a network cannot be shown."""
    if cell == "bilstm":
        return (
            "No gates: a bidirectional LSTM reads each window twice, and its backward half has no "
            "state at a bar that knows the past alone"
        )
    if cell == "window_mlp":
        return "No gates: a perceptron over the window has no state"
    return f"No gates: {type(network).__name__} is no cell of this package"


def _torch_layer(recurrent: nn.RNNBase, number: int, inputs: Tensor) -> Activations:
    w_input, w_state, b_input, b_state = (
        getattr(recurrent, f"{name}_l{number}")
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    driven = inputs @ w_input.T + b_input
    hidden = inputs.new_zeros(len(inputs), recurrent.hidden_size)
    cell = hidden
    names: tuple[str, ...] = ()
    rows: list[tuple[Tensor, ...]] = []
    for step in driven.unbind(1):
        carried = hidden @ w_state.T + b_state
        if isinstance(recurrent, nn.LSTM):
            names = ("input", "forget", "output")
            into, forget, fresh, out = (step + carried).chunk(4, dim=1)
            gates = into.sigmoid(), forget.sigmoid(), out.sigmoid()
            cell = gates[1] * cell + gates[0] * fresh.tanh()
            hidden = gates[2] * cell.tanh()
            rows.append((hidden, cell, *gates))
        elif isinstance(recurrent, nn.GRU):
            names = ("reset", "update")
            (reset, update, fresh), (r, u, f) = step.chunk(3, dim=1), carried.chunk(3, dim=1)
            gates_ = (reset + r).sigmoid(), (update + u).sigmoid()
            # The reset gate acts after the recurrent product, as in torch.
            hidden = (1 - gates_[1]) * (fresh + gates_[0] * f).tanh() + gates_[1] * hidden
            rows.append((hidden, hidden, *gates_))
        else:
            hidden = (step + carried).tanh()
            rows.append((hidden, hidden))
    keep = {"input": "forget", "reset": "update"}.get(names[0] if names else "")
    return _stacked(rows, names, keep)


def _peephole(layer: PeepholeLayer, inputs: Tensor) -> Activations:
    driven = inputs @ layer.input_weight.T + layer.bias
    hidden = inputs.new_zeros(len(inputs), layer.recurrent_weight.shape[1])
    cell = hidden
    peep_in, peep_forget, peep_out = layer.peephole.chunk(3)
    rows: list[tuple[Tensor, ...]] = []
    for step in driven.unbind(1):
        into, forget, out, fresh = (step + hidden @ layer.recurrent_weight.T).chunk(4, dim=1)
        gate_in = (into + peep_in * cell).sigmoid()
        gate_forget = (forget + peep_forget * cell).sigmoid()
        cell = gate_forget * cell + gate_in * fresh.tanh()
        gate_out = (out + peep_out * cell).sigmoid()
        hidden = gate_out * cell.tanh()
        rows.append((hidden, cell, gate_in, gate_forget, gate_out))
    return _stacked(rows, ("input", "forget", "output"), "forget")


def _stacked(
    rows: list[tuple[Tensor, ...]], names: tuple[str, ...], keep: str | None
) -> Activations:
    hidden, state, *gates = (torch.stack(values, dim=1) for values in zip(*rows, strict=True))
    return Activations(dict(zip(names, gates, strict=True)), state, hidden, keep)
