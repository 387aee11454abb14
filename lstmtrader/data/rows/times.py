"""Times as files have them: texts, numbers, with and without a zone."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from lstmtrader.errors import DataError

_FORMATS = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%b %d, %Y")
_ZONE = r"(?:Z|UTC|[+-]\d\d:?\d\d)$"


def parse_times(
    raw: pd.Series, date_format: str | None = None, utc: bool = False
) -> tuple[pd.Series, pd.Series]:
    """Turn a column into times without a zone.

    Parameters
    ----------
    raw : Series
        Datetimes, texts (ISO 8601 or `date_format`), days as 20240131, or seconds, milli-, micro-
        or nanoseconds since 1970.
    date_format : str, optional
        As for `datetime.strptime`.
    utc : bool
        Whether times with a zone become UTC; else they stay as their own clock showed them, which
        keeps the day of a daily bar.

    Returns
    -------
    times : Series of datetime64[ns]
        NaT where there is none.
    zoned : Series of bool
        Whether a time named its zone.

    Raises
    ------
    DataError
        If the days and months cannot be told apart: give `date_format`.
    """
    nowhere = pd.Series(False, index=raw.index)
    if isinstance(raw.dtype, pd.DatetimeTZDtype):
        plain = raw.dt.tz_convert(None) if utc else raw.dt.tz_localize(None)
        return plain.astype("datetime64[ns]"), ~nowhere
    if pd.api.types.is_datetime64_dtype(raw.dtype):
        return raw.astype("datetime64[ns]"), nowhere
    if pd.api.types.is_numeric_dtype(raw.dtype):
        return _from_numbers(raw), nowhere
    text = raw.astype("str").str.strip()
    text = text.where(raw.notna())
    if date_format is not None:
        return _parsed(text, date_format), nowhere
    long = text.str.len() > 10
    zoned = nowhere
    if long.any():
        zoned = (long & text.str.contains(_ZONE, regex=True, na=False)).astype(bool)
        if utc and zoned.any():
            times = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
            return times.dt.tz_convert(None).astype("datetime64[ns]"), zoned
        text = text.where(~zoned, text.str.replace(_ZONE, "", regex=True).str.strip())
    times = _parsed(text, "ISO8601")
    if times.notna().mean() > 0.5 or not len(times):
        return times, zoned
    return _guessed(text, times), zoned


def _parsed(text: pd.Series, date_format: str) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        times = pd.to_datetime(text, format=date_format, errors="coerce")
    # Years that nanoseconds cannot hold are not years of prices.
    outside = (times < pd.Timestamp("1700-01-01")) | (times > pd.Timestamp("2250-01-01"))
    return times.where(~outside).astype("datetime64[ns]")


def _guessed(text: pd.Series, as_iso: pd.Series) -> pd.Series:
    tried = {name: _parsed(text, name) for name in _FORMATS}
    count = {name: int(times.notna().sum()) for name, times in tried.items()}
    best = max(count.values())
    if best <= as_iso.notna().sum():
        return as_iso
    names = [name for name, parsed in count.items() if parsed == best]
    if len(names) > 1:
        raise DataError(
            f"times: {text.dropna().iloc[0]!r} could be {' or '.join(names)}; say which: "
            f"date_format: {names[0]!r}"
        )
    return tried[names[0]]


def _from_numbers(raw: pd.Series) -> pd.Series:
    values = pd.to_numeric(raw, errors="coerce").astype(np.float64)
    known = values.dropna()
    middle = float(known.median()) if len(known) else 0.0
    if 1.7e7 < middle < 2.3e7:
        return _parsed(values.map(lambda day: f"{day:.0f}", na_action="ignore"), "%Y%m%d")
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)):
        if 1e8 * scale < middle < 1e10 * scale:
            return pd.to_datetime(values, unit=unit, errors="coerce").astype("datetime64[ns]")
    return pd.Series(pd.NaT, index=raw.index, dtype="datetime64[ns]")
