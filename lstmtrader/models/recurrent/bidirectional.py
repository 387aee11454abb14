"""BiLSTM: a window read in both directions."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from lstmtrader.errors import ContractError
from lstmtrader.models.recurrent.initialise import start_recurrent
from lstmtrader.models.recurrent.network import Body, SequenceNetwork, Shape


class BothWays(Body):
    """Torch's bidirectional LSTM over the last `lookback` steps."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.width = 2 * shape.hidden
        self.hidden, self.lookback = shape.hidden, shape.lookback
        self.recurrent = nn.LSTM(
            shape.inputs,
            shape.hidden,
            num_layers=shape.layers,
            batch_first=True,
            dropout=shape.dropout if shape.layers > 1 else 0.0,
            bidirectional=True,
        )
        start_recurrent(self.recurrent, gates=4, forget=1)

    def forward(self, inputs: Tensor, last: int | None) -> Tensor:
        """Join the two states that have each read the whole window."""
        if last != 1:
            raise ContractError(
                "BiLSTM reads a window in both directions and answers its last step only: "
                f"expected last=1, one window per row; got last={last}. Train it on single "
                "windows, or use a causal network for dense steps"
            )
        # Anything ahead of the window is context of other windows, and no part of this one.
        states, _ = self.recurrent(inputs[:, -self.lookback :])
        forwards, backwards = states[:, -1, : self.hidden], states[:, 0, self.hidden :]
        return torch.cat([forwards, backwards], dim=-1)[:, None]


class BiLSTM(SequenceNetwork):
    """LSTM in both directions inside one window; parameters as in `SequenceNetwork`.

    The answer joins the forward state at the last step and the backward state that has read from
    the last step back to the first. Both know the window and nothing after it, so nothing leaks;
    but a state inside the window knows the steps after it, so only the last step may be answered
    (``last=1``), and every window costs a pass of its own.

    Raises
    ------
    ContractError
        By `forward` with anything but ``last=1``.

    References
    ----------
    Schuster, M. and Paliwal, K. (1997). Bidirectional Recurrent Neural Networks. IEEE
    Transactions on Signal Processing, 45(11).
    Graves, A. and Schmidhuber, J. (2005). Framewise Phoneme Classification with Bidirectional
    LSTM and Other Neural Network Architectures. Neural Networks, 18(5–6).

    Examples
    --------
    >>> network = BiLSTM(n_features=4, n_outputs=1, lookback=10, hidden=8)
    >>> network(torch.zeros(2, 10, 4), last=1).shape
    torch.Size([2, 1, 1])
    """

    causal: ClassVar[bool] = False

    def _body(self, shape: Shape) -> Body:
        return BothWays(shape)
