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
        The bars of the window; the last one is that of the forecast. After dense training the
        state at the first of them has read earlier bars of the slice already.
    close : float64 array of shape (lookback,)
        Closes on those bars.
    gates : mapping of str to float64 array of shape (lookback, hidden)
        Activations in (0, 1): ``input``, ``forget`` and ``output`` of an LSTM, ``reset`` and
        ``update`` of a GRU (the share of the old state that is kept); none for a plain RNN.
    state : float64 array of shape (lookback, hidden)
        Cell state of an LSTM; hidden state of a GRU or RNN.

    References
    ----------
    Hochreiter, S. and Schmidhuber, J. (1997). Long Short-Term Memory. Neural Computation, 9(8).
    """

    index: pd.DatetimeIndex
    close: np.ndarray
    gates: Mapping[str, np.ndarray]
    state: np.ndarray


@dataclass(frozen=True, eq=False)
class Memory:
    """How long the state of a network remembers, in bars.

    The half-life of a unit with forget gate f is ln 0.5 / ln f. For a GRU, f is its update gate:
    the share of the old state that is kept.

    Parameters
    ----------
    by_unit : Series of length hidden
        Half-life at the geometric mean of the forget gate over the test bars.
    over_time : DataFrame
        One row a test bar; columns ``median``, ``low`` and ``high`` (quartiles over units) of
        the half-lives at the geometric mean of the forget gates over symbols on that bar. Bars
        on which nothing was forecast are left out.

    References
    ----------
    Tallec, C. and Ollivier, Y. (2018). Can Recurrent Neural Networks Warp Time? ICLR.
    """

    by_unit: pd.Series
    over_time: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Attribution:
    """Which inputs made one forecast what it is, by integrated gradients.

    Parameters
    ----------
    values : DataFrame of shape (n_lags, n_features)
        Rows are lags in bars, 0 (the bar of the forecast) first; in units of the forecast. One
        row for every bar that the network read for it: `lookback` of them after training on
        windows, more after dense training, which reads a slice as one stream.
    output, baseline_output : float
        The forecast, and that of the baseline: every feature at its mean over the training slice.
    completeness_error : float
        ``|values.sum() - (output - baseline_output)|`` over ``|output - baseline_output|``.
    n_steps : int
        Points at which the integral was evaluated.

    References
    ----------
    Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic Attribution for Deep Networks. ICML.
    """

    values: pd.DataFrame
    output: float
    baseline_output: float
    completeness_error: float
    n_steps: int


@dataclass(frozen=True, eq=False, repr=False)
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
        Of the last recurrent layer; None for a network whose gates cannot be read.
    memory : Memory, optional
        Over the test bars of the fold; None for a cell without a gate that keeps.
    attribution : Attribution
    importance : DataFrame
        One row a feature, the largest first: ``mean`` and ``deviation`` (ddof 0) over the folds
        of the increase of the error (or of the loss of skill) inside the test folds when the
        feature is permuted; ``measure`` names what was measured.
    gradients : DataFrame
        One row a lag, one column a cell (``rnn``, ``lstm``, ``gru``; that of the run ahead of
        them where it is another): norm of the gradient of the forecast with respect to the
        inputs at that lag, each column over its value at lag 0.
    notes : tuple of str
        What a reader of all this has to know, in sentences.
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

    def __repr__(self) -> str:
        found = self.attribution
        return (
            f"Explanation of {self.symbol} on {self.date} (fold {self.fold}, member {self.member}, "
            f"{self.cell}): forecast {found.output:.4g}, {found.baseline_output:.4g} with every "
            f"feature at its mean; completeness error {found.completeness_error:.2g}"
        )
