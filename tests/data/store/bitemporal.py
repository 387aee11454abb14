"""The rules of the store once more, in plain Python: a dict of bars, and one copy a vintage."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory

Bars = dict[datetime.datetime, tuple[float, ...]]
Action = tuple[datetime.datetime, str, float]


def same_number(name: str, old: float, new: float) -> bool:
    if math.isnan(old) or math.isnan(new):
        return math.isnan(old) and math.isnan(new)
    if name == "volume":
        return old == new
    return abs(old - new) <= 1e-9 * max(abs(old), abs(new))


@dataclass
class SlowStore:
    """One series. `states` has what was believed after each write."""

    bars: Bars = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    states: list[tuple[Bars, list[Action]]] = field(default_factory=list)

    def write(self, history: SymbolHistory, start: datetime.date, end: datetime.date) -> dict:
        new = bars_of(history)
        report: dict = {"added": 0, "unchanged": 0, "restated": [], "vanished": []}
        for time in list(self.bars):
            if time not in new and start <= time.date() <= end:
                del self.bars[time]
                report["vanished"].append(time)
        for time, values in new.items():
            if time not in self.bars:
                report["added"] += 1
                self.bars[time] = values
                continue
            changes = [
                (time, name, before, after)
                for name, before, after in zip(BAR_FIELDS, self.bars[time], values, strict=True)
                if not same_number(name, before, after)
            ]
            if changes:
                report["restated"] += changes
                self.bars[time] = values
            else:
                report["unchanged"] += 1
        outside = [action for action in self.actions if not start <= action[0].date() <= end]
        self.actions = sorted({*outside, *actions_of(history)})
        self.states.append((dict(self.bars), list(self.actions)))
        return report


def bars_of(history: SymbolHistory) -> Bars:
    return {
        time.to_pydatetime(): tuple(float(number) for number in row)
        for time, row in zip(history.bars.index, history.bars.to_numpy(), strict=True)
    }


def actions_of(history: SymbolHistory) -> list[Action]:
    return sorted(
        (time.to_pydatetime(), str(kind), float(value))
        for time, (kind, value) in zip(
            history.actions.index, history.actions[["kind", "value"]].to_numpy(), strict=True
        )
    )


def same_bars(left: Bars, right: Bars) -> bool:
    """To the last bit; one NaN equals another."""
    return list(left) == list(right) and np.array_equal(
        np.array(list(left.values())), np.array(list(right.values())), equal_nan=True
    )


def history_of(
    bars: Bars,
    actions: Sequence[Action] = (),
    symbol: str = "AAA",
    **facts: object,
) -> SymbolHistory:
    table = pd.DataFrame(
        [list(bars[time]) for time in sorted(bars)],
        index=pd.DatetimeIndex(sorted(bars), name="time", dtype="datetime64[us]"),
        columns=list(BAR_FIELDS),
        dtype=np.float64,
    )
    acts = pd.DataFrame(
        {
            "kind": pd.Series([kind for _, kind, _ in actions], dtype=object),
            "value": pd.Series([value for *_, value in actions], dtype=np.float64),
        }
    )
    acts.index = pd.DatetimeIndex(
        [time for time, *_ in actions], name="time", dtype="datetime64[us]"
    )
    interval = str(facts.pop("interval", "1d"))
    return SymbolHistory(symbol, interval, table, acts, **facts)  # type: ignore[arg-type]


def walk(symbol: str, n_bars: int, seed: int, first: str = "2020-01-01") -> SymbolHistory:
    """Business days of a random walk with dividends and a split."""
    random = np.random.default_rng(seed)
    index = pd.bdate_range(first, periods=n_bars, name="time").as_unit("us")
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, n_bars)))
    table = pd.DataFrame(
        {
            "open": close * 0.999,
            "high": close * 1.01,
            "low": close * 0.98,
            "close": close,
            "volume": random.integers(1, 10**6, n_bars).astype(np.float64),
            "adj_close": close * 0.9,
        },
        index=index,
    )
    days = sorted(random.choice(n_bars, size=min(6, n_bars), replace=False))
    actions = pd.DataFrame(
        {
            "kind": np.array(["dividend"] * (len(days) - 1) + ["split"], dtype=object),
            "value": np.array([0.37 + k / 7 for k in range(len(days) - 1)] + [3.0]),
        },
        index=pd.DatetimeIndex(index[days], name="time"),
    )
    return SymbolHistory(symbol, "1d", table, actions, currency="USD", timezone="America/New_York")
