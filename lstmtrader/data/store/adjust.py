"""`adjustment_factors` for many symbols at once, and distributions as cash instead."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lstmtrader.data.store.wide import WideBars
from lstmtrader.errors import DataError

PRICES = ("open", "high", "low", "close")


def adjust(
    bars: WideBars,
    symbols: tuple[str, ...],
    actions: pd.DataFrame,
    closes_before: Mapping[int, float],
) -> None:
    """Adjust prices for distributions and splits, and volumes for splits, in place.

    Parameters
    ----------
    bars : WideBars
    symbols : tuple of str
    actions : DataFrame
        Columns column (of the symbol), time, kind, value; sorted by column, time, kind and value;
        without the splits that the source has adjusted for.
    closes_before : mapping of int to float
        Last close before the first bar, by column, where it is needed.

    Raises
    ------
    DataError
        If a distribution is not smaller than the close before it.
    """
    fields, present, times = bars.fields, bars.present, bars.times
    column = actions["column"].to_numpy()
    row = np.searchsorted(times, actions["time"].to_numpy())
    # An action before a symbol's first bar has nothing to adjust.
    begin = np.where(present.any(axis=1), present.argmax(axis=1), len(times))
    counts = begin[column] < row
    actions, column, row = actions[counts], column[counts], row[counts]
    if not len(actions):
        return
    value = actions["value"].to_numpy(dtype=np.float64)
    is_split = (actions["kind"] == "split").to_numpy()
    before = _last_close(fields["close"], column, row, closes_before)
    _refuse(symbols, actions, before, ~is_split & ~(value < before))
    multiplier = np.ones_like(value)
    np.divide(value, before, out=multiplier, where=~is_split)
    np.subtract(1.0, multiplier, out=multiplier, where=~is_split)
    divisor = np.where(is_split, value, 1.0)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    for first, stop in zip(starts, [*starts[1:], len(column)], strict=True):
        part = slice(first, stop)
        factors, shares = _factors(multiplier[part], divisor[part])
        lengths = np.diff(row[part], prepend=0, append=len(times))
        for name in PRICES:
            fields[name][column[first]] *= np.repeat(factors, lengths)
        fields["volume"][column[first]] *= np.repeat(shares, lengths)


def cash_dividends(
    bars: WideBars, symbols: tuple[str, ...], actions: pd.DataFrame
) -> np.ndarray | None:
    """Return what the distributions pay a share, for prices that are not adjusted for them.

    Parameters
    ----------
    bars, symbols, actions
        As for `adjust`.

    Returns
    -------
    array of shape (n_symbols, n_bars), optional
        On the first bar at or after each distribution, NaN elsewhere; None if there are none.
        What is older than the symbol's first bar is left out: no bar before it has the right to
        it.

    Raises
    ------
    DataError
        If a distribution is not smaller than the close before it, as for `adjust`.
    """
    present, times = bars.present, bars.times
    column, time = actions["column"].to_numpy(), actions["time"].to_numpy()
    row = np.searchsorted(times, time)
    begin = np.where(present.any(axis=1), present.argmax(axis=1), len(times))
    counts = (actions["kind"] != "split").to_numpy() & (row < len(times)) & (begin[column] <= row)
    counts[counts] &= time[counts] >= times[begin[column[counts]]]
    if not counts.any():
        return None
    actions, column, row = actions[counts], column[counts], row[counts]
    value = actions["value"].to_numpy(dtype=np.float64)
    # Without a close before it in these days, nobody has been able to buy: nothing to compare.
    before = np.full(len(value), np.nan)
    later = row > 0
    before[later] = _last_close(bars.fields["close"], column[later], row[later], {})
    _refuse(symbols, actions, before, value >= before)
    paid = np.zeros(present.shape)
    np.add.at(paid, (column, row), value)
    paid[paid == 0] = np.nan
    return paid


def _refuse(
    symbols: tuple[str, ...], actions: pd.DataFrame, before: np.ndarray, wrong: np.ndarray
) -> None:
    """Raise a `DataError` that names the first wrong distribution."""
    if wrong.any():
        first = int(wrong.argmax())
        action = actions.iloc[first]
        raise DataError(
            f"{symbols[action['column']]}: the distribution of {action['value']:g} on "
            f"{action['time']:%Y-%m-%d} is not below the close before it, {before[first]:g}"
        )


def _factors(multiplier: np.ndarray, divisor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the products over the actions from each one on, ending with 1.

    In the order of time, as the reference does it: a cumulative product from the end would differ
    in the last digit.
    """
    factors, shares = np.ones(len(multiplier) + 1), np.ones(len(multiplier) + 1)
    for k in range(len(multiplier)):
        factors[: k + 1] *= multiplier[k]
        if divisor[k] != 1.0:
            factors[: k + 1] /= divisor[k]
            shares[: k + 1] *= divisor[k]
    return factors, shares


def last_rows(close: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Return the row of the last close before each action; -1 where there is none."""
    wanted, back = np.unique(column, return_inverse=True)
    rows = np.where(np.isnan(close[wanted]), -1, np.arange(close.shape[1]))
    found: np.ndarray = np.maximum.accumulate(rows, axis=1)[back, row - 1]
    return found


def _last_close(
    close: np.ndarray, column: np.ndarray, row: np.ndarray, closes_before: Mapping[int, float]
) -> np.ndarray:
    last = last_rows(close, column, row)
    earlier = np.array([closes_before.get(int(number), np.nan) for number in column])
    found: np.ndarray = np.where(last >= 0, close[column, last], earlier)
    return found
