"""Targets. Row ``t`` starts at the fill of a decision made at ``t``, not at its close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.errors import ConfigError
from lstmtrader.features.cross_section import centred_rank
from lstmtrader.features.returns import log_ratio, rolling_volatility
from lstmtrader.forecast import ForecastKind
from lstmtrader.prices import PriceFrame


def forward_log_return(prices: PriceFrame, execution: Execution, horizon: int) -> pd.DataFrame:
    """Log return from the fill of a decision at ``t`` to the fill `horizon` bars later.

    With ``next_open``: open(t + 1) to open(t + 1 + horizon). NaN where either price is missing.
    """
    return log_ratio(prices.fill_price(execution), -execution.lag, -execution.label_span(horizon))


@dataclass(frozen=True)
class _Ahead:
    """About the `horizon` bars that follow the fill."""

    horizon: int = 1

    def __post_init__(self) -> None:
        if self.horizon < 1:
            raise ConfigError(f"horizon: expected at least 1 bar; got {self.horizon}")


@dataclass(frozen=True)
class ForwardReturn(_Ahead):
    """Log return of a trade decided at ``t`` and held for `horizon` bars.

    Parameters
    ----------
    horizon : int
    scaled : bool
        Divide by the volatility known at ``t``, times the square root of the horizon: all
        symbols and times then count alike in a loss.
    volatility_window : int
        Bars of that volatility.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> target = ForwardReturn(horizon=5)
    >>> target.kind.value
    'scaled_return'
    >>> labels = target(prices, Execution.NEXT_OPEN)
    >>> labels.iloc[-7].round(3).tolist(), int(labels.iloc[-6:].notna().to_numpy().sum())
    ([0.223, -1.53, 1.125], 0)
    """

    scaled: bool = True
    volatility_window: int = 60

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.volatility_window < 2:
            raise ConfigError(
                f"volatility_window: expected at least 2 bars; got {self.volatility_window}"
            )

    @property
    def kind(self) -> ForecastKind:
        """Return or scaled return."""
        return ForecastKind.SCALED_RETURN if self.scaled else ForecastKind.RETURN

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        """See `Target`."""
        forward = forward_log_return(prices, execution, self.horizon)
        if not self.scaled:
            return forward
        size = rolling_volatility(prices, self.volatility_window) * np.sqrt(self.horizon)
        return forward / size.where(size > 0)


@dataclass(frozen=True)
class ForwardVolatility(_Ahead):
    """Log of the root mean square of the `horizon` one-bar returns that follow the fill.

    Parameters
    ----------
    horizon : int
    floor : float
        Added to the mean square, so that a motionless price has a logarithm.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> target = ForwardVolatility(horizon=5)
    >>> target.kind.value
    'log_volatility'
    >>> labels = target(prices, Execution.NEXT_OPEN)
    >>> labels.iloc[-7].round(3).tolist(), int(labels.iloc[-6:].notna().to_numpy().sum())
    ([-5.344, -4.277, -4.278], 0)
    """

    horizon: int = 5
    floor: float = 1e-8

    @property
    def kind(self) -> ForecastKind:
        """Log volatility per bar."""
        return ForecastKind.LOG_VOLATILITY

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        """See `Target`."""
        fill = prices.fill_price(execution)
        squares = log_ratio(fill, 1, 0) ** 2
        mean_square = squares.rolling(self.horizon).mean()
        return 0.5 * np.log(mean_square.shift(-execution.label_span(self.horizon)) + self.floor)


@dataclass(frozen=True)
class Direction(_Ahead):
    """1 where the trade decided at ``t`` gains over `horizon` bars, 0 where it loses.

    A trade that ends exactly where it began has no direction and is NaN.

    Parameters
    ----------
    horizon : int

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> target = Direction(horizon=5)
    >>> target.kind.value
    'probability'
    >>> labels = target(prices, Execution.NEXT_OPEN)
    >>> labels.iloc[-7].round(3).tolist(), int(labels.iloc[-6:].notna().to_numpy().sum())
    ([1.0, 0.0, 1.0], 0)
    """

    @property
    def kind(self) -> ForecastKind:
        """Probability of a gain."""
        return ForecastKind.PROBABILITY

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        """See `Target`."""
        forward = forward_log_return(prices, execution, self.horizon)
        return (forward > 0).astype(np.float64).where(forward.notna() & (forward != 0))


@dataclass(frozen=True)
class ForwardRank(_Ahead):
    """Rank of the forward return among the symbols, from -1 to 1.

    Parameters
    ----------
    horizon : int

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> target = ForwardRank(horizon=5)
    >>> target.kind.value
    'rank'
    >>> labels = target(prices, Execution.NEXT_OPEN)
    >>> labels.iloc[-7].round(3).tolist(), int(labels.iloc[-6:].notna().to_numpy().sum())
    ([0.0, -1.0, 1.0], 0)
    """

    @property
    def kind(self) -> ForecastKind:
        """Cross-sectional rank."""
        return ForecastKind.RANK

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        """See `Target`; ranked among the members of the universe at the decision."""
        forward = forward_log_return(prices, execution, self.horizon)
        return centred_rank(forward.where(prices.member))


@dataclass(frozen=True)
class BeatMedian(_Ahead):
    """1 where the forward return is at or above the median of the universe, 0 where below.

    The median is that of the members of the universe at the decision whose return is known; a
    symbol that is no member, and a bar with a single one, have no label.

    Parameters
    ----------
    horizon : int

    References
    ----------
    Fischer, T. and Krauss, C. (2018). Deep learning with long short-term memory networks for
    financial market predictions. European Journal of Operational Research, 270(2), 654-669.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> target = BeatMedian(horizon=5)
    >>> target.kind.value
    'probability'
    >>> labels = target(prices, Execution.NEXT_OPEN)
    >>> labels.iloc[-7].round(3).tolist(), int(labels.iloc[-6:].notna().to_numpy().sum())
    ([1.0, 0.0, 1.0], 0)
    """

    @property
    def kind(self) -> ForecastKind:
        """Probability of beating the median."""
        return ForecastKind.PROBABILITY

    def __call__(self, prices: PriceFrame, execution: Execution, /) -> pd.DataFrame:
        """See `Target`."""
        forward = forward_log_return(prices, execution, self.horizon).where(prices.member)
        several = forward.notna().sum(axis=1) > 1
        beats = forward.ge(forward.median(axis=1), axis=0).astype(np.float64)
        return beats.where(forward.notna().mul(several, axis=0))
