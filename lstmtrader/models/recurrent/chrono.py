"""An optional start for memories that have to last: chrono initialisation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstmtrader.models.recurrent.peephole import PeepholeLayer


@torch.no_grad()
def chrono_(network: nn.Module, longest: int) -> nn.Module:
    """Spread the memory of the gates over 1 .. `longest` steps, in place.

    Parameters
    ----------
    network : nn.Module
        The biases of every gated layer in it are drawn anew; one without gates stays as it is.
    longest : int
        Longest dependency to expect, in steps; at least 3.

    Returns
    -------
    nn.Module
        The same one.

    Notes
    -----
    A forget gate with bias 1 keeps sigmoid(1) = 73 % of the cell a step: after 20 steps 0.2 % is
    left, and as little of the gradient. One with bias log(T - 1) keeps it for about T steps. The
    input gate starts at the opposite, so that a cell that keeps much takes in little. What that
    is worth is measured in ``benchmarks/vanishing_gradient.py``.

    References
    ----------
    Tallec, C. and Ollivier, Y. (2018). Can Recurrent Neural Networks Warp Time? ICLR.

    Examples
    --------
    >>> from lstmtrader.models.recurrent import LSTM
    >>> network = LSTM(n_features=4, n_outputs=1, lookback=60, hidden=8)
    >>> chrono_(network, longest=60) is network
    True
    """
    for module in network.modules():
        if isinstance(module, nn.LSTM | nn.GRU):
            for name, bias in module.named_parameters():
                if name.startswith("bias"):
                    bias.zero_()
                if name.startswith("bias_ih") and isinstance(module, nn.LSTM):
                    _spread(longest, keep=bias.chunk(4)[1], take=bias.chunk(4)[0])
                elif name.startswith("bias_ih"):
                    # Torch's update gate is the share of the old state that is kept.
                    _spread(longest, keep=bias.chunk(3)[1])
        elif isinstance(module, PeepholeLayer):
            module.bias.zero_()
            _spread(longest, keep=module.bias.chunk(4)[1], take=module.bias.chunk(4)[0])
    return network


def _spread(longest: int, keep: Tensor, take: Tensor | None = None) -> None:
    keep.uniform_(1, longest - 1).log_()
    if take is not None:
        take.copy_(-keep)
