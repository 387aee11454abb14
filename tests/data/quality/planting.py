"""Errors planted into clean prices: what was changed is known, so what was found can be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

PRICES = ["open", "high", "low", "close", "adj_close"]
BARS = 700


@dataclass(frozen=True, eq=False)
class Planted:
    """A table with one error, and its rows that the check should name (any of them will do)."""

    table: pd.DataFrame
    check: str
    rows: tuple[int, ...]


Plant = Callable[[pd.DataFrame, np.random.Generator], Planted]


def _place(rng: np.random.Generator) -> int:
    return int(rng.integers(100, BARS - 100))


def _inserted(table: pd.DataFrame, at: int, row: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table.iloc[:at], row, table.iloc[at:]], ignore_index=True)


def split(new: int, old: int) -> Plant:
    def plant(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
        at = _place(rng)
        table.loc[: at - 1, PRICES] *= new / old
        table.loc[: at - 1, "volume"] = (table.loc[: at - 1, "volume"] * old / new).round()
        return Planted(table, "unadjusted_split", (at,))

    return plant


def spike(factor: float, check: str = "spike") -> Plant:
    def plant(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
        at = _place(rng)
        table.loc[at, PRICES] *= factor
        return Planted(table, check, (at,))

    return plant


def last_bar(factor: float) -> Plant:
    def plant(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
        table.loc[BARS - 1, PRICES] *= factor
        return Planted(table, "possible_spike", (BARS - 1,))

    return plant


def pence(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, length = _place(rng), int(rng.integers(1, 30))
    factor = 100.0 if rng.random() < 0.5 else 0.01
    table.loc[at : at + length - 1, PRICES] *= factor
    return Planted(table, "factor_100", tuple(range(at, at + length)))


def pence_for_good(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    table.loc[at:, PRICES] *= 100.0
    return Planted(table, "factor_100", (at,))


def unparseable(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    row = table.iloc[[at]].assign(date='"error": {', **dict.fromkeys(PRICES, np.nan))
    return Planted(_inserted(table, at, row), "unparseable", (at,))


def text_price(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    table["close"] = table["close"].astype(object)
    table.loc[at, "close"] = "see note"
    return Planted(table, "unparseable", (at,))


def repeated(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    return Planted(_inserted(table, at, table.iloc[[at]]), "duplicate_bar", (at + 1,))


def revised(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    row = table.iloc[[at]].assign(volume=table["volume"][at] + 700, high=table["high"][at] * 1.001)
    return Planted(_inserted(table, at + 1, row), "duplicate_bar", (at + 1,))


def conflicting(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    row = table.iloc[[at]].copy()
    row[PRICES] *= 1.03
    return Planted(_inserted(table, at + 1, row), "conflicting_bar", (at, at + 1))


def unsorted(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, later = _place(rng), int(rng.integers(3, 50))
    order = [*range(at), *range(at + 1, at + later), at, *range(at + later, len(table))]
    return Planted(table.iloc[order].reset_index(drop=True), "unsorted", (at + later - 1,))


def empty_row(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    table.loc[at, [*PRICES, "volume"]] = np.nan
    return Planted(table, "empty_row", (at,))


def nan_run(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, length = _place(rng), int(rng.integers(5, 30))
    table.loc[at : at + length - 1, [*PRICES, "volume"]] = np.nan
    return Planted(table, "nan_run", (at,))


def not_positive(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, name = _place(rng), str(rng.choice(PRICES))
    table.loc[at, name] = float(rng.choice([0.0, -1.0, np.inf]))
    return Planted(table, "not_positive", (at,))


def inside_out(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    top, bottom = table.loc[at, ["open", "close"]].max(), table.loc[at, ["open", "close"]].min()
    if rng.random() < 0.5:
        table.loc[at, "high"] = top * 0.97
    else:
        table.loc[at, "low"] = bottom * 1.03
    return Planted(table, "high_low", (at,))


def missing_price(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    table.loc[at, str(rng.choice(PRICES))] = np.nan
    return Planted(table, "missing_price", (at,))


def missing_sessions(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, length = _place(rng), int(rng.integers(1, 6))
    kept = table.drop(index=range(at, at + length)).reset_index(drop=True)
    return Planted(kept, "missing_sessions", (at,))


def saturday(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    weekday = pd.to_datetime(table["date"]).dt.day_of_week
    fridays = weekday.index[(weekday == 4) & (weekday.index > 100) & (weekday.index < BARS - 100)]
    at = int(rng.choice(fridays))
    row = table.iloc[[at]].assign(date=_later(table["date"][at], 1))
    return Planted(_inserted(table, at + 1, row), "off_calendar", (at + 1,))


def stale(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, length = _place(rng), int(rng.integers(5, 20))
    part = slice(at, at + length)
    for name in PRICES:
        table.loc[part, name] = table["adj_close" if name == "adj_close" else "close"][at - 1]
    table.loc[part, "volume"] = 0.0
    return Planted(table, "stale", (at,))


def _later(day: str, days: int) -> str:
    return (pd.Timestamp(day) + pd.Timedelta(days=days)).strftime("%Y-%m-%d")


def reused(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, hole = _place(rng), int(rng.integers(100, 600))
    late = pd.to_datetime(table["date"][at:]) + pd.Timedelta(days=7 * (hole // 7 + 1))
    table.loc[at:, "date"] = late.dt.strftime("%Y-%m-%d")
    table.loc[at:, PRICES] *= float(rng.uniform(0.1, 5))
    return Planted(table, "reused_ticker", (at,))


def dead_tail(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = BARS - int(rng.integers(10, 60))
    for name in PRICES:
        table.loc[at:, name] = table["adj_close" if name == "adj_close" else "close"][at - 1]
    table.loc[at:, "volume"] = 0.0
    return Planted(table, "after_delisting", tuple(range(at, BARS)))


def remnant(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = BARS - int(rng.integers(1, 10))
    late = pd.to_datetime(table["date"][at:]) + pd.Timedelta(days=7 * int(rng.integers(5, 50)))
    table.loc[at:, "date"] = late.dt.strftime("%Y-%m-%d")
    table.loc[at:, PRICES] *= float(rng.uniform(0.01, 2))
    return Planted(table, "after_delisting", tuple(range(at, BARS)))


def mixed_times(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at, length = _place(rng), int(rng.integers(1, 60))
    table.loc[at : at + length - 1, "date"] += f" 0{rng.integers(1, 10)}:00:00"
    return Planted(table, "mixed_times", tuple(range(at, at + length)))


def mixed_zones(table: pd.DataFrame, rng: np.random.Generator) -> Planted:
    at = _place(rng)
    table.loc[at:, "date"] += "T00:00:00+00:00"
    few = range(at) if at < BARS - at else range(at, BARS)
    return Planted(table, "mixed_times", tuple(few))


KINDS: dict[str, Plant] = {
    "error reply's line": unparseable,
    "text in prices": text_price,
    "repeated bar": repeated,
    "revised bar": revised,
    "two closes, one bar": conflicting,
    "unsorted": unsorted,
    "empty row": empty_row,
    "NaN run": nan_run,
    "zero, negative, infinite": not_positive,
    "high, low inside out": inside_out,
    "a price missing": missing_price,
    "sessions missing": missing_sessions,
    "bar on a Saturday": saturday,
    "stale": stale,
    "split 3:2": split(3, 2),
    "split 2:1": split(2, 1),
    "split 4:1": split(4, 1),
    "split 10:1": split(10, 1),
    "split 20:1": split(20, 1),
    "split 50:1": split(50, 1),
    "split 1:4": split(1, 4),
    "split 1:10": split(1, 10),
    "spike x 0.1": spike(0.1),
    "spike x 10": spike(10.0),
    "spike x 0.5": spike(0.5),
    "spike x 2": spike(2.0),
    "spike x 1.3": spike(1.3, "possible_spike"),
    "last bar x 3.3": last_bar(3.3),
    "pence for a while": pence,
    "pence for good": pence_for_good,
    "reused ticker": reused,
    "dead tail": dead_tail,
    "remnant": remnant,
    "mixed times": mixed_times,
    "mixed zones": mixed_zones,
}


def plant_many(
    clean: pd.DataFrame, plant: Plant, rng: np.random.Generator, count: int
) -> tuple[pd.DataFrame, list[Planted], list[int]]:
    """Cut stretches out of clean symbols, plant one error in each, and put them together.

    Parameters
    ----------
    clean : DataFrame
        Long, sorted: symbol, date (as text), open, high, low, close, adj_close, volume; no nulls.

    Returns
    -------
    table : DataFrame
    planted : list of Planted
    offsets : list of int
        Where each of them starts in the table.
    """
    sizes = clean.groupby("symbol", sort=False, observed=True).size()
    starts = dict(zip(sizes.index, np.cumsum(sizes) - sizes, strict=True))
    long = sizes.index[sizes >= BARS]
    parts, planted, offsets = [], [], [0]
    for number, symbol in enumerate(rng.choice(long, count, replace=count > len(long))):
        begin = starts[symbol] + int(rng.integers(0, sizes[symbol] - BARS + 1))
        cut = clean.iloc[begin : begin + BARS].reset_index(drop=True)
        cut["symbol"] = f"{symbol}-{number}"
        made = plant(cut, rng)
        planted.append(made)
        parts.append(made.table)
        offsets.append(offsets[-1] + len(made.table))
    return pd.concat(parts, ignore_index=True), planted, offsets[:-1]
