"""The classical cells, on torch's own kernels: plain RNN, LSTM, GRU."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from lstmtrader.models.recurrent.initialise import start_recurrent
from lstmtrader.models.recurrent.network import Body, SequenceNetwork, Shape


class Kernel(Body):
    """A recurrent module of torch that reads the steps from first to last.

    Parameters
    ----------
    kernel : callable
        `nn.RNN`, `nn.LSTM` or `nn.GRU`.
    shape : Shape
    gates : int
    forget : int or None
        Which gate is a forget gate.
    """

    def __init__(
        self, kernel: Callable[..., nn.RNNBase], shape: Shape, gates: int, forget: int | None = None
    ) -> None:
        super().__init__()
        self.width = shape.hidden
        # Torch warns of dropout between layers where there is one layer.
        dropout = shape.dropout if shape.layers > 1 else 0.0
        self.recurrent = kernel(
            shape.inputs, shape.hidden, num_layers=shape.layers, batch_first=True, dropout=dropout
        )
        start_recurrent(self.recurrent, gates, forget)

    def forward(self, inputs: Tensor, last: int | None) -> Tensor:
        """Return the states of the top layer."""
        states: Tensor = self.recurrent(inputs)[0]
        return states if last is None else states[:, -last:]


class RNN(SequenceNetwork):
    """Plain recurrent network with tanh units; parameters as in `SequenceNetwork`.

    What the gates of the others are measured against: it has no way to keep a number unchanged
    while it reads on.

    References
    ----------
    Elman, J. (1990). Finding Structure in Time. Cognitive Science, 14(2).
    Bengio, Y., Simard, P. and Frasconi, P. (1994). Learning Long-Term Dependencies with Gradient
    Descent Is Difficult. IEEE Transactions on Neural Networks, 5(2).

    Examples
    --------
    >>> import torch
    >>> network = RNN(n_features=4, n_outputs=1, lookback=10, hidden=8)
    >>> network(torch.zeros(2, 10, 4)).shape
    torch.Size([2, 10, 1])
    >>> sum(weights.numel() for weights in network.parameters())
    121
    """

    def _body(self, shape: Shape) -> Body:
        return Kernel(nn.RNN, shape, gates=1)


class LSTM(SequenceNetwork):
    """Long short-term memory with a forget gate; parameters as in `SequenceNetwork`.

    References
    ----------
    Hochreiter, S. and Schmidhuber, J. (1997). Long Short-Term Memory. Neural Computation, 9(8).
    Gers, F., Schmidhuber, J. and Cummins, F. (2000). Learning to Forget: Continual Prediction
    with LSTM. Neural Computation, 12(10).

    Examples
    --------
    >>> import torch
    >>> network = LSTM(n_features=4, n_outputs=1, lookback=10, hidden=8)
    >>> network(torch.zeros(2, 10, 4)).shape
    torch.Size([2, 10, 1])
    >>> sum(weights.numel() for weights in network.parameters())
    457
    """

    def _body(self, shape: Shape) -> Body:
        return Kernel(nn.LSTM, shape, gates=4, forget=1)


class GRU(SequenceNetwork):
    """Gated recurrent unit; parameters as in `SequenceNetwork`.

    Three quarters of the weights of an LSTM of the same width, and no separate cell state. The
    reset gate acts after the recurrent product, as in torch and cuDNN.

    References
    ----------
    Cho, K., van Merriënboer, B., Gulcehre, C., Bahdanau, D., Bougares, F., Schwenk, H. and
    Bengio, Y. (2014). Learning Phrase Representations Using RNN Encoder-Decoder for Statistical
    Machine Translation. EMNLP.

    Examples
    --------
    >>> import torch
    >>> network = GRU(n_features=4, n_outputs=1, lookback=10, hidden=8)
    >>> network(torch.zeros(2, 10, 4)).shape
    torch.Size([2, 10, 1])
    >>> sum(weights.numel() for weights in network.parameters())
    345
    """

    def _body(self, shape: Shape) -> Body:
        return Kernel(nn.GRU, shape, gates=3)
