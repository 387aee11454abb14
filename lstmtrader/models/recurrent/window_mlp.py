"""WindowMLP: all bars of the window at once, without recurrence."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from lstmtrader.models.recurrent.initialise import start_linear
from lstmtrader.models.recurrent.network import Body, SequenceNetwork, Shape


class Window(Body):
    """A multilayer perceptron slid over the steps.

    The first layer is a linear layer of all numbers in the window (feature by feature,
    oldest bar first), run as a convolution.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.width, self.lookback = shape.hidden, shape.lookback
        self.window = start_linear(nn.Linear(shape.inputs * shape.lookback, shape.hidden))
        self.deeper = nn.ModuleList(
            start_linear(nn.Linear(shape.hidden, shape.hidden)) for _ in range(shape.layers - 1)
        )
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, inputs: Tensor, last: int | None) -> Tensor:
        """Return the units of the top layer."""
        steps = inputs.shape[1]
        answered = steps if last is None else min(last, steps)
        # The first answered step has steps - answered before it; a negative pad cuts surplus off.
        missing = self.lookback - 1 - (steps - answered)
        read = F.pad(inputs, (0, 0, missing, 0)).transpose(1, 2)
        kernel = self.window.weight.view(self.width, -1, self.lookback)
        states = F.relu(F.conv1d(read, kernel, self.window.bias).transpose(1, 2))
        for layer in self.deeper:
            states = F.relu(layer(self.dropout(states)))
        return states


class WindowMLP(SequenceNetwork):
    """Multilayer perceptron of all bars in a window; parameters as in `SequenceNetwork`.

    The naive alternative to recurrence: every bar of the window has weights of its own, and order
    is known only by position. The first layer is a causal convolution as long as the window, so
    that one pass answers every step and each step with a full window gets exactly the perceptron
    of that window. Steps ahead of the first full window see zeros where bars are missing.

    References
    ----------
    Rumelhart, D., Hinton, G. and Williams, R. (1986). Learning Representations by
    Back-Propagating Errors. Nature, 323.

    Examples
    --------
    >>> import torch
    >>> network = WindowMLP(n_features=4, n_outputs=1, lookback=10, hidden=8)
    >>> network(torch.zeros(2, 10, 4)).shape
    torch.Size([2, 10, 1])
    >>> sum(weights.numel() for weights in network.parameters())
    337
    """

    def _body(self, shape: Shape) -> Body:
        return Window(shape)
