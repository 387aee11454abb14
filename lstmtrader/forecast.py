"""Forecast: what the models said, out of sample, with every ensemble member kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.axes import check_axes
from lstmtrader.bounds import one_of
from lstmtrader.display.tables import block, table
from lstmtrader.errors import ContractError, MissingDetailError
from lstmtrader.panel import Float32, Mask

_QUANTILE = "quantile_"
_MEMBER = re.compile(r"member_\d+")
_ROWS_SHOWN, _SYMBOLS_SHOWN = 5, 8


class ForecastKind(StrEnum):
    """What a forecast is a forecast of; strategies refuse kinds they cannot use.

    Most are named after their target. ``position`` is what to hold, in (-1, 1); ``direction`` is
    the expected side, P(up) - P(down), in (-1, 1); ``score`` is a number that only orders the
    symbols of a bar.

    Examples
    --------
    >>> ForecastKind("return").value
    'return'
    >>> ForecastKind.LOG_VOLATILITY == "log_volatility"
    True
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


@dataclass(frozen=True, eq=False, repr=False)
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

    Examples
    --------
    >>> import pandas as pd
    >>> bars = pd.bdate_range("2024-01-01", periods=2)
    >>> said = pd.DataFrame({"A": [0.01, -0.02], "B": [0.0, None]}, index=bars)
    >>> Forecast.from_pandas(said, kind="return")
    Forecast of return: 2 bars x 2 symbols, 1 member, 2024-01-01 to 2024-01-02
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
        return pd.DataFrame(values, index=self.index, columns=_columns(self.symbols).view())

    @staticmethod
    def from_pandas(
        frame: pd.DataFrame | Sequence[pd.DataFrame],
        kind: ForecastKind | str = ForecastKind.RETURN,
    ) -> Forecast:
        """Take the forecasts of any model.

        Parameters
        ----------
        frame : DataFrame of shape (n_bars, n_symbols), or a sequence of them
            Row ``t`` is known after the close of bar ``t``; NaN is no forecast. Several frames are
            the members of an ensemble, on the same bars and symbols.
        kind : ForecastKind or str
            What the numbers are.

        Raises
        ------
        ContractError
            If a frame is empty, holds something else than numbers, has bars that are not dates,
            not sorted or not unique, symbols that are not text or not unique, or other bars or
            symbols than the first.

        Examples
        --------
        >>> import pandas as pd
        >>> bars = pd.bdate_range("2024-01-01", periods=3)
        >>> one = pd.DataFrame({"A": [0.25, 0.5, 0.75]}, index=bars)
        >>> Forecast.from_pandas([one, 3 * one], kind="score").mean["A"].tolist()
        [0.5, 1.0, 1.5]
        """
        frames = [frame] if isinstance(frame, pd.DataFrame | pd.Series) else list(frame)
        if not frames:
            raise ContractError("forecasts: expected at least one DataFrame")
        arrays = [_checked(one) for one in frames]
        first = frames[0]
        for number, one in enumerate(frames[1:], 1):
            if not (one.index.equals(first.index) and one.columns.equals(first.columns)):
                raise ContractError(
                    f"forecasts: member {number} has other bars or symbols than member 0"
                )
        return Forecast(
            np.stack(arrays),
            first.index,
            tuple(first.columns),
            one_of(ForecastKind, kind=kind),
        )

    def to_long(self) -> pd.DataFrame:
        """Return one row per bar and symbol that has a forecast by any member.

        Columns: date, symbol, mean (NaN where a member has none), one ``member_<number>`` each,
        and the details as far as there are any: averaged over members, and where there are
        several also one ``member_<number>_<detail>`` each.
        """
        mean = self.mean.to_numpy()
        bar, symbol = np.nonzero(~np.isnan(self.members).all(axis=0))
        columns = {
            "date": self.index[bar],
            "symbol": np.array(self.symbols, dtype=object)[symbol],
            "mean": mean[bar, symbol],
        }
        for number in range(self.n_members):
            columns[f"member_{number}"] = self.members[number, bar, symbol]
        for name in self.details:
            columns[name] = self.detail(name).to_numpy()[bar, symbol]
        if self.n_members > 1:
            for name, values in self.details.items():
                for number in range(self.n_members):
                    columns[f"member_{number}_{name}"] = values[number, bar, symbol]
        return pd.DataFrame(columns)

    @staticmethod
    def from_long(
        long: pd.DataFrame, index: pd.DatetimeIndex, symbols: Sequence[str], kind: ForecastKind
    ) -> Forecast:
        """Make a forecast of what `to_long` gave, to the last bit.

        Parameters
        ----------
        long : DataFrame
        index : DatetimeIndex
            All bars of the forecast, those without any number included.
        symbols : sequence of str
            All symbols, likewise.
        kind : ForecastKind

        Raises
        ------
        KeyError
            If the table has no members, or a bar or symbol that is none of those.
        """
        bar = index.get_indexer(long["date"])
        symbol = pd.Index(symbols).get_indexer(long["symbol"])
        if (bar < 0).any() or (symbol < 0).any():
            raise KeyError("a bar or a symbol that the forecast does not have")
        n_members = sum(bool(_MEMBER.fullmatch(name)) for name in long.columns)

        def array(names: Sequence[str]) -> Float32:
            made = np.full((len(names), len(index), len(symbols)), np.nan, dtype=np.float32)
            for number, name in enumerate(names):
                made[number, bar, symbol] = long[name].to_numpy(dtype=np.float32)
            return made

        each = [f"member_{number}" for number in range(n_members)]
        details = [
            name
            for name in long.columns
            if name not in ("date", "symbol", "mean") and not name.startswith("member_")
        ]
        return Forecast(
            array(each if each else ["member_0"]),
            index,
            tuple(symbols),
            kind,
            {
                name: array([name] if n_members == 1 else [f"{one}_{name}" for one in each])
                for name in details
            },
        )

    def __repr__(self) -> str:
        return f"Forecast of {self.kind}: {self._extent()}"

    def _extent(self) -> str:
        members = f"{self.n_members} member{'' if self.n_members == 1 else 's'}"
        period = (
            f", {self.index[0]:%Y-%m-%d} to {self.index[-1]:%Y-%m-%d}" if len(self.index) else ""
        )
        return f"{len(self.index)} bars x {len(self.symbols)} symbols, {members}{period}"

    def _repr_html_(self) -> str:
        """Shape, period, how much is there, and the first rows of the mean."""
        shown = self.symbols[:_SYMBOLS_SHOWN]
        mean = self.mean
        first = mean.notna().any(axis=1).to_numpy().argmax() if len(mean) else 0
        rows = [
            [f"{bar:%Y-%m-%d %H:%M}".removesuffix(" 00:00")]
            + ["–" if np.isnan(one) else f"{one:.4g}" for one in row]
            for bar, row in zip(
                mean.index[first:][:_ROWS_SHOWN],
                mean.iloc[first:][list(shown)].to_numpy()[:_ROWS_SHOWN],
                strict=True,
            )
        ]
        more = len(self.symbols) - len(shown)
        there = mean.notna().to_numpy().mean() if mean.size else 0.0
        remark = f"{self._extent()}; {there:.1%} of the cells have a forecast"
        if self.details:
            remark += f"; also {', '.join(self.details)}"
        remark += ". Mean over members, the first bars" + (
            f", {more} more symbols are not shown" if more else ""
        )
        return block(f"Forecast of {self.kind}", table(rows, ["bar", *shown]), remark=remark)

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


@lru_cache(maxsize=64)
def _columns(symbols: tuple[str, ...]) -> pd.Index:
    """Symbols as pandas wants them: to make that of text takes longer than to fill a table."""
    return pd.Index(list(symbols))


def _checked(frame: pd.DataFrame) -> Float32:
    """Give the numbers of a frame of forecasts, or say what is wrong with it."""
    if not isinstance(frame, pd.DataFrame):
        raise ContractError(f"forecasts: expected a DataFrame; got {type(frame).__name__}")
    check_axes(frame, "forecasts", ContractError)
    try:
        values: Float32 = frame.to_numpy(dtype=np.float32, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ContractError(f"forecasts: expected numbers; {error}") from error
    return values


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
