"""Forecast: what the models said, out of sample, with every ensemble member kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.errors import ContractError, MissingDetailError
from lstmtrader.panel import Float32, Mask

_QUANTILE = "quantile_"


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
        Point forecasts.
    index : DatetimeIndex of length n_bars
    symbols : tuple of str
    kind : ForecastKind
    details : mapping of str to float32 array of the shape of `members`
        What else the model knows, in units of the forecast: ``scale`` (standard deviation of the
        outcome), ``quantile_0.1`` and so on; and ``probability_down``, ``probability_flat``,
        ``probability_up``. NaN where the point forecast is.
    """

    members: Float32
    index: pd.DatetimeIndex
    symbols: tuple[str, ...]
    kind: ForecastKind
    details: Mapping[str, Float32] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.members.ndim != 3 or self.members.shape[1:] != (len(self.index), len(self.symbols)):
            raise ContractError(
                f"forecast: expected shape (n_members, {len(self.index)}, {len(self.symbols)}); "
                f"got {self.members.shape}"
            )
        for name in self.details:
            if name in ("mean", "date", "symbol") or name.startswith("member"):
                raise ContractError(f"forecast: {name} is no name for a detail")
        for name, values in {"members": self.members, **self.details}.items():
            if values.shape != self.members.shape:
                raise ContractError(
                    f"forecast: expected {name} of shape {self.members.shape}; got {values.shape}"
                )
            if np.isinf(values).any():
                raise ContractError(f"forecast: {name} contains infinities")

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

    def detail(self, name: str) -> pd.DataFrame:
        """One of `details`, averaged over members, float64 of shape (n_bars, n_symbols).

        Raises
        ------
        MissingDetailError
            If the model does not know it.
        """
        if name not in self.details:
            known = ", ".join(self.details) or "nothing but point forecasts"
            raise MissingDetailError(f"the model does not forecast {name}; it gives {known}")
        return self.frame(self.details[name].mean(axis=0, dtype=np.float64))

    @property
    def scale(self) -> pd.DataFrame:
        """Standard deviation of the outcome, shape (n_bars, n_symbols).

        That of the mixture of all members: the mean of their variances plus the variance of
        their means.
        """
        self.detail("scale")
        variance = np.square(self.details["scale"], dtype=np.float64).mean(axis=0)
        return self.frame(np.sqrt(variance + self.members.var(axis=0, dtype=np.float64)))

    @property
    def levels(self) -> tuple[float, ...]:
        """Levels of the quantiles there are, in increasing order."""
        names = [name for name in self.details if name.startswith(_QUANTILE)]
        return tuple(sorted(float(name.removeprefix(_QUANTILE)) for name in names))

    def quantile(self, level: float) -> pd.DataFrame:
        """Quantile of the outcome, averaged over members, shape (n_bars, n_symbols)."""
        return self.detail(quantile_name(level))

    def member(self, number: int) -> Forecast:
        """Return one member alone, as a forecast."""
        return self._cut(np.s_[number : number + 1])

    def last(self, n_bars: int) -> Forecast:
        """Return the last bars alone."""
        return self._cut(np.s_[:, -n_bars:])

    def where(self, mask: Mask) -> Forecast:
        """Return it with NaN where the mask, of shape (n_bars, n_symbols), is False."""
        blank = np.float32(np.nan)
        return replace(
            self,
            members=np.where(mask, self.members, blank),
            details={name: np.where(mask, array, blank) for name, array in self.details.items()},
        )

    def frame(self, values: np.ndarray) -> pd.DataFrame:
        """Put an array of shape (n_bars, n_symbols) on the bars and symbols of the forecast."""
        return pd.DataFrame(values, index=self.index, columns=list(self.symbols))

    def to_long(self) -> pd.DataFrame:
        """Return one row per bar and symbol that has a forecast.

        Columns: date, symbol, mean, one ``member_<number>`` each, and the details as far as there
        are any, averaged over members.
        """
        mean = self.mean.to_numpy()
        bar, symbol = np.nonzero(~np.isnan(mean))
        table = {
            "date": self.index[bar],
            "symbol": np.array(self.symbols, dtype=object)[symbol],
            "mean": mean[bar, symbol],
        }
        for number in range(self.n_members):
            table[f"member_{number}"] = self.members[number, bar, symbol]
        for name in self.details:
            table[name] = self.detail(name).to_numpy()[bar, symbol]
        return pd.DataFrame(table)

    @staticmethod
    def ensemble(forecasts: Sequence[Forecast]) -> Forecast:
        """Stack forecasts for the same bars as members of one."""
        return _joined(forecasts, forecasts[0].index, axis=0)

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
        return _joined(forecasts, index, axis=1)

    def _cut(self, where: Any) -> Forecast:
        details = {name: array[where] for name, array in self.details.items()}
        index = self.index
        if isinstance(where, tuple):
            index = index[where[1]]
        return Forecast(self.members[where], index, self.symbols, self.kind, details)


def quantile_name(level: float) -> str:
    """Name of a quantile among the details of a forecast: ``quantile_0.1``."""
    return f"{_QUANTILE}{level:g}"


def _joined(forecasts: Sequence[Forecast], index: pd.DatetimeIndex, axis: int) -> Forecast:
    first = forecasts[0]
    if any(set(one.details) != set(first.details) for one in forecasts):
        raise ContractError("forecast: members or folds do not give the same details")
    return Forecast(
        np.concatenate([one.members for one in forecasts], axis=axis),
        index,
        first.symbols,
        first.kind,
        {
            name: np.concatenate([one.details[name] for one in forecasts], axis=axis)
            for name in first.details
        },
    )
