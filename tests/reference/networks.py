"""Plain networks: one window, one step, one gate at a time, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def lstm(inputs: Array, w: Array, u: Array, b: Array) -> tuple[Array, Array]:
    """Hidden and cell states, (steps, hidden) each, of one LSTM layer.

    `w` (4 * hidden, inputs), `u` (4 * hidden, hidden) and `b` (4 * hidden) stack the input,
    forget, cell and output gate.
    """
    hidden, cells, _ = lstm_gates(inputs, w, u, b)
    return hidden, cells


def lstm_gates(inputs: Array, w: Array, u: Array, b: Array) -> tuple[Array, Array, Array]:
    """The states of `lstm`, and its input, forget and output gate, (3, steps, hidden)."""
    wi, wf, wg, wo = np.split(w, 4)
    ui, uf, ug, uo = np.split(u, 4)
    bi, bf, bg, bo = np.split(b, 4)
    h, c = np.zeros(u.shape[1]), np.zeros(u.shape[1])
    hidden, cells, gates = [], [], []
    for x in inputs:
        i = sigmoid(wi @ x + ui @ h + bi)
        f = sigmoid(wf @ x + uf @ h + bf)
        g = np.tanh(wg @ x + ug @ h + bg)
        o = sigmoid(wo @ x + uo @ h + bo)
        c = f * c + i * g
        h = o * np.tanh(c)
        hidden.append(h)
        cells.append(c)
        gates.append([i, f, o])
    return np.array(hidden), np.array(cells), np.array(gates).swapaxes(0, 1)


def gru(inputs: Array, w: Array, u: Array, b: Array, d: Array) -> Array:
    """States (steps, hidden) of one GRU layer; gates stacked as reset, update, new.

    `b` is added to the products with the input, `d` to those with the state: the reset gate acts
    on the latter, bias included.
    """
    return gru_gates(inputs, w, u, b, d)[0]


def gru_gates(inputs: Array, w: Array, u: Array, b: Array, d: Array) -> tuple[Array, Array]:
    """The states of `gru`, and its reset and update gate, (2, steps, hidden)."""
    wr, wz, wn = np.split(w, 3)
    ur, uz, un = np.split(u, 3)
    br, bz, bn = np.split(b, 3)
    dr, dz, dn = np.split(d, 3)
    h = np.zeros(u.shape[1])
    states, gates = [], []
    for x in inputs:
        r = sigmoid(wr @ x + br + ur @ h + dr)
        z = sigmoid(wz @ x + bz + uz @ h + dz)
        n = np.tanh(wn @ x + bn + r * (un @ h + dn))
        h = (1 - z) * n + z * h
        states.append(h)
        gates.append([r, z])
    return np.array(states), np.array(gates).swapaxes(0, 1)


def rnn(inputs: Array, w: Array, u: Array, b: Array) -> Array:
    """States (steps, hidden) of one plain layer."""
    h = np.zeros(u.shape[1])
    states = []
    for x in inputs:
        h = np.tanh(w @ x + u @ h + b)
        states.append(h)
    return np.array(states)


def peephole(inputs: Array, w: Array, u: Array, b: Array, p: Array) -> Array:
    """States (steps, hidden) of one layer; gates stacked as input, forget, output, cell.

    `p` (3 * hidden) stacks the peepholes of the input, forget and output gate.
    """
    return peephole_gates(inputs, w, u, b, p)[0]


def peephole_gates(
    inputs: Array, w: Array, u: Array, b: Array, p: Array
) -> tuple[Array, Array, Array]:
    """The states of `peephole`, its cells, and its input, forget and output gate."""
    wi, wf, wo, wg = np.split(w, 4)
    ui, uf, uo, ug = np.split(u, 4)
    bi, bf, bo, bg = np.split(b, 4)
    pi, pf, po = np.split(p, 3)
    h, c = np.zeros(u.shape[1]), np.zeros(u.shape[1])
    states, cells, gates = [], [], []
    for x in inputs:
        i = sigmoid(wi @ x + ui @ h + pi * c + bi)
        f = sigmoid(wf @ x + uf @ h + pf * c + bf)
        c = f * c + i * np.tanh(wg @ x + ug @ h + bg)
        o = sigmoid(wo @ x + uo @ h + po * c + bo)
        h = o * np.tanh(c)
        states.append(h)
        cells.append(c)
        gates.append([i, f, o])
    return np.array(states), np.array(cells), np.array(gates).swapaxes(0, 1)


def attention(queries: Array, keys: Array, values: Array, lookback: int) -> Array:
    """Attention of one head, all arrays (steps, width), with the whole steps x steps mask."""
    steps, width = queries.shape
    scores = queries @ keys.T / np.sqrt(width)
    for query in range(steps):
        for key in range(steps):
            if not query - lookback < key <= query:
                scores[query, key] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    attended: Array = weights @ values
    return attended
