"""From what yfinance returns to the bars and actions of a `SymbolHistory`."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory, no_actions
from lstmtrader.errors import DataError

_COLUMNS = ("Open", "High", "Low", "Close", "Volume", "Adj Close")
_ACTIONS = {"dividend": "Dividends", "split": "Stock Splits", "capital_gain": "Capital Gains"}
_MINOR_UNITS = {("GBP", "GBp"), ("ZAR", "ZAc"), ("ILS", "ILA")}
_MINUTES = re.compile(r"^(\d+)(m|h)$")


def bar_length(interval: str) -> pd.Timedelta | None:
    """Length of an intraday bar; None for one bar a session."""
    match = _MINUTES.match(interval)
    if match is None:
        return None
    return pd.Timedelta(minutes=int(match[1]) * (60 if match[2] == "h" else 1))


def history_of(
    symbol: str,
    interval: str,
    frame: pd.DataFrame | None,
    result: dict[str, Any],
    days: tuple[datetime.date | None, datetime.date | None],
    now: pd.Timestamp,
) -> SymbolHistory:
    """Bring a reply into the form of a `SymbolHistory`.

    Daily bars are named by the session's date on the exchange's clock, shorter ones by their
    opening instant in UTC. A last bar without prices, and one whose session is not over, are left
    for the day when they are complete, and what happens on them too. Other rows without prices
    stay: they are holes that the quality gate must see.

    Parameters
    ----------
    symbol, interval : str
    frame : DataFrame, optional
        As yfinance gave it, None where Yahoo has no bar.
    result : dict
        The reply it was made from.
    days : tuple of date
        First and last day, both included; None for no bound.
    now : Timestamp
        With a time zone.

    Raises
    ------
    DataError
        If the reply is of another interval, or pays dividends in another currency.
    """
    meta = result.get("meta", {})
    about = {
        "currency": meta.get("currency"),
        "exchange": meta.get("exchangeName"),
        "timezone": meta.get("exchangeTimezoneName"),
    }
    if frame is None or frame.empty:
        return SymbolHistory(symbol, interval, _no_bars(), no_actions(), **about)
    if not isinstance(frame.index, pd.DatetimeIndex) or frame.index.tz is None:
        raise DataError(f"{symbol}: yfinance returned rows without times; try again later")
    granted = meta.get("dataGranularity")
    if {granted, interval} not in ({interval}, {"60m", "1h"}):
        raise DataError(f"{symbol}: asked Yahoo for {interval} bars and got {granted} ones")

    first, last = days
    dates = frame.index.tz_localize(None).normalize()
    wanted = np.ones(len(frame), dtype=bool)
    if first is not None:
        wanted &= dates >= pd.Timestamp(first)
    if last is not None:
        wanted &= dates <= pd.Timestamp(last)
    frame = frame[wanted]
    frame = frame.iloc[: _n_complete(frame, meta, bar_length(interval), now)]
    times = _bar_times(frame.index, interval)
    bars = pd.DataFrame(
        {
            field: frame[column].to_numpy(np.float64)
            for field, column in zip(BAR_FIELDS, _COLUMNS, strict=True)
        },
        index=times,
    )
    unknown = bars[["open", "high", "low", "close"]].isna().all(axis=1).to_numpy()
    unknown = unknown | times.isin(_times_without_volume(result, interval, str(about["timezone"])))
    bars.loc[unknown, "volume"] = np.nan  # yfinance writes 0 for a volume that is not known
    if "adjclose" not in result["indicators"]:
        bars["adj_close"] = np.nan  # and the close for an adjusted one that does not exist
    return SymbolHistory(symbol, interval, bars, _actions(symbol, frame, times, result), **about)


def _bar_times(index: pd.DatetimeIndex, interval: str) -> pd.DatetimeIndex:
    if bar_length(interval) is None:
        naive = index.tz_localize(None).normalize()
    else:
        naive = index.tz_convert("UTC").tz_localize(None)
    return naive.as_unit("ns").rename("time")


def _no_bars() -> pd.DataFrame:
    index = pd.DatetimeIndex([], name="time").as_unit("ns")
    return pd.DataFrame({field: np.empty(0) for field in BAR_FIELDS}, index=index)


def _n_complete(
    frame: pd.DataFrame, meta: dict[str, Any], length: pd.Timedelta | None, now: pd.Timestamp
) -> int:
    """Count the bars up to the last one that is over and has prices."""
    count = len(frame)
    if count == 0:
        return 0
    opened = frame.index[-1]
    if length is not None:
        over = opened + length <= now
    else:
        session = (meta.get("currentTradingPeriod") or {}).get("regular")
        over = True
        if session:
            start, end = (
                pd.Timestamp(session[key], unit="s", tz="UTC") for key in ("start", "end")
            )
            over = opened.date() != start.tz_convert(frame.index.tz).date() or now >= end
    priced = frame[["Open", "High", "Low", "Close"]].iloc[-1].notna().any()
    return count if over and priced else count - 1


def _times_without_volume(result: dict[str, Any], interval: str, timezone: str) -> pd.DatetimeIndex:
    quote = result["indicators"]["quote"][0]
    pairs = zip(result["timestamp"], quote["volume"], strict=True)
    without = [second for second, volume in pairs if volume is None]
    index = pd.to_datetime(np.array(without, dtype=np.int64), unit="s", utc=True)
    return _bar_times(index.tz_convert(timezone), interval)


def _actions(
    symbol: str, frame: pd.DataFrame, times: pd.DatetimeIndex, result: dict[str, Any]
) -> pd.DataFrame:
    scale = _dividend_scale(symbol, result)
    parts = []
    for kind, column in _ACTIONS.items():
        if column not in frame.columns:
            continue
        value = frame[column].to_numpy(np.float64)
        on = value != 0
        value = value * scale if kind == "dividend" else value
        parts.append(pd.DataFrame({"kind": kind, "value": value[on]}, index=times[on]))
    found = pd.concat([part for part in parts if len(part)] or [no_actions()])
    found.index = found.index.as_unit("ns").rename("time")
    found["kind"] = found["kind"].astype(object)
    return found.sort_index(kind="stable")


def _dividend_scale(symbol: str, result: dict[str, Any]) -> float:
    """Prices are in the currency of the quote; yfinance drops the one dividends are paid in."""
    quoted = result["meta"].get("currency")
    paid = {
        event.get("currency") or quoted
        for event in result.get("events", {}).get("dividends", {}).values()
    }
    if paid <= {quoted}:
        return 1.0
    if len(paid) == 1 and (paid.pop(), quoted) in _MINOR_UNITS:
        return 100.0
    raise DataError(
        f"{symbol}: prices are in {quoted} and dividends in other currencies; they cannot be used "
        f"together"
    )
