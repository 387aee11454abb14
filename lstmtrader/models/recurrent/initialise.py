"""How weights start."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FORGET_BIAS = 1.0


@torch.no_grad()
def start_linear(linear: nn.Linear) -> nn.Linear:
    """Draw the weights Xavier-uniform, set biases to zero, and return the layer."""
    nn.init.xavier_uniform_(linear.weight)
    if linear.bias is not None:
        linear.bias.zero_()
    return linear


@torch.no_grad()
def start_gates(weight: Tensor, gates: int, *, recurrent: bool) -> None:
    """Draw the weights of gates that are stacked along the first axis, each on its own.

    Drawn as one matrix they would be scaled for `gates` times as many cells as there are.
    """
    start = nn.init.orthogonal_ if recurrent else nn.init.xavier_uniform_
    for gate in weight.chunk(gates):
        start(gate)


@torch.no_grad()
def start_recurrent(recurrent: nn.RNNBase, gates: int, forget: int | None = None) -> None:
    """Initialise all layers of one of torch's recurrent modules.

    Parameters
    ----------
    recurrent : nn.RNNBase
    gates : int
        Stacked along the first axis of each weight.
    forget : int or None
        Which of them is a forget gate.

    References
    ----------
    Gers, F., Schmidhuber, J. and Cummins, F. (2000). Learning to Forget: Continual Prediction
    with LSTM. Neural Computation, 12(10).
    Jozefowicz, R., Zaremba, W. and Sutskever, I. (2015). An Empirical Exploration of Recurrent
    Network Architectures. ICML.
    """
    for name, parameter in recurrent.named_parameters():
        if name.startswith("weight"):
            start_gates(parameter, gates, recurrent=name.startswith("weight_hh"))
            continue
        parameter.zero_()
        # Torch adds two bias vectors: the forget gate's 1 goes into one of them only.
        if forget is not None and name.startswith("bias_ih"):
            parameter.chunk(gates)[forget].fill_(FORGET_BIAS)
