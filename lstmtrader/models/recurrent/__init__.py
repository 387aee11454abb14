"""Networks for windows of bars: plain `nn.Module`s that know no prices, losses or training."""

from __future__ import annotations

from lstmtrader.models.recurrent.attention import AttentionLSTM
from lstmtrader.models.recurrent.bidirectional import BiLSTM
from lstmtrader.models.recurrent.chrono import chrono_
from lstmtrader.models.recurrent.gated import GRU, LSTM, RNN
from lstmtrader.models.recurrent.network import SequenceNetwork
from lstmtrader.models.recurrent.peephole import PeepholeLSTM
from lstmtrader.models.recurrent.window_mlp import WindowMLP

CELLS: dict[str, type[SequenceNetwork]] = {
    "rnn": RNN,
    "lstm": LSTM,
    "gru": GRU,
    "bilstm": BiLSTM,
    "peephole": PeepholeLSTM,
    "attention": AttentionLSTM,
    "window_mlp": WindowMLP,
}

__all__ = [
    "CELLS",
    "GRU",
    "LSTM",
    "RNN",
    "AttentionLSTM",
    "BiLSTM",
    "PeepholeLSTM",
    "SequenceNetwork",
    "WindowMLP",
    "chrono_",
]
