"""An optional start for memories that have to last: chrono initialisation."""

from __future__ import annotations

import torch
from torch import nn

from lstmtrader.models.recurrent.network import Network


@torch.no_grad()
def chrono_(network: Network, longest: int) -> Network:
    """Spread the memory of the gates over 1 .. `longest` steps, in place.

    Parameters
    ----------
    network : Network
        The biases of each LSTM and GRU of torch in it are drawn anew; a network without gates is
        left as it is.
    longest : int
        Longest dependency to expect, in steps; at least 3.

    Returns
    -------
    Network
        The same one.

    Notes
    -----
    A forget gate with bias 1 keeps sigmoid(1) = 73 % of the cell a step: after 20 steps 0.2 % is
    left, and as little gradient. A gate with bias log(T - 1) keeps it for about T steps. The
    input gate starts at the opposite, so that a cell that keeps much takes in little.

    References
    ----------
    Tallec, C. and Ollivier, Y. (2018). Can Recurrent Neural Networks Warp Time? ICLR.
    """
    for module in network.modules():
        if isinstance(module, nn.LSTM | nn.GRU):
            _spread(module, longest)
    return network


def _spread(module: nn.RNNBase, longest: int) -> None:
    for name, parameter in module.named_parameters():
        if not name.startswith("bias"):
            continue
        parameter.zero_()
        if not name.startswith("bias_ih"):
            continue
        keep = torch.empty(module.hidden_size).uniform_(1, longest - 1).log_()
        if isinstance(module, nn.LSTM):
            gate_in, forget, _, _ = parameter.chunk(4)
            forget.copy_(keep)
            gate_in.copy_(-keep)
        else:
            # Torch's update gate is the share of the old state that is kept.
            _, update, _ = parameter.chunk(3)
            update.copy_(keep)
