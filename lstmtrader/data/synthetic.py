"""Seeded prices with known properties, for tests and for learning what skill looks like."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from lstmtrader.clock import Calendar
from lstmtrader.data.provider import EVERYTHING, PriceRequest, require_symbols
from lstmtrader.errors import ConfigError
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class SyntheticProvider:
    """Draw prices bar by bar: a longer history of the same seed begins with the shorter one.

    With the defaults, log returns are independent: nothing can be forecast.

    Parameters
    ----------
    n_symbols, n_bars : int
    seed : int
    volatility : float
        Standard deviation of the log return of one bar.
    drift : float
        Mean log return of one bar.
    autocorrelation : float
        AR(1) coefficient of the log returns, in (-1, 1): a signal a model can find.
    clustering : float
        Persistence of the log volatility, in [0, 1); 0 keeps the volatility constant.
    listed_late, delisted : int
        The first `listed_late` symbols start a third into the history; the last `delisted` ones
        end at two thirds of it.
    holes : int
        Bars without a price, at random places of random symbols.
    first_day : str
    """

    n_symbols: int = 4
    n_bars: int = 1000
    seed: int = 0
    volatility: float = 0.01
    drift: float = 0.0
    autocorrelation: float = 0.0
    clustering: float = 0.0
    listed_late: int = 0
    delisted: int = 0
    holes: int = 0
    first_day: str = "2000-01-03"

    def __post_init__(self) -> None:
        if self.n_symbols < 1 or self.n_bars < 2:
            raise ConfigError(
                f"synthetic: expected at least 1 symbol and 2 bars; "
                f"got {self.n_symbols} and {self.n_bars}"
            )
        if not -1 < self.autocorrelation < 1 or not 0 <= self.clustering < 1:
            raise ConfigError("synthetic: autocorrelation must be in (-1, 1), clustering in [0, 1)")
        if self.listed_late + self.delisted > self.n_symbols:
            raise ConfigError("synthetic: more late and delisted symbols than symbols")

    @property
    def symbols(self) -> tuple[str, ...]:
        """SYN00, SYN01, …"""
        return tuple(f"SYN{number:02d}" for number in range(self.n_symbols))

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        """Return the prices asked for; see `PriceProvider.fetch`.

        Examples
        --------
        >>> SyntheticProvider(n_symbols=2, n_bars=30).fetch().symbols
        ('SYN00', 'SYN01')
        """
        if request.symbols is not None:
            require_symbols(request.symbols, self.symbols, "the synthetic provider")
        index = pd.bdate_range(self.first_day, periods=self.n_bars)
        start = None if request.start is None else pd.Timestamp(request.start)
        end = None if request.end is None else pd.Timestamp(request.end)
        # No later bar is drawn than is asked for.
        drawn = index if end is None else index[: max(index.searchsorted(end, side="right"), 1)]
        cut = {name: table.loc[start:end] for name, table in self._tables(drawn).items()}
        if request.symbols is not None and tuple(request.symbols) != self.symbols:
            columns = list(request.symbols)
            cut = {name: table[columns] for name, table in cut.items()}
        return PriceFrame(**cut, calendar=Calendar("24/5"))

    def _tables(self, index: pd.DatetimeIndex) -> dict[str, pd.DataFrame]:
        """The fields on the first bars."""
        shape = (len(index), self.n_symbols)
        rng = np.random.default_rng([self.seed, self.n_symbols])
        # One row of draws a bar, so that the past does not depend on the length.
        draws = rng.standard_normal((len(index), 6, self.n_symbols))
        shock, heat, night, up, down, crowd = (draws[:, part] for part in range(6))
        log_vol = np.zeros(shape)
        if self.clustering:
            log_vol[1:] = 0.6 * (np.sqrt(1 - self.clustering**2) * heat[1:])
            for before, now in pairwise(log_vol):
                now += self.clustering * before
        noise = self.volatility * np.exp(log_vol) * shock
        returns = self.drift + noise
        returns[0] = 0.0
        if self.autocorrelation:
            for before, now, own in zip(returns, returns[1:], noise[1:], strict=False):
                np.subtract(before, self.drift, out=now)
                now *= self.autocorrelation
                now += self.drift
                now += own
        close = 100 * np.exp(np.cumsum(returns, axis=0))
        open_ = np.vstack([close[:1], close[:-1]]) * np.exp(0.2 * self.volatility * night)
        high = np.maximum(open_, close) * np.exp(0.3 * self.volatility * np.abs(up))
        low = np.minimum(open_, close) * np.exp(-0.3 * self.volatility * np.abs(down))
        volume = np.round(1e6 * np.exp(0.3 * crowd))
        absent = self._absent()[: len(index)]
        columns = pd.Index(self.symbols)
        return {
            name: pd.DataFrame(np.where(absent, np.nan, values), index=index, columns=columns)
            for name, values in {
                "close": close, "open": open_, "high": high, "low": low, "volume": volume
            }.items()
        }  # fmt: skip

    def _absent(self) -> np.ndarray:
        shape = (self.n_bars, self.n_symbols)
        absent = np.zeros(shape, dtype=bool)
        absent[: shape[0] // 3, : self.listed_late] = True
        absent[2 * shape[0] // 3 :, shape[1] - self.delisted :] = True
        rng = np.random.default_rng([self.seed, 7])
        absent[rng.integers(0, shape[0], self.holes), rng.integers(0, shape[1], self.holes)] = True
        return absent
