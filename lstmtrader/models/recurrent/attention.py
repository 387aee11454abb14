"""AttentionLSTM: an LSTM, then one block of causal attention over the lookback."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lstmtrader.models.recurrent.gated import Kernel
from lstmtrader.models.recurrent.initialise import start_gates, start_linear
from lstmtrader.models.recurrent.network import Body, SequenceNetwork, Shape

_MOST_HEADS = 4
_LEAST_HEAD_WIDTH = 8
_WIDENING = 2  # of the feed-forward layer


def heads_for(hidden: int) -> int:
    """As many heads as divide `hidden`: at most 4, each at least 8 wide if there are several."""
    return max(
        heads
        for heads in range(1, _MOST_HEADS + 1)
        if hidden % heads == 0 and (heads == 1 or hidden // heads >= _LEAST_HEAD_WIDTH)
    )


def banded_attention(queries: Tensor, keys: Tensor, values: Tensor, lookback: int) -> Tensor:
    """Attend from each query to the `lookback` steps that end at it.

    Queries are cut into blocks of at most `lookback` steps. A block sees fewer than twice as many
    keys, so that the largest tensor grows with steps * lookback, not with steps squared.

    Parameters
    ----------
    queries : tensor of shape (batch, heads, answered, width)
        Of the last `answered` steps.
    keys, values : tensor of shape (batch, heads, steps, width)
    lookback : int

    Returns
    -------
    tensor of shape (batch, heads, answered, width)
    """
    answered, steps = queries.shape[2], keys.shape[2]
    block = min(answered, lookback)
    span = block + lookback - 1
    n_blocks = -(-answered // block)
    surplus = n_blocks * block - answered
    # Position of the first key that the first block spans; below zero there is no step.
    first = steps - answered - (lookback - 1)
    padded = F.pad(queries, (0, 0, 0, surplus))
    blocked = padded.view(*padded.shape[:2], n_blocks, block, -1)

    def spans(tensor: Tensor) -> Tensor:
        # A negative pad on the left cuts off the steps that no query sees. What is padded on the
        # right comes after every real query, where the band ends.
        return F.pad(tensor, (0, 0, -first, surplus)).unfold(2, span, block)

    scores = blocked @ spans(keys) * queries.shape[3] ** -0.5
    visible = _band(n_blocks, block, lookback, first, queries.device)
    weights = scores.masked_fill(~visible, -torch.inf).softmax(dim=-1)
    attended: Tensor = weights @ spans(values).transpose(-1, -2)
    return attended.flatten(2, 3)[:, :, :answered]


def _band(n_blocks: int, block: int, lookback: int, first: int, device: torch.device) -> Tensor:
    """Which keys of its span each query sees, shape (n_blocks, block, block + lookback - 1)."""
    query = torch.arange(block, device=device)[:, None]
    key = torch.arange(block + lookback - 1, device=device)
    inside = (key >= query) & (key < query + lookback)
    position = first + block * torch.arange(n_blocks, device=device)[:, None, None] + key
    return inside & (position >= 0)


class Block(nn.Module):
    """A pre-norm transformer block with banded causal attention.

    Parameters
    ----------
    width : int
    lookback : int
    dropout : float
        On what each half adds to its input.
    """

    def __init__(self, width: int, lookback: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.lookback = heads_for(width), lookback
        self.attention_norm = nn.LayerNorm(width)
        # No biases: that of the keys would cancel in the softmax and never learn.
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        start_linear(self.query)
        start_gates(self.key_value.weight, 2, recurrent=False)
        self.mix = start_linear(nn.Linear(width, width))
        self.forward_norm = nn.LayerNorm(width)
        self.widen = start_linear(nn.Linear(width, _WIDENING * width))
        self.narrow = start_linear(nn.Linear(_WIDENING * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, last: int | None) -> Tensor:
        """Map (batch, steps, width) to (batch, steps or last, width)."""
        steps = states.shape[1]
        answered = steps if last is None else min(last, steps)
        normed = self.attention_norm(states)
        keys, values = self.key_value(normed).chunk(2, dim=-1)
        attended = banded_attention(
            self._split(self.query(normed[:, -answered:])),
            self._split(keys),
            self._split(values),
            self.lookback,
        )
        states = states[:, -answered:]
        states = states + self.dropout(self.mix(attended.transpose(1, 2).flatten(2)))
        widened = F.relu(self.widen(self.forward_norm(states)))
        narrowed: Tensor = self.dropout(self.narrow(widened))
        return states + narrowed

    def _split(self, states: Tensor) -> Tensor:
        return states.view(*states.shape[:2], self.heads, -1).transpose(1, 2)


class Attending(Body):
    """LSTM layers, then one block."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.width = shape.hidden
        self.kernel = Kernel(nn.LSTM, shape, gates=4, forget=1)
        self.dropout = nn.Dropout(shape.dropout)
        self.block = Block(shape.hidden, shape.lookback, shape.dropout)

    def forward(self, inputs: Tensor, last: int | None) -> Tensor:
        """Return the states after the block."""
        states: Tensor = self.block(self.dropout(self.kernel(inputs, None)), last)
        return states


class AttentionLSTM(SequenceNetwork):
    """LSTM followed by causal self-attention over the lookback; parameters as in `SequenceNetwork`.

    Attention gives step k a direct way back to each of the states k - lookback + 1 .. k, where
    the LSTM alone has to carry everything in one state. There is no positional encoding: the
    states that attention compares come from an LSTM, which has read the steps in order.

    Notes
    -----
    The block is pre-norm with ReLU. Heads divide `hidden`, at most 4. Memory grows with
    steps * lookback, so that a whole history can be answered in one pass.

    References
    ----------
    Vaswani, A., Shazeer, N., Parmar, N., Uszkoreit, J., Jones, L., Gomez, A., Kaiser, L. and
    Polosukhin, I. (2017). Attention Is All You Need. NeurIPS.
    Xiong, R. et al. (2020). On Layer Normalization in the Transformer Architecture. ICML.
    Beltagy, I., Peters, M. and Cohan, A. (2020). Longformer: The Long-Document Transformer.
    arXiv:2004.05150.

    Examples
    --------
    >>> network = AttentionLSTM(n_features=4, n_outputs=1, lookback=10, hidden=8)
    >>> network(torch.zeros(2, 10, 4)).shape
    torch.Size([2, 10, 1])
    >>> sum(weights.numel() for weights in network.parameters())
    1033
    """

    def _body(self, shape: Shape) -> Body:
        return Attending(shape)
