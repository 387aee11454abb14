"""The frame every network shares: projection, body, normalisation, dropout, head."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from lstmtrader.models.recurrent.initialise import start_linear


@dataclass(frozen=True)
class Shape:
    """What a body is built from.

    Parameters
    ----------
    inputs : int
        Numbers per step that the body reads.
    lookback : int
        Steps in a window.
    hidden : int
        Cells per layer.
    layers : int
    dropout : float
        Between layers; the frame adds that on the output of the last one.
    """

    inputs: int
    lookback: int
    hidden: int
    layers: int
    dropout: float


class Body(nn.Module):
    """What turns steps into states. `width` is the number of states per step."""

    width: int

    @abstractmethod
    def forward(self, inputs: Tensor, last: int | None) -> Tensor:
        """Map (batch, steps, inputs) to (batch, steps or `last`, width)."""


class SequenceNetwork(nn.Module):
    """A body between an optional linear projection and a linear head.

    Parameters
    ----------
    n_features : int
    n_outputs : int
        Numbers per answered step.
    lookback : int
        Steps in a window.
    hidden : int
        Cells per layer.
    layers : int
    dropout : float
        On the output of each layer, in [0, 1).
    projection : int or None
        Width of a linear layer ahead of the body; without it the body reads the features.
    layer_norm : bool
        Normalise the states of each step ahead of the head.

    Notes
    -----
    Recurrent weights start orthogonal and input weights Xavier-uniform, gate by gate; biases
    start at zero, except a forget gate's at 1.

    References
    ----------
    Glorot, X. and Bengio, Y. (2010). Understanding the Difficulty of Training Deep Feedforward
    Neural Networks. AISTATS.
    Saxe, A., McClelland, J. and Ganguli, S. (2014). Exact Solutions to the Nonlinear Dynamics of
    Learning in Deep Linear Neural Networks. ICLR.
    Ba, J., Kiros, J. and Hinton, G. (2016). Layer Normalization. arXiv:1607.06450.
    Srivastava, N., Hinton, G., Krizhevsky, A., Sutskever, I. and Salakhutdinov, R. (2014).
    Dropout: A Simple Way to Prevent Neural Networks from Overfitting. Journal of Machine Learning
    Research, 15(56).

    Examples
    --------
    >>> from lstmtrader.models.recurrent import LSTM
    >>> isinstance(LSTM(n_features=4, n_outputs=1, lookback=10), SequenceNetwork)
    True
    """

    causal: ClassVar[bool] = True
    """Whether the output at step k depends on the inputs at steps up to k only."""

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        *,
        lookback: int,
        hidden: int = 32,
        layers: int = 1,
        dropout: float = 0.0,
        projection: int | None = None,
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        inputs = n_features if projection is None else projection
        self.projection = (
            nn.Identity() if projection is None else start_linear(nn.Linear(n_features, projection))
        )
        self.body = self._body(Shape(inputs, lookback, hidden, layers, dropout))
        self.norm = nn.LayerNorm(self.body.width) if layer_norm else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.head = start_linear(nn.Linear(self.body.width, n_outputs))

    @abstractmethod
    def _body(self, shape: Shape) -> Body:
        """Build what stands between the projection and the head."""

    def forward(self, inputs: Tensor, last: int | None = None) -> Tensor:
        """Answer every step, or the `last` steps only.

        Parameters
        ----------
        inputs : float32 tensor of shape (batch, steps, n_features)
            No NaN.
        last : int or None
            In 1..steps.

        Returns
        -------
        float32 tensor of shape (batch, steps or last, n_outputs)
        """
        states = self.body(self.projection(inputs), last)
        output: Tensor = self.head(self.dropout(self.norm(states)))
        return output
