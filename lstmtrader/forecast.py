"""Forecast: what the models said, out of sample, with every ensemble member kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from lstmtrader.errors import ContractError
from lstmtrader.panel import Float32


class ForecastKind(StrEnum):
    """What a forecast is a forecast of; strategies refuse kinds they cannot use.

    Most are named after their target. ``position`` is what to hold, in (-1, 1); ``direction`` is
    the expected side, P(up) - P(down), in (-1, 1); ``score`` is a number that only orders the
    symbols of a bar.
    """

    RETURN = "return"
    SCALED_RETURN = "scaled_return"
    VOLATILITY = "volatility"
    LOG_VOLATILITY = "log_volatility"
    PROBABILITY = "probability"
    RANK = "rank"
    POSITION = "position"
    DIRECTION = "direction"
    SCORE = "score"


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts of several members for several symbols.

    Row ``t`` is known after the close of bar ``t``. NaN means: no forecast (not listed, hole in
    the window, too little history); a strategy must treat it as «no opinion».

    Parameters
    ----------
    members : float32 array of shape (n_members, n_bars, n_symbols)
    index : DatetimeIndex of length n_bars
    symbols : tuple of str
    kind : ForecastKind
    """

    members: Float32
    index: pd.DatetimeIndex
    symbols: tuple[str, ...]
    kind: ForecastKind

    def __post_init__(self) -> None:
        if self.members.ndim != 3 or self.members.shape[1:] != (len(self.index), len(self.symbols)):
            raise ContractError(
                f"forecast: expected shape (n_members, {len(self.index)}, {len(self.symbols)}); "
                f"got {self.members.shape}"
            )
        if np.isinf(self.members).any():
            raise ContractError("forecast: contains infinities")

    @property
    def n_members(self) -> int:
        """Number of ensemble members."""
        return int(self.members.shape[0])

    @property
    def mean(self) -> pd.DataFrame:
        """Average over members, float64 of shape (n_bars, n_symbols)."""
        return self.frame(self.members.mean(axis=0, dtype=np.float64))

    @property
    def dispersion(self) -> pd.DataFrame:
        """Standard deviation over members (ddof 0), shape (n_bars, n_symbols)."""
        return self.frame(self.members.std(axis=0, dtype=np.float64))

    def member(self, number: int) -> Forecast:
        """Return one member alone, as a forecast."""
        return Forecast(self.members[number : number + 1], self.index, self.symbols, self.kind)

    def frame(self, values: np.ndarray) -> pd.DataFrame:
        """Put an array of shape (n_bars, n_symbols) on the bars and symbols of the forecast."""
        return pd.DataFrame(values, index=self.index, columns=list(self.symbols))

    def to_long(self) -> pd.DataFrame:
        """Return one row per bar and symbol that has a forecast: date, symbol, mean, member_*."""
        mean = self.mean.to_numpy()
        bar, symbol = np.nonzero(~np.isnan(mean))
        table = {
            "date": self.index[bar],
            "symbol": np.array(self.symbols, dtype=object)[symbol],
            "mean": mean[bar, symbol],
        }
        for number in range(self.n_members):
            table[f"member_{number}"] = self.members[number, bar, symbol]
        return pd.DataFrame(table)

    @staticmethod
    def ensemble(forecasts: Sequence[Forecast]) -> Forecast:
        """Stack forecasts for the same bars as members of one."""
        first = forecasts[0]
        stacked = np.concatenate([forecast.members for forecast in forecasts])
        return Forecast(stacked, first.index, first.symbols, first.kind)

    @staticmethod
    def concat(forecasts: Sequence[Forecast]) -> Forecast:
        """Join forecasts of consecutive folds in time.

        Raises
        ------
        ContractError
            If a bar is forecast twice or the folds are not in order.
        """
        index = forecasts[0].index.append([forecast.index for forecast in forecasts[1:]])
        if not (index.is_unique and index.is_monotonic_increasing):
            raise ContractError("forecast: the folds overlap or are not in order")
        joined = np.concatenate([forecast.members for forecast in forecasts], axis=1)
        return Forecast(joined, index, forecasts[0].symbols, forecasts[0].kind)
