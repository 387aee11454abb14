"""Attribution of one forecast to feature x lag, by integrated gradients."""

from __future__ import annotations

import math

import pandas as pd
import torch

from lstmtrader.explain.reading import BARS_PER_PASS, Reading
from lstmtrader.explain.result import Attribution
from lstmtrader.isolation import untouched

_FEWEST_STEPS, _MOST_STEPS = 32, 512  # finding the points takes time with the cube of them
_ACCURATE = 2e-3  # five times better than what is promised


def attribute(reading: Reading, symbol: int, bar: int) -> Attribution:
    """Share one forecast out among the numbers that it was made of.

    The path goes straight from the baseline, every standardised feature at zero (its mean over
    the training slice) on every bar that is read, to the real inputs. The integral is evaluated
    by Gauss-Legendre quadrature, with twice as many points until the shares sum to the
    difference of the two forecasts within 0.2 % (or 512 points are reached).

    Parameters
    ----------
    reading : Reading
    symbol, bar : int
        Positions in ``reading.context``.

    Returns
    -------
    Attribution

    References
    ----------
    Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic Attribution for Deep Networks. ICML.
    Kokhlikyan, N. et al. (2020). Captum: A Unified and Generic Model Interpretability Library for
    PyTorch. arXiv:2009.07896.
    """
    with untouched():
        from captum.attr import IntegratedGradients
    rows = reading.stream(symbol, bar)
    inputs = reading.inputs[rows.start : rows.stop][None]
    baseline = torch.zeros_like(inputs)
    with torch.no_grad():
        output = float(reading.answer(inputs)[0])
        baseline_output = float(reading.answer(baseline)[0])
    difference = output - baseline_output
    integrated = IntegratedGradients(reading.answer)
    n_steps = _FEWEST_STEPS
    while True:
        shares = integrated.attribute(
            inputs,
            baseline,
            n_steps=n_steps,
            internal_batch_size=max(BARS_PER_PASS // len(rows), 1),
        )
        missing = abs(float(shares.sum()) - difference)
        error = missing / abs(difference) if difference else (math.inf if missing else 0.0)
        if error <= _ACCURATE or n_steps >= _MOST_STEPS:
            break
        n_steps *= 2
    values = pd.DataFrame(
        shares[0].detach().double().numpy()[::-1].copy(), columns=list(reading.context.features)
    )
    values.index.name = "lag"
    return Attribution(values, output, baseline_output, error, n_steps)
