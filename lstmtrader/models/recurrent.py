"""Recurrent networks: plain `nn.Module`s that know no prices, losses or training."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LSTM(nn.Module):
    """Long short-term memory with a linear head on every step.

    Input of shape (batch, steps, n_features), output of shape (batch, steps): step ``k`` of the
    output depends on steps up to ``k`` only, so one pass answers every step.

    Parameters
    ----------
    n_features : int
    hidden : int
        Cells per layer.
    layers : int
    dropout : float
        On the output of each layer, in [0, 1).

    Notes
    -----
    Recurrent weights start orthogonal, input weights Xavier-uniform, biases at zero except the
    forget gate's at 1, so that early in training the cell remembers rather than forgets.

    References
    ----------
    Hochreiter, S. and Schmidhuber, J. (1997). Long Short-Term Memory. Neural Computation, 9(8).
    Gers, F., Schmidhuber, J. and Cummins, F. (2000). Learning to Forget. Neural Computation,
    12(10).
    Jozefowicz, R., Zaremba, W. and Sutskever, I. (2015). An Empirical Exploration of Recurrent
    Network Architectures. ICML.
    """

    causal = True

    def __init__(self, n_features: int, hidden: int, layers: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(
            n_features, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, 1)
        self._initialise(hidden)

    @torch.no_grad()
    def _initialise(self, hidden: int) -> None:
        for name, parameter in self.recurrent.named_parameters():
            if name.startswith("weight_hh"):
                for gate in parameter.chunk(4):
                    nn.init.orthogonal_(gate)
            elif name.startswith("weight_ih"):
                for gate in parameter.chunk(4):
                    nn.init.xavier_uniform_(gate)
            else:
                parameter.zero_()
                # Two bias vectors are added; the forget gate is the second quarter of each.
                if name.startswith("bias_ih"):
                    parameter[hidden : 2 * hidden] = 1.0
        nn.init.xavier_uniform_(self.head.weight)
        self.head.bias.zero_()

    def forward(self, inputs: Tensor, last: int | None = None) -> Tensor:
        """Return one number per step, or for the `last` steps only, shape (batch, steps)."""
        states, _ = self.recurrent(inputs)
        if last is not None:
            states = states[:, -last:]
        output: Tensor = self.head(self.dropout(states)).squeeze(-1)
        return output
