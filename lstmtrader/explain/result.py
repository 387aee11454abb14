"""What is found out about a trained network: plain arrays and tables, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class GateTrace:
    """What happens inside the last recurrent layer along one window.

    Parameters
    ----------
    index : DatetimeIndex of length lookback
        The bars of the window; the last one is that of the forecast.
    close : array of shape (lookback,)
        Closes on those bars.
    gates : mapping of str to array of shape (lookback, hidden)
        Activations in (0, 1): ``forget``, ``input``, ``output`` of an LSTM, ``reset`` and
        ``update`` of a GRU; none for a plain RNN.
    state : array of shape (lookback, hidden)
        Cell state of an LSTM; hidden state of a GRU or RNN.
    """

    index: pd.DatetimeIndex
    close: np.ndarray
    gates: Mapping[str, np.ndarray]
    state: np.ndarray


@dataclass(frozen=True, eq=False)
class Memory:
    """How long the cell state of a network remembers, in bars.

    The half-life of a unit with forget gate f is ln 0.5 / ln f.

    Parameters
    ----------
    by_unit : Series of length hidden
        Half-life at the geometric mean of the forget gate over the test bars.
    over_time : DataFrame
        One row a test bar; columns ``median``, ``low`` and ``high`` (quartiles over units) of
        the half-lives at the geometric mean of the forget gates over symbols on that bar.
    """

    by_unit: pd.Series
    over_time: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Attribution:
    """Which inputs made one forecast what it is, by integrated gradients.

    Sundararajan, M., Taly, A. and Yan, Q. (2017), Axiomatic attribution for deep networks, ICML.

    Parameters
    ----------
    values : DataFrame of shape (lookback, n_features)
        Rows are lags, 0 (the bar of the forecast) first; in units of the forecast.
    output, baseline_output : float
        The forecast, and that of the baseline: every feature at its mean over the training slice.
    completeness_error : float
        ``|values.sum() - (output - baseline_output)|`` over ``|output - baseline_output|``.
    """

    values: pd.DataFrame
    output: float
    baseline_output: float
    completeness_error: float
    n_steps: int


@dataclass(frozen=True, eq=False)
class Explanation:
    """All that was asked about the networks of one run.

    Parameters
    ----------
    symbol : str
    date : Timestamp
        Bar of the explained forecast.
    fold, member : int
        Of the network that made it.
    cell : str
        Kind of the network, such as ``lstm``.
    gates : GateTrace, optional
        None for a cell without gates that can be read.
    memory : Memory, optional
        None for a cell without a forget gate.
    attribution : Attribution
    importance : DataFrame
        One row a feature, the largest first: ``mean`` and ``deviation`` over the folds of the
        increase of the error (or of the loss of skill) inside the test folds when the feature is
        permuted; ``measure`` names what was measured.
    gradients : DataFrame
        One row a lag, one column a cell (``rnn``, ``lstm``, ``gru``): norm of the gradient of the
        output with respect to the inputs at that lag, each column over its value at lag 0.
    """

    symbol: str
    date: pd.Timestamp
    fold: int
    member: int
    cell: str
    gates: GateTrace | None
    memory: Memory | None
    attribution: Attribution
    importance: pd.DataFrame
    gradients: pd.DataFrame
    notes: tuple[str, ...] = ()
