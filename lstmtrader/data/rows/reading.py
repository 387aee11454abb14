"""From a table as it came, texts and dirt included, to rows that checks can look at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.rows.bars import BAR_COLUMNS, Bars
from lstmtrader.data.rows.columns import missing_column, recognise
from lstmtrader.data.rows.times import parse_times
from lstmtrader.errors import DataError

# Texts that say «no value». A symbol may be called NA or TRUE, so they hold for numbers only.
NULL_TEXTS = ("", "null", "none", "nan", "na", "n/a", "#n/a", "-", "--")
_MOSTLY = 0.5


def read_rows(
    table: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    date_format: str | None = None,
    dividends: bool = False,
) -> Bars:
    """Read a long table, one row a bar, in the order it has.

    Parameters
    ----------
    table : DataFrame
        See `recognise` for the names of its columns. Time and close are needed; without a symbol
        all rows belong to one, named by an empty text.
    columns : mapping of str to str, optional
        From a field to the column that has it.
    date_format : str, optional
    dividends : bool
        Whether to read them as well, where there is such a column.

    Returns
    -------
    Bars
        Every row of the input. Daily bars are dated by their day; what cannot be read is said in
        ``problem``, row by row.

    Raises
    ------
    DataError
        If there is no row, no time or no close, or if most of a column cannot be read.
    """
    known = recognise(table.columns, columns or {})
    named = table[list(known)].rename(columns=known).reset_index(drop=True)
    for field in ("time", "close"):
        if field not in named and not (field == "close" and "adj_close" in named):
            raise DataError(missing_column(field, table.columns))
    if len(named) == 0:
        raise DataError("the table has no rows")
    problem = pd.Series("", index=named.index, dtype=object)
    rows = pd.DataFrame(index=named.index)
    rows["symbol"] = _symbols(named, problem)
    times, zoned, intraday = _times(named, rows["symbol"], date_format)
    unreadable = times.isna() & (problem == "")
    problem[unreadable] = "time: " + named["time"][unreadable].astype("str").str.strip()
    _require_most("time", unreadable, named["time"])
    midnight = times.dt.normalize()
    minutes = (times - midnight).dt.total_seconds() / 60
    rows["time"] = times if intraday else midnight
    for field in BAR_COLUMNS:
        rows[field] = _numbers(named, field, problem)
    if dividends and "dividends" in named:
        rows["dividends"] = _numbers(named, "dividends", problem)
    if "close" not in named:
        rows["close"] = rows["adj_close"]
    rows["split"] = 1.0
    rows["minutes"] = minutes + np.where(zoned & ~zoned.all(), 10_000.0, 0.0)
    rows["problem"] = problem
    return Bars(rows, intraday)


def _symbols(named: pd.DataFrame, problem: pd.Series) -> pd.Series:
    if "symbol" not in named:
        return pd.Series("", index=named.index, dtype="category")
    raw = named["symbol"]
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(object)
    codes, names = pd.factorize(raw)  # a few hundred names are stripped, not millions of rows
    stripped = [str(name).strip() for name in names]
    kept = sorted({name for name in stripped if name})
    place = {name: number for number, name in enumerate(kept)}
    lookup = np.array([place.get(name, -1) for name in stripped] + [-1])
    problem[lookup[codes] < 0] = "symbol: "
    return pd.Series(pd.Categorical.from_codes(lookup[codes], categories=kept), index=named.index)


def _times(
    named: pd.DataFrame, symbols: pd.Series, date_format: str | None
) -> tuple[pd.Series, pd.Series, bool]:
    times, zoned = parse_times(named["time"], date_format)
    intraday = is_intraday(times, symbols)
    if intraday and zoned.any():
        times, zoned = parse_times(named["time"], date_format, utc=True)
    return times, zoned, intraday


def is_intraday(times: pd.Series, symbols: pd.Series) -> bool:
    """Whether bars are shorter than a day: more than one a day, at many times of the day.

    A daily file that mixes midnight in two zones has two bars a day as well, but few times.
    """
    known = times.dropna()
    clock = known - known.dt.normalize()
    if not clock.any() or clock.nunique() < 4:
        return False
    pairs = pd.DataFrame({"time": known, "symbol": symbols[known.index]}).drop_duplicates()
    days = pairs.assign(time=pairs["time"].dt.normalize()).drop_duplicates()
    return len(pairs) > 1.5 * len(days)


def _numbers(named: pd.DataFrame, field: str, problem: pd.Series) -> pd.Series:
    if field not in named:
        return pd.Series(np.nan, index=named.index)
    raw = named[field]
    if pd.api.types.is_numeric_dtype(raw.dtype):
        return raw.astype(np.float64)
    numbers = pd.to_numeric(raw, errors="coerce").astype(np.float64)
    text = raw.astype("str").str.strip()
    wrong = numbers.isna() & raw.notna() & ~text.str.lower().isin(NULL_TEXTS)
    _require_most(field, wrong & (problem == ""), raw)
    new = wrong & (problem == "")
    problem[new] = f"{field}: " + text[new]
    return numbers


def _require_most(field: str, wrong: pd.Series, raw: pd.Series) -> None:
    there = int(raw.notna().sum())
    if there == 0 or wrong.sum() <= _MOSTLY * there:
        return
    example = str(raw[wrong].iloc[0]).strip()
    if field == "time":
        hint = "say how dates are written with date_format, such as '%d.%m.%Y'"
    elif "," in example:
        hint = "write numbers without thousands separators and with a decimal point"
    else:
        hint = "is it the column that was meant?"
    raise DataError(
        f"column {field}: expected {'times' if field == 'time' else 'numbers'}; most of it cannot "
        f"be read, such as {example!r}; {hint}"
    )


def history_rows(*histories: SymbolHistory) -> Bars:
    """Read histories with their actions, one symbol's rows under the other's.

    Where the source has an adjusted close, that tells the actions; else announced splits do, if
    the prices are not adjusted for them yet.
    """
    tables = [
        history.bars.reset_index(names="time").assign(symbol=history.symbol)
        for history in histories
        if len(history.bars)
    ]
    if not tables:
        raise DataError("the histories have no bars")
    bars = read_rows(pd.concat(tables, ignore_index=True))
    rows = bars.table.copy()
    split = rows["split"].to_numpy(copy=True)
    first = 0
    for history in histories:
        times = rows["time"].to_numpy()[first : first + len(history.bars)]
        splits = history.actions[history.actions["kind"] == "split"]
        if not history.split_adjusted:
            for time, value in zip(splits.index, splits["value"], strict=True):
                place = int(np.searchsorted(times, np.datetime64(time)))
                if place < len(times):
                    split[first + place] *= float(value)
        first += len(history.bars)
    rows["split"] = split
    return Bars(rows, bars.intraday)
