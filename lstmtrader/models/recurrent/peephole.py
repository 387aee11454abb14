"""PeepholeLSTM: gates that see the cell state itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstmtrader.models.recurrent.initialise import FORGET_BIAS, start_gates
from lstmtrader.models.recurrent.network import Body, SequenceNetwork, Shape


class PeepholeLayer(nn.Module):
    """One layer. Gates are stacked in the order input, forget, output, cell.

    Parameters
    ----------
    inputs : int
    hidden : int
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.input_weight = nn.Parameter(torch.empty(4 * hidden, inputs))
        self.recurrent_weight = nn.Parameter(torch.empty(4 * hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(4 * hidden))
        # At zero the layer starts as a plain LSTM.
        self.peephole = nn.Parameter(torch.zeros(3 * hidden))
        start_gates(self.input_weight, 4, recurrent=False)
        start_gates(self.recurrent_weight, 4, recurrent=True)
        with torch.no_grad():
            self.bias[hidden : 2 * hidden] = FORGET_BIAS

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (steps, batch, inputs) to (steps, batch, hidden)."""
        hidden = self.recurrent_weight.shape[1]
        recurrent = self.recurrent_weight.t()
        # Everything that does not depend on the state is computed in one product, once.
        driven = torch.nn.functional.linear(inputs, self.input_weight, self.bias)
        peep_in, peep_forget, peep_out = self.peephole.chunk(3)
        peep_both = torch.cat([peep_in, peep_forget])
        state = cell = inputs.new_zeros(inputs.shape[1], hidden)
        states: list[Tensor] = []
        for step in driven.unbind(0):
            early, late, fresh = torch.split(
                torch.addmm(step, state, recurrent), [2 * hidden, hidden, hidden], dim=1
            )
            both = torch.addcmul(early, cell.repeat(1, 2), peep_both).sigmoid()
            gate_in, gate_forget = both.chunk(2, dim=1)
            cell = torch.addcmul(gate_forget * cell, gate_in, fresh.tanh())
            state = torch.addcmul(late, cell, peep_out).sigmoid() * cell.tanh()
            states.append(state)
        return torch.stack(states)


class PeepholeStack(Body):
    """Layers on top of each other, with dropout between them."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.width = shape.hidden
        self.layers = nn.ModuleList(
            PeepholeLayer(shape.inputs if layer == 0 else shape.hidden, shape.hidden)
            for layer in range(shape.layers)
        )
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, inputs: Tensor, last: int | None) -> Tensor:
        """Return the states of the top layer."""
        states = inputs.transpose(0, 1)
        for number, layer in enumerate(self.layers):
            states = layer(states if number == 0 else self.dropout(states))
        states = states.transpose(0, 1)
        return states if last is None else states[:, -last:]


class PeepholeLSTM(SequenceNetwork):
    """LSTM whose gates also see the cell state; parameters as in `SequenceNetwork`.

    The gates of a plain LSTM see the cell only through the output gate: while that is shut they
    are blind to what is stored. With peepholes a cell can count bars and fire after a set number
    of them, which suits effects that hang on time elapsed (days since an earnings report, bars
    since a breakout). It runs as a loop over the steps in Python: expect it to be several times
    slower than `LSTM`, and use it where timing is what is to be learnt.

    Notes
    -----
    Input and forget gate see the cell before the step, the output gate after it. The cell is
    squashed by tanh on its way out, as in most later work; the paper leaves it linear.

    References
    ----------
    Gers, F. and Schmidhuber, J. (2000). Recurrent Nets that Time and Count. IJCNN.

    Examples
    --------
    >>> network = PeepholeLSTM(n_features=4, n_outputs=1, lookback=10, hidden=8)
    >>> network(torch.zeros(2, 10, 4)).shape
    torch.Size([2, 10, 1])
    >>> sum(weights.numel() for weights in network.parameters())
    449
    """

    def _body(self, shape: Shape) -> Body:
        return PeepholeStack(shape)
