"""SymbolHistory: what a source says about one symbol, raw, before anything is adjusted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lstmtrader.errors import DataError

BAR_FIELDS = ("open", "high", "low", "close", "volume", "adj_close")
ACTION_KINDS = ("dividend", "split", "capital_gain")


def no_actions() -> pd.DataFrame:
    """Return an empty table of actions."""
    return pd.DataFrame(
        {"kind": pd.Series(dtype=object), "value": pd.Series(dtype=np.float64)},
        index=pd.DatetimeIndex([], name="time"),
    )


@dataclass(frozen=True, eq=False)
class SymbolHistory:
    """Bars and actions of one symbol as the source gave them.

    Parameters
    ----------
    symbol : str
    interval : str
        ``1d``, ``1h``, ``1m``, … as the source names it.
    bars : DataFrame
        Indexed by time: the session's date for daily bars, the opening instant in UTC for shorter
        ones, without a time zone, sorted and unique. Columns `BAR_FIELDS`, float64, NaN where
        there is none. ``adj_close`` is the source's own adjusted close, kept for comparison.
    actions : DataFrame
        Indexed by time (several may share one), columns kind (`ACTION_KINDS`) and value: money a
        share for dividends and gains, new shares per old one for splits.
    split_adjusted : bool
        Whether the prices are already adjusted for the splits in `actions`, as Yahoo's are.
    currency, exchange, timezone : str, optional

    Raises
    ------
    DataError
        Naming the symbol, where a table breaks these rules.
    """

    symbol: str
    interval: str
    bars: pd.DataFrame
    actions: pd.DataFrame = field(default_factory=no_actions)
    split_adjusted: bool = True
    currency: str | None = None
    exchange: str | None = None
    timezone: str | None = None

    def __post_init__(self) -> None:
        index = self.bars.index
        if not isinstance(index, pd.DatetimeIndex) or index.tz is not None:
            raise DataError(f"{self.symbol}: expected bars indexed by times without a zone")
        if not (index.is_unique and index.is_monotonic_increasing):
            raise DataError(f"{self.symbol}: expected bars sorted and unique in time")
        if tuple(self.bars.columns) != BAR_FIELDS:
            raise DataError(
                f"{self.symbol}: expected the columns {', '.join(BAR_FIELDS)}; "
                f"got {', '.join(map(str, self.bars.columns))}"
            )
        unknown = set(self.actions["kind"]) - set(ACTION_KINDS)
        if unknown:
            raise DataError(f"{self.symbol}: unknown kind of action {sorted(unknown)[0]!r}")


def adjustment_factors(history: SymbolHistory) -> pd.Series:
    """Factor by which each raw price is multiplied to be comparable with the last one.

    A distribution of D with ex-date e multiplies every earlier price by ``1 - D / c``, c being the
    last close before e; a split of r new shares per old one divides earlier prices by r, unless
    the source has done that already. The last bar's factor is 1, and a factor depends on later
    actions only: this is total-return adjustment as in CRSP's method.

    Returns
    -------
    Series
        On the bars of the history. NaN closes do not count as the last close before an action.

    Raises
    ------
    DataError
        If a distribution is not smaller than the close before it.
    """
    factors = np.ones(len(history.bars))
    close = history.bars["close"].ffill().to_numpy()
    for time, kind, value in zip(
        history.actions.index, history.actions["kind"], history.actions["value"], strict=True
    ):
        first = int(history.bars.index.searchsorted(time))
        if first == 0 or (kind == "split" and history.split_adjusted):
            continue
        before = close[first - 1]
        if kind == "split":
            factors[:first] /= value
            continue
        if not value < before:
            raise DataError(
                f"{history.symbol}: the distribution of {value:g} on {time:%Y-%m-%d} is not below "
                f"the close before it, {before:g}"
            )
        factors[:first] *= 1 - value / before
    return pd.Series(factors, index=history.bars.index, name="factor")
