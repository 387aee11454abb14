"""Other futures: the same prices up to a bar, and other ones after it."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.prices import PriceFrame

_PRICES = ("close", "open", "high", "low")
_JUMP = 1e4
_MISSING = 0.2
_DROPPED = 0.02  # few enough for the calendar to be the same
_APPENDED = 30
_PAID = 0.3  # of symbols and bars, a dividend of one percent


class How(StrEnum):
    """In what way the future is another one."""

    WILD = "random factors"
    MILD = "random factors of a tenth of a percent"
    JUMP = "a jump to 10,000 times the price"
    CRASH = "a crash to a ten-thousandth of the price"
    SHUFFLE = "its bars shuffled"
    MISSING = "a fifth of its prices missing"
    MEMBERS = "other members of the universe"
    TRUNCATE = "cut off"
    APPEND = "more bars at the end"
    CALENDAR = "some of its bars taken out"

    @property
    def keeps_shape(self) -> bool:
        """Whether there are as many bars as before."""
        return self not in (How.TRUNCATE, How.APPEND, How.CALENDAR)


def changed(prices: PriceFrame, after: int, how: How) -> PriceFrame:
    """Return prices that are the same up to and including bar `after`, and others later.

    The same arguments give the same prices.

    Parameters
    ----------
    prices : PriceFrame
    after : int
        Position of the last bar that stays. Nothing changes where it is the last one, unless
        bars are appended: they always come at the end.
    how : How
        Volumes, dividends and fields other than the close change with the closes, each by
        numbers of its own; a high stays the highest of its bar, and a low the lowest.
    """
    cut = after + 1
    rng = np.random.default_rng([after, list(How).index(how)])
    if how is How.TRUNCATE:
        return prices.bars(0, cut)
    if how is How.APPEND:
        return _longer(prices, rng)
    if how is How.CALENDAR:
        gone = cut + np.flatnonzero(rng.random(prices.n_bars - cut) < _DROPPED)
        kept = np.setdiff1d(np.arange(prices.n_bars), [*gone, cut])
        return _rows(prices, kept)
    if how is How.MEMBERS:
        member = prices.member.to_numpy(copy=True)
        member[cut:] = rng.random(member[cut:].shape) < 0.5
        return replace(
            prices, members=pd.DataFrame(member, index=prices.index, columns=prices.close.columns)
        )
    tables = {
        name: frame.to_numpy(copy=True)
        for name in (*_PRICES, "volume", "dividends")
        if (frame := getattr(prices, name)) is not None
    }
    shape = (prices.n_bars - cut, len(prices.symbols))
    _change(tables, cut, how, shape, rng)
    return replace(
        prices,
        **{
            name: pd.DataFrame(values, index=prices.index, columns=prices.close.columns)
            for name, values in tables.items()
        },
    )


def changed_on(prices: PriceFrame, bars: np.ndarray) -> PriceFrame:
    """Return prices that are others on some single bars, by factors drawn for each symbol."""
    rng = np.random.default_rng(bars)
    tables = {}
    for name in (*_PRICES, "volume", "dividends"):
        frame = getattr(prices, name)
        if frame is not None:
            values = frame.to_numpy(copy=True)
            values[bars] *= np.exp(0.3 * rng.standard_normal((len(bars), values.shape[1])))
            if name == "dividends":
                values[bars] += 0.01 * rng.random((len(bars), values.shape[1]))
            tables[name] = pd.DataFrame(values, index=frame.index, columns=frame.columns)
    return replace(prices, **tables)


def _change(
    tables: dict[str, np.ndarray], cut: int, how: How, shape: tuple[int, int], rng: Any
) -> None:
    noise = {How.WILD: 1.0, How.MILD: 1e-3, How.MISSING: 0.01}.get(how, 0.0)
    level = {How.JUMP: _JUMP, How.CRASH: 1 / _JUMP}.get(how, 1.0)
    common = level * np.exp(noise * rng.standard_normal(shape))
    order = rng.permutation(shape[0]) if how is How.SHUFFLE else np.arange(shape[0])
    # Somebody is quoted on every bar that is, and no symbol loses its only price.
    absent = (rng.random(shape) < _MISSING) & (np.isfinite(tables["close"][:cut]).any(axis=0))
    for name, values in tables.items():
        own = np.exp(0.1 * noise * rng.standard_normal(shape))
        factor = common * own if name in _PRICES else np.exp(noise * rng.standard_normal(shape))
        if name not in _PRICES and level != 1.0:
            factor = np.full(shape, 3.0)
        values[cut:] = values[cut:][order] * factor
        if name == "dividends":
            paid = rng.random(shape) < _PAID
            values[cut:] = np.where(paid, 0.01 * tables["close"][cut:], values[cut:])
        if how is How.MISSING:
            values[cut:][absent] = np.nan
    if noise and {"high", "low"} <= set(tables):
        known = [tables[name][cut:] for name in _PRICES if name in tables]
        tables["high"][cut:] = np.maximum.reduce(known)
        tables["low"][cut:] = np.minimum.reduce(known)


def _rows(prices: PriceFrame, kept: np.ndarray) -> PriceFrame:
    """Only some bars; symbols without a close on them go."""
    part = prices.close.iloc[kept]
    columns = part.columns[part.notna().any().to_numpy()]
    cut = {
        name: frame.iloc[kept][columns]
        for name in (*_PRICES, "volume", "dividends")
        if (frame := getattr(prices, name)) is not None
    }
    return replace(prices, **cut)


def _longer(prices: PriceFrame, rng: np.random.Generator) -> PriceFrame:
    index = prices.index.append(_later(prices.index))
    last = {
        name: getattr(prices, name).ffill().iloc[-1].to_numpy()
        for name in (*_PRICES, "volume")
        if getattr(prices, name) is not None
    }
    walk = np.exp(np.cumsum(0.02 * rng.standard_normal((_APPENDED, len(prices.symbols))), axis=0))
    # What had ended stays away.
    walk[:, prices.close.iloc[-1].isna().to_numpy()] = np.nan
    tables = {}
    for name in (*_PRICES, "volume", "dividends"):
        frame = getattr(prices, name)
        if frame is None:
            continue
        more = np.zeros_like(walk) if name == "dividends" else last[name] * walk
        tables[name] = pd.DataFrame(
            np.vstack([frame.to_numpy(), more]), index=index, columns=frame.columns
        )
    members = prices.members
    if members is not None:
        members = members.reindex(index, method="ffill")
    return replace(prices, **tables, members=members)


def _later(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    step = pd.Series(index[-200:]).diff().median()
    if step == pd.Timedelta(days=1) and not (index[-200:].day_of_week > 4).any():
        return pd.bdate_range(index[-1] + step, periods=_APPENDED, tz=index.tz)
    return pd.DatetimeIndex([index[-1] + step * number for number in range(1, _APPENDED + 1)])
