"""The GARCH(1,1) recursion of one symbol: its parameters, its path and what it forecasts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lstmtrader.models.baselines.windows import Float64


@dataclass(frozen=True)
class Parameters:
    """Variance of the next bar: ``omega + alpha * squared return + beta * variance``."""

    omega: float
    alpha: float
    beta: float


# Where not one symbol could be fitted. J.P. Morgan and Reuters (1996). RiskMetrics Technical
# Document, 4th edition, New York.
RISK_METRICS = Parameters(0.0, 0.06, 0.94)


def estimate(squares: Float64, least: int) -> Parameters | str:
    """Fit the longest unbroken stretch by maximum likelihood, or say why there is no fit.

    Parameters
    ----------
    squares : float64 array of shape (n_bars,)
        Squared one-bar returns, NaN where there is none: nothing is put in their place.
    least : int
        Fewest returns to fit to.
    """
    start, stop = max(stretches(squares), key=lambda one: one[1] - one[0], default=(0, 0))
    if stop - start < least:
        return f"fewer than {least} returns in one stretch"
    stretch = squares[start:stop]
    scale = float(stretch.mean())
    if not scale > 0:
        return "the price does not move"
    from arch import arch_model

    with warnings.catch_warnings():
        # What the optimiser has to say is in its convergence flag.
        warnings.simplefilter("ignore")
        model = arch_model(
            np.sqrt(stretch / scale), mean="Zero", vol="GARCH", p=1, q=1, rescale=False
        )
        result = model.fit(disp="off", show_warning=False)
    omega, alpha, beta = (float(value) for value in np.asarray(result.params))
    if result.convergence_flag != 0 or not np.isfinite([omega, alpha, beta]).all():
        return "no convergence"
    return Parameters(omega * scale, alpha, beta)


def stand_in(fits: Sequence[Parameters], squares: Float64, everyone: Float64) -> Parameters:
    """Return the median of other symbols' parameters around the mean square of this one.

    Parameters
    ----------
    fits : sequence of Parameters
        Of the symbols that have a fit.
    squares : float64 array of shape (n_bars,)
        Squared returns of this symbol; without any, the mean is that of all symbols.
    everyone : float64 array of shape (n_symbols, n_bars)
    """
    if not fits:
        return RISK_METRICS
    alpha = float(np.median([one.alpha for one in fits]))
    # Two medians may add up to more than one.
    beta = min(float(np.median([one.beta for one in fits])), 1 - alpha)
    own = squares if not np.isnan(squares).all() else everyone
    return Parameters((1 - alpha - beta) * float(np.nanmean(own)), alpha, beta)


def next_variance(parameters: Parameters, squares: Float64, lookback: int) -> Float64:
    """Variance of the bar after each, NaN before `lookback` unbroken returns.

    Parameters
    ----------
    parameters : Parameters
    squares : float64 array of shape (n_bars,)
        Squared returns, NaN where there is none.
    lookback : int
        The recursion of a stretch starts from the mean of its first so many squares.
    """
    found = np.full(len(squares), np.nan)
    omega, alpha, beta = parameters.omega, parameters.alpha, parameters.beta
    for start, stop in stretches(squares):
        if stop - start < lookback:
            continue
        stretch = squares[start:stop].tolist()
        variance, path = sum(stretch[:lookback]) / lookback, []
        for square in stretch:
            variance = omega + alpha * square + beta * variance
            path.append(variance)
        found[start + lookback - 1 : stop] = path[lookback - 1 :]
    return found


def forecast_variance(
    parameters: Parameters, following: Float64, lag: int, horizon: int
) -> Float64:
    """Mean of the expected variances of `horizon` bars, after leaving out `lag` bars.

    Parameters
    ----------
    parameters : Parameters
    following : float64 array
        Variance of the very next bar.
    lag, horizon : int
    """
    persistence = parameters.alpha + parameters.beta
    variance, total = following, np.zeros_like(following)
    for step in range(lag + horizon):
        if step >= lag:
            total = total + variance
        variance = parameters.omega + persistence * variance
    return total / horizon


def stretches(squares: Float64) -> Iterator[tuple[int, int]]:
    """Begin and end of every unbroken stretch of numbers."""
    edges = np.diff(np.pad(~np.isnan(squares), 1).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return zip(starts.tolist(), stops.tolist(), strict=True)
