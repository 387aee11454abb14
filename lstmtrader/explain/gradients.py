"""How far back a gradient reaches: the vanishing-gradient picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from lstmtrader.explain.reading import BARS_PER_PASS, Reading

_FORECASTS = 64


def gradient_by_lag(reading: Reading) -> pd.Series:
    """Norm of the gradient of a forecast with respect to the inputs at each lag, over lag 0.

    Averaged over 64 forecasts that are spread evenly over the test bars and symbols, each from
    all the bars that it reads.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    Series of length lookback
        By lag; 1 at lag 0. NaN where the forecast does not depend on the latest inputs, or there
        is none.

    References
    ----------
    Bengio, Y., Simard, P. and Frasconi, P. (1994). Learning Long-Term Dependencies with Gradient
    Descent Is Difficult. IEEE Transactions on Neural Networks, 5(2), 157-166.
    Hochreiter, S. (1998). The Vanishing Gradient Problem During Learning Recurrent Neural Nets
    and Problem Solutions. International Journal of Uncertainty, Fuzziness and Knowledge-Based
    Systems, 6(2), 107-116.
    """
    symbols, bars = reading.ends()
    norms = np.full((0, reading.lookback), np.nan)
    if len(symbols):
        chosen = np.unique(np.linspace(0, len(symbols) - 1, _FORECASTS).round().astype(int))
        streams = [reading.stream(int(symbols[one]), int(bars[one])) for one in chosen]
        longest = max(map(len, streams))
        at_once = max(BARS_PER_PASS // longest, 1)
        parts = [
            _norms(reading, streams[at : at + at_once]) for at in range(0, len(streams), at_once)
        ]
        norms = np.concatenate(parts)
    mean = norms.mean(axis=0) if len(norms) else np.full(reading.lookback, np.nan)
    return pd.Series(
        mean / mean[0] if mean[0] > 0 else np.full(len(mean), np.nan),
        index=pd.RangeIndex(len(mean), name="lag"),
    )


def _norms(reading: Reading, streams: list[range]) -> np.ndarray:
    """Norms over features, shape (n_streams, lookback)."""
    lengths = np.array([len(stream) for stream in streams])
    starts = np.array([stream.start for stream in streams])
    # Beyond its end the last bar of a stream is repeated; only causal networks read streams of
    # unlike lengths.
    steps = np.minimum(np.arange(lengths.max()), lengths[:, None] - 1)
    inputs = reading.inputs[torch.from_numpy(starts[:, None] + steps)].clone().requires_grad_()
    uneven = bool((lengths != lengths[0]).any())
    last = torch.from_numpy(lengths - 1) if uneven else None
    total = reading.answer(inputs, last).sum()
    [gradient] = torch.autograd.grad(total, [inputs])
    norms = gradient.norm(dim=2).double().numpy()
    lagged: np.ndarray = np.take_along_axis(
        norms, lengths[:, None] - 1 - np.arange(reading.lookback), axis=1
    )
    return lagged
