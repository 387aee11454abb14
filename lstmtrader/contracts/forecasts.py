"""Random forecasts of every kind, for asking a strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np

from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame

_SCALE: dict[ForecastKind, Callable[[np.ndarray], np.ndarray]] = {
    ForecastKind.RETURN: lambda x: 0.01 * x,
    ForecastKind.SCALED_RETURN: lambda x: x,
    ForecastKind.VOLATILITY: lambda x: 0.01 * np.exp(0.3 * x),
    ForecastKind.LOG_VOLATILITY: lambda x: np.log(0.01) + 0.3 * x,
    ForecastKind.PROBABILITY: lambda x: 1 / (1 + np.exp(-x)),
    ForecastKind.RANK: np.tanh,
    ForecastKind.POSITION: np.tanh,
    ForecastKind.DIRECTION: np.tanh,
    ForecastKind.SCORE: lambda x: 1e3 * x,
}
_USUAL = ("scale", "quantile_0.1", "quantile_0.9")
_QUANTILE = "quantile_"
_WIDEST = NormalDist().inv_cdf(0.9)


def random_forecast(
    prices: PriceFrame,
    kind: ForecastKind,
    first: int,
    members: int = 2,
    details: Sequence[str] = (),
) -> Forecast:
    """Random forecasts of one kind from bar `first` on, NaN where there is no price.

    With all that a model may know beside the mean: a scale, two quantiles, and `details`. The
    same arguments give the same forecasts.

    Parameters
    ----------
    prices : PriceFrame
    kind : ForecastKind
    first : int
        Position of the first forecast; a history from there to the last bar of the prices.
    members : int
    details : sequence of str
        More names of details, such as ``"quantile_0.05"``.
    """
    index, symbols = prices.index[first:], prices.symbols
    draws = np.random.default_rng(9).standard_normal((members, len(index), len(symbols)))
    width = 0.1 + np.random.default_rng(10).random(draws.shape)
    there = prices.close.iloc[first:].notna().to_numpy()

    def known(values: np.ndarray) -> np.ndarray:
        return np.where(there, values, np.nan).astype(np.float32)

    def detail(name: str) -> np.ndarray:
        if name.startswith(_QUANTILE):
            side = NormalDist().inv_cdf(float(name.removeprefix(_QUANTILE))) / _WIDEST
            return _SCALE[kind](draws + side * width)
        if name == "scale":
            return width * (0.01 if kind is ForecastKind.RETURN else 1.0)
        return width / 2  # a share, such as a probability

    names = dict.fromkeys((*_USUAL, *details))
    return Forecast(
        known(_SCALE[kind](draws)),
        index,
        symbols,
        kind,
        {name: known(detail(name)) for name in names},
    )
